"""Tests of population-based training."""

import dataclasses

import jax
import numpy as np
import optax
import pytest
from bowls import TRACES, bowl

from lropt_jax.optimizers import adam, sgd
from lropt_jax.problems import solve
from lropt_jax.schedules import cosine, piecewise
from lropt_jax.tuning import population
from lropt_jax.wrappers import clip_norm

KEY = jax.random.key(3)
RATES = [1e-3, 1e-2, 0.03, 0.1, 0.3, 0.9, 3.0, 30.0]


def _noisy(x, state, key):
    gradient = 2 * x + jax.random.normal(key, x.shape)
    return gradient, state, x @ x


noisy = dataclasses.replace(bowl, field=_noisy)


@pytest.mark.slow
@pytest.mark.parametrize(
    "optimizer",
    [sgd, lambda rate: clip_norm(adam(rate), 1.0), lambda rate: optax.adam(rate)],
)
def test_the_schedule_that_it_found_trains_the_same_model_again(optimizer):
    found = population(noisy, optimizer, steps=23, key=KEY, rates=RATES, every=5)
    again = solve(noisy, found.tx, KEY, 23)
    np.testing.assert_allclose(again.params, found.solution.params, rtol=1e-4)
    np.testing.assert_allclose(again.values, found.solution.values, rtol=1e-4)
    assert found.validation == pytest.approx(float(again.params @ again.params), rel=1e-4)
    assert found.test == pytest.approx(2 * found.validation)
    assert found.schedule.factory is found.schedule.replace().factory == piecewise


def test_the_winners_rates_follow_its_descent():
    found = population(noisy, sgd, steps=23, key=KEY, rates=RATES, every=5)
    place, rates = int(np.argmin(found.losses[-1])), []
    for row in reversed(range(5)):
        rates.append(found.rates[row, place])
        place = found.parents[row, place]
    np.testing.assert_allclose(found.schedule(np.arange(0, 23, 5)), rates[::-1], rtol=1e-6)


def test_the_worst_quarter_copies_the_best_and_changes_the_rate():
    found = population(noisy, sgd, steps=23, key=KEY, rates=RATES, every=5)
    for row in range(4):
        order = np.argsort(np.where(np.isfinite(found.losses[row]), found.losses[row], np.inf), kind="stable")
        parents = found.parents[row + 1]
        assert set(parents[order[-2:]]) <= set(order[:2])
        np.testing.assert_array_equal(parents[order[:-2]], order[:-2])
        ratio = found.rates[row + 1] / found.rates[row][parents]
        np.testing.assert_allclose(np.abs(np.log(ratio[order[-2:]])), np.log(1.25), rtol=1e-4)
        np.testing.assert_allclose(ratio[order[:-2]], 1, rtol=1e-6)


def test_other_numbers_compile_nothing_new():
    fresh = dataclasses.replace(bowl, init=lambda key: bowl.init(key))  # another function: another program
    TRACES.clear()
    for factor in (1, 2):
        population(fresh, sgd, steps=20, key=KEY, rates=np.array(RATES) * factor, perturbation=factor)
    assert len(TRACES) == 1


def test_without_copies_each_lane_is_a_run_of_its_own():
    found = population(noisy, sgd, steps=10, key=KEY, rates=[0.1])
    assert found.schedule(9) == pytest.approx(0.1)
    assert (found.cost, found.rates.shape) == (1, (10, 1))
    assert "Population of 1 lanes x 10 steps, 10 rounds of 1" in repr(found)


def test_on_a_convex_domain_no_rate_leaves_it():
    half = dataclasses.replace(noisy, field=lambda x, state, key: (x - 0.5, state, 0.0), domain="convex")
    found = population(half, sgd, steps=23, key=KEY, rates=[0.5, 0.8, 0.9, 1.0], every=5, perturbation=2)
    assert found.rates.max() == 1


def test_what_cannot_be_trained_is_refused():
    with pytest.raises(ValueError, match="population: optimizer must have no schedule of its own"):
        population(bowl, sgd(cosine(0.1, 10)), steps=10, key=KEY)
    with pytest.raises(ValueError, match="population: no lane ended with a finite loss; try smaller rates"):
        population(bowl, sgd, steps=20, key=KEY, rates=[1e30, 1e31], every=20)
    with pytest.raises(ValueError, match=r"population: exploit_fraction must be in \(0, 0.5\], got 0.6"):
        population(bowl, sgd, steps=20, key=KEY, exploit_fraction=0.6)
    with pytest.raises(ValueError, match="population: optimizer must be one, got sgd, adam"):
        population(bowl, [sgd, adam], steps=10, key=KEY)
    with pytest.raises(ValueError, match="population: resume must be a folder that can be written to"):
        population(bowl, sgd, steps=10, key=KEY, resume="/dev/null/in")
