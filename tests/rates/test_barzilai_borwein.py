"""Tests of `barzilai_borwein`."""

import jax.numpy as jnp
import numpy as np
import pytest
from laws import RateLaws
from trajectories import START, noisy, trajectory

from lropt_jax import learning_rate
from lropt_jax.optimizers import sgd
from lropt_jax.rates import barzilai_borwein

CURVATURES = np.array([1.0, 3.0, 20.0, 100.0])


class TestLaws(RateLaws):
    rate = barzilai_borwein(0.1, floor=1e-3, ceiling=2.0)


def paper(gradient, steps, first, long=True, floor=1e-10, ceiling=1e10):
    """Barzilai and Borwein's gradient method, with the safeguards."""
    x, rate, path, before, g_before = START.copy(), first, [START.copy()], None, None
    for step in range(steps):
        g = gradient(x, step)
        if step > 0:
            s, y = x - before, g - g_before
            if s @ y > 0:
                rate = np.clip(s @ s / (s @ y) if long else s @ y / (y @ y), floor, ceiling)
        before, g_before = x, g
        x = x - rate * g
        path.append(x)
    return np.array(path)


@pytest.mark.parametrize("step", ["long", "short"])
def test_it_is_the_paper_on_a_bowl(step):
    bowl = lambda x, count: CURVATURES * x  # noqa: E731
    ours = trajectory(sgd(barzilai_borwein(0.01, step=step)), START, bowl, 40)
    np.testing.assert_allclose(ours, paper(bowl, 40, 0.01, step == "long"), atol=1e-10)
    assert np.abs(ours[-1]).max() < 1e-5


@pytest.mark.parametrize("step", ["long", "short"])
def test_it_is_the_paper_within_limits_where_noise_makes_the_curvature_negative(step):
    limits = {"floor": 0.05, "ceiling": 0.5}
    ours = trajectory(sgd(barzilai_borwein(0.1, step=step, **limits)), START, noisy, 200)
    np.testing.assert_allclose(ours, paper(noisy, 200, 0.1, step == "long", **limits), atol=1e-10)


def test_it_beats_the_best_constant_rate_on_an_ill_conditioned_bowl():
    bowl = lambda x, count: CURVATURES * x  # noqa: E731
    ours = trajectory(sgd(barzilai_borwein(0.01)), START, bowl, 60)[-1]
    constant = trajectory(sgd(2 / (CURVATURES.min() + CURVATURES.max())), START, bowl, 60)[-1]
    assert np.abs(ours).max() < 1e-6 < 1e-1 < np.abs(constant).max()


def test_the_short_step_is_never_longer():
    def next_rate(step):
        tx, x = sgd(barzilai_borwein(0.01, step=step)), jnp.asarray(START)
        updates, state = tx.update(CURVATURES * x, tx.init(x), x)
        return learning_rate(tx.update(CURVATURES * (x + updates), state, x + updates)[1])

    assert 1 / 100 < next_rate("short") < next_rate("long") < 1


def test_negative_curvature_and_standing_still_keep_the_rate():
    tx, x = sgd(barzilai_borwein(0.1)), jnp.ones(2)
    _, state = tx.update(x, tx.init(x), x)
    for g, at in ((2 * x, 0.9 * x), (x, x), (3 * x, x)):  # the gradient grows backwards; nothing moved
        assert learning_rate(tx.update(g, state, at)[1]) == np.float32(0.1)


def test_at_the_minimum_it_stays_finite():
    tx, x = sgd(barzilai_borwein(0.1)), jnp.ones(1)
    state = tx.init(x)
    for _ in range(5):
        updates, state = tx.update(4 * x, state, x)
        x = x + updates
    assert x == 0
    assert learning_rate(state) == 0.25


def test_nan_in_the_gradient_is_not_hidden():
    tx, x = sgd(barzilai_borwein(0.1)), jnp.ones(1)
    _, state = tx.update(x, tx.init(x), x)
    assert np.isnan(learning_rate(tx.update(x * jnp.nan, state, 0.9 * x)[1]))


def test_along_another_direction_it_is_one_over_the_curvature_that_the_direction_sees():
    scale = 1 / CURVATURES  # Newton's direction, to which every bowl is round
    tx, x = sgd(barzilai_borwein(0.1)), jnp.asarray(START)
    _, state = tx.update(scale * CURVATURES * x, tx.init(x), x)
    np.testing.assert_allclose(learning_rate(tx.update(0.9 * x, state, 0.9 * x)[1]), 1.0, rtol=1e-5)


def test_bad_use_is_refused():
    with pytest.raises(ValueError, match="barzilai_borwein: first must be finite and > 0, got 0"):
        barzilai_borwein(0)
    with pytest.raises(ValueError, match="barzilai_borwein: step must be one of long, short, got 'both'"):
        barzilai_borwein(step="both")
    with pytest.raises(ValueError, match="barzilai_borwein: ceiling must be finite and >= floor, 1.0, got 0.5"):
        barzilai_borwein(floor=1.0, ceiling=0.5)
    tx = sgd(barzilai_borwein())
    with pytest.raises(ValueError, match="barzilai_borwein: update needs params"):
        tx.update(jnp.ones(1), tx.init(jnp.ones(1)))
