"""Tests of events in which the loss goes up, on made-up records that show them and on some that do not."""

import numpy as np
import pytest
from records import falling, run

from lropt_jax.diagnostics._departures import bad_gradients, divergence, precursor, rises
from lropt_jax.diagnostics._rows import Rows


def of(*arguments, **columns):
    return Rows.of(run(*arguments, **columns))


def test_a_loss_that_leaves_over_its_start_diverged():
    level = falling(20)
    level[14:] = np.geomspace(1, 1e6, 6)
    (event,) = divergence(of(level))
    assert (event.step, event.kind) == (150, "divergence")
    assert event.evidence == "the loss is over its start, 15.8 against 2.5"


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_loss_that_is_not_finite_to_the_end_diverged(bad):
    level = falling(20)
    level[15:] = bad
    assert divergence(of(level)) == [(150, "divergence", "the loss is not finite from step 150 on")]


def test_gradients_that_are_not_finite_to_the_end_diverged():
    share = np.where(np.arange(20) < 12, 0.0, 1.0)
    (event,) = divergence(of(falling(20), nonfinite=share))
    assert event == (120, "divergence", "the gradients are not finite from step 120 on")
    assert not bad_gradients(of(falling(20), nonfinite=share))


def test_gradients_that_are_not_finite_for_a_while_did_not_diverge():
    share = np.where(np.arange(20) == 12, 0.25, 0.0)
    assert not divergence(of(falling(20), nonfinite=share))
    (event,) = bad_gradients(of(falling(20), nonfinite=share))
    assert (event.step, event.evidence) == (
        120,
        "NaN or infinity in 1 rows, in up to 25% of a gradient; the run went on",
    )


@pytest.mark.parametrize("noise", [0.0, 0.02, 0.2])
def test_a_loss_that_falls_has_no_such_events(noise):
    rows = of(falling(60, noise=noise), nonfinite=0.0, sharpness=15.0, limit=20.0)
    assert not [event for find in (divergence, bad_gradients, rises, precursor) for event in find(rows)]


def test_a_rise_that_comes_back_is_a_spike():
    level = falling(40, noise=0.01)
    level[25:28] += [0.8, 1.5, 0.6]
    (event,) = rises(of(level))
    assert (event.step, event.kind) == (250, "spike")
    assert "to 2.0" in event.evidence
    assert event.evidence.endswith("and was back at step 280")
    assert not divergence(of(level))


def test_a_rise_while_the_curvature_falls_is_a_catapult():
    level, sharpness = falling(40), np.where(np.arange(40) < 4, 50.0, 15.0)
    level[2:5] += 4
    (event,) = rises(of(level, sharpness=sharpness, limit=20.0))
    assert event.kind == "catapult"
    assert "the curvature fell from 2.5 to 0.75 limits" in event.evidence
    assert [event.kind for event in rises(of(level))] == ["catapult"]  # over the start of the run
    assert [event.kind for event in rises(of(level, sharpness=15.0, limit=20.0))] == ["spike"]


def test_a_curvature_over_the_limit_before_the_loss_rises_is_a_precursor():
    level, sharpness = falling(40), np.where(np.arange(40) < 20, 15.0, 30.0)
    level[28:] *= 4
    (event,) = precursor(of(level, sharpness=sharpness, limit=20.0))
    assert event == (200, "precursor", "the curvature is 1.5 times the limit, and the loss has not risen")
    assert not precursor(of(level, sharpness=15.0, limit=20.0))
    assert not precursor(of(level))
