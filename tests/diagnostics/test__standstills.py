"""Tests of events in which something stands still, on made-up records that show them and on some that do not."""

import numpy as np
import pytest
from records import falling, run

from lropt_jax.diagnostics._rows import Rows
from lropt_jax.diagnostics._standstills import edge, level_from, noise, standstill


def of(*arguments, **columns):
    return Rows.of(run(*arguments, **columns))


def test_curvature_that_stays_at_the_limit_is_the_edge_of_stability():
    sharpness = np.append(np.linspace(2, 18, 20), 20 + 2 * np.cos(np.arange(20)))
    (event,) = edge(of(falling(40), sharpness=sharpness, limit=20.0))
    assert (event.step, event.kind) == (170, "edge of stability")
    assert "0.8" in event.evidence
    assert event.evidence.endswith("times the limit until step 390")


@pytest.mark.parametrize("sharpness", [10.0, np.where(np.arange(40) == 7, 20.0, 5.0), np.nan])
def test_curvature_that_does_not_stay_there_is_no_edge(sharpness):
    assert not edge(of(falling(40), sharpness=sharpness, limit=20.0))


@pytest.mark.parametrize(("cosine", "kind"), [(-0.04, "noise floor"), (np.nan, "noise floor"), (0.6, "plateau")])
def test_a_level_loss_is_a_floor_of_noise_where_gradients_do_not_agree(cosine, kind):
    (event,) = standstill(of(falling(60, half_life=2, noise=0.05), cosine_grads=cosine))
    assert event.kind == kind
    assert 50 <= event.step < 250
    assert event.evidence.startswith("the loss is level at 0.5")


def test_a_level_loss_without_noise_is_a_plateau():
    (event,) = standstill(of(falling(60, half_life=1), cosine_grads=-0.5))
    assert event.kind == "plateau"


@pytest.mark.parametrize("level", [falling(40, half_life=20, noise=0.01), np.append(falling(39), np.nan)])
def test_a_loss_that_falls_or_is_lost_does_not_stand_still(level):
    assert not standstill(of(level))
    assert level_from(of(level)) is None


def test_the_noise_of_steps_is_taken_where_it_is_known():
    assert noise(of(falling(40), value_std=0.3)) == 0.3
    assert noise(of(falling(200, half_life=40, noise=0.1))) == pytest.approx(0.1, rel=0.3)
