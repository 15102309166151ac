"""Tests of `cocob`."""

import jax.numpy as jnp
import numpy as np
import optax
import pytest
from laws import LearningLaws, OptimizerLaws
from trajectories import START, noisy, trajectory

from lropt_jax.optimizers import cocob
from lropt_jax.schedules import linear


class TestLaws(LearningLaws, OptimizerLaws):
    moves_again = False  # its sums forget nothing
    apart = True  # each coordinate bets for itself
    specimen = cocob(0.5, alpha=10.0)


def published(steps, alpha, gradient=noisy, start=START):
    """Algorithm 2 of the paper, whose `g` are negative gradients; each must begin away from 0."""
    w = start.copy()
    L, G, reward, theta = np.zeros((4, 4))  # noqa: N806
    for t in range(steps):
        g = -gradient(w, t)
        L = np.maximum(L, abs(g))  # noqa: N806
        G = G + abs(g)  # noqa: N806
        reward = np.maximum(reward + (w - start) * g, 0)
        theta = theta + g
        w = start + theta / (L * np.maximum(G + L, alpha * L)) * (L + reward)
    return w


def steady(x, step):
    return x + np.random.default_rng(step).normal(size=4)


@pytest.mark.parametrize("alpha", [100.0, 5.0])
def test_it_is_the_paper(alpha):
    ours = trajectory(cocob(alpha=alpha, eps=0.0), START, steady, 200)
    np.testing.assert_allclose(ours[-1], published(200, alpha, steady), atol=1e-10)


def test_it_is_optaxs_at_any_rate_of_theirs():
    ours = trajectory(cocob(weight_decay=0.1), START, noisy, 200)
    theirs = trajectory(optax.contrib.cocob(weight_decay=0.1), START, noisy, 200)
    np.testing.assert_allclose(ours, theirs, atol=1e-10)
    halved = trajectory(optax.contrib.cocob(learning_rate=0.5), START, noisy, 50)
    np.testing.assert_allclose(halved, trajectory(cocob(eps=2e-8), START, noisy, 50), atol=1e-10)


def test_the_rate_is_the_unit_of_the_bets():
    ours = trajectory(cocob(0.1, eps=0.0), START, noisy, 100)
    in_units = trajectory(cocob(eps=0.0), 0 * START, lambda u, step: 0.1 * noisy(START + 0.1 * u, step), 100)
    np.testing.assert_allclose(ours, START + 0.1 * in_units, atol=1e-12)


def test_a_schedule_multiplies_each_move():
    one, falling = (trajectory(cocob(rate), START, lambda x, step: START, 10) for rate in (1.0, linear(1.0, 10)))
    np.testing.assert_allclose(np.diff(falling, axis=0), np.diff(one, axis=0) * (1 - np.arange(10) / 10)[:, None])


def test_gradients_have_no_unit():
    one = trajectory(cocob(eps=0.0), START, noisy, 50)
    for unit in (1e-6, 1e6):
        scaled = trajectory(cocob(eps=0.0), START, lambda x, step, unit=unit: unit * noisy(x, step), 50)
        np.testing.assert_allclose(one, scaled, atol=1e-12)


def test_gradients_whose_squares_vanish_in_float32_are_bet_on():
    tx, x = cocob(eps=0.0), jnp.zeros(3)
    updates, state = tx.update(jnp.array([1e-30, 0.0, -1e30]), tx.init(x))
    np.testing.assert_allclose(updates, [-0.01, 0, 0.01], rtol=1e-6)
    assert all(np.all(np.isfinite(leaf)) for leaf in (state.largest, state.reward))


def test_bets_grow_while_they_win():
    path = trajectory(cocob(), 0 * START, lambda x, step: -np.ones(4), 400)[:, 0]
    steps = np.diff(path)
    assert steps[0] == pytest.approx(0.01)
    assert np.all(np.diff(steps) > 0)
    assert path[-1] > 100


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="cocob: alpha must be finite and >= 1, got 0.5"):
        cocob(alpha=0.5)
    with pytest.raises(ValueError, match="cocob: eps must be finite and >= 0, got -1"):
        cocob(eps=-1)
    tx, x = cocob(weight_decay=0.1), jnp.ones(2)
    with pytest.raises(ValueError, match="cocob: update needs params for weight_decay"):
        tx.update(x, tx.init(x))
