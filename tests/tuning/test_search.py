"""Tests of the search for the rate of one run."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from bowls import bowl

from lropt_jax import Refused
from lropt_jax.optimizers import sgd
from lropt_jax.problems import Problem
from lropt_jax.schedules import linear
from lropt_jax.tuning.search import Search
from lropt_jax.tuning.training import Training

KEY = jax.random.key(0)


def search(problem=bowl, steps=1000, **how):
    return Search(Training(problem, steps, KEY), lambda rate, steps: sgd(linear(rate, steps)), sgd, **how)


def scaled(factor):
    """The bowl in other units: its best rate is `0.5 / factor`."""
    return Problem(
        lambda key: (jnp.array([1.0, 2.0]), ()), lambda x, _, key: (2 * factor * x, (), factor * x @ x), name="scaled"
    )


@pytest.mark.parametrize("factor", [1e-12, 1e-7, 1.0, 1e7, 1e14])
def test_the_scale_is_found_in_any_units(factor):
    found = search(scaled(factor))
    center, before = found.scale()
    assert 0.25 < center * factor < 0.75
    assert before == pytest.approx(5 * factor)
    assert not found.flags


def test_short_probes_go_on_while_the_best_is_at_an_end():
    found = search()
    rate, steps = found.short(1e-3)
    assert steps == 8
    assert 0.3 < rate < 1
    assert len(found.probes) > 3
    assert not found.flags
    assert [probe.rate for probe in found.probes] == sorted(probe.rate for probe in found.probes)
    far = search()
    far.short(1e-8)
    assert far.flags == ["the best of the short probes is the largest"]


def test_all_probes_cost_no_more_than_their_share():
    found = search(steps=2000)
    _, length, before = found.find()
    assert 0.1 * 2000 < found.training.spent <= 0.15 * 2000
    assert length == max(probe.steps for probe in found.probes)
    assert {probe.stage for probe in found.probes} == {"scale", "short", "long"}
    assert np.isfinite(before)


def test_a_fourth_long_probe_goes_where_the_best_of_three_is_at_an_end():
    found, known = search(), search()
    rate, length = found.long(0.05, 8)
    assert 0.3 < rate < 1
    assert [round(probe.rate, 3) for probe in found.probes] == [0.02, 0.05, 0.126, 0.315]
    assert found.training.spent <= found.budget
    known.long(0.5, 8)
    assert len(known.probes) == 3
    assert {probe.steps for probe in known.probes} == {length}


@pytest.mark.parametrize(("steps", "share"), [(1000, 0.15), (500, 0.15), (200, 0.375), (100, 0.4)])
def test_a_short_run_spends_a_larger_share(steps, share):
    found = search(steps=steps)
    assert found.budget == pytest.approx(share * steps)
    assert found.find()[1] >= 3
    assert found.training.spent <= share * steps


def test_a_run_that_is_too_short_for_long_probes_says_so():
    found = search(steps=60)
    assert found.find()[1] == 3
    assert found.flags == ["short run: no budget for probes longer than 3 steps"]


def test_no_rate_above_the_limit_is_tried():
    found = search(limit=0.2)
    assert found.find()[0] == pytest.approx(0.2)
    assert max(probe.rate for probe in found.probes) == pytest.approx(0.2)
    assert not found.flags  # the limit is no end that could have gone on


def test_where_no_rate_can_help_that_is_said():
    flat = Problem(lambda key: (jnp.ones(2), ()), lambda x, _, key: (0 * x, (), jnp.array(3.0)))
    lost = Problem(lambda key: (jnp.ones(2), ()), lambda x, _, key: (x, (), jnp.sum(x) * jnp.nan))
    with pytest.raises(Refused, match="must have a loss that depends on its parameters; no rate moves it"):
        search(flat).scale()
    with pytest.raises(Refused, match="must have a finite loss at its start; no rate can help"):
        search(lost).scale()


def test_a_direction_that_only_rises_is_flagged():
    rising = Problem(lambda key: (jnp.ones(2), ()), lambda x, _, key: (-x, (), x @ x))
    found = search(rising)
    found.scale()
    assert found.flags == ["no first step lowers the loss, at any rate"]


def test_where_no_first_step_lowers_the_loss_it_begins_at_the_largest_rate_that_hardly_raises_it():
    """As with noisy gradients, of which the first one happens to be wrong. Rates of no length lower nothing either."""
    rising = Problem(lambda key: (jnp.ones(2), ()), lambda x, _, key: (-x, (), x @ x))
    center, before = search(rising).scale()
    assert before == 2
    assert 1e-4 < center < 1e-3
