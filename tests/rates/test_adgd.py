"""Tests of `adgd`."""

import jax.numpy as jnp
import numpy as np
import pytest
from laws import RateLaws, x64
from trajectories import START, noisy, trajectory

from lropt_jax import learning_rate
from lropt_jax.optimizers import sgd
from lropt_jax.rates import adgd
from lropt_jax.schedules import linear, product

DATA = np.random.default_rng(0).normal(size=(20, 4))


class TestLaws(RateLaws):
    rate = adgd(0.05)


def logistic(x, step=0):
    """The gradient of a logistic regression."""
    return -DATA.T @ (1 / (1 + np.exp(DATA @ x))) / len(DATA) + 1e-3 * x


def paper(gradient, steps, first, variant):
    """Algorithm 1 of 1910.09529 ("adgd") and algorithm 2 of 2308.02261 ("adgd2")."""
    x, g = START.copy(), gradient(START, 0)
    rate, theta, path = first, np.inf if variant == "adgd" else 1 / 3, [START.copy(), START - first * g]
    for step in range(1, steps):
        x_before, g_before, x = path[-2], g, path[-1]
        g = gradient(x, step)
        if np.all(x == x_before):
            return np.array(path + [x] * (steps - step))
        curvature = np.linalg.norm(g - g_before) / np.linalg.norm(x - x_before)
        before = rate
        if variant == "adgd":
            rate = min(np.sqrt(1 + theta) * rate, 1 / (2 * curvature))
        else:
            over = max(2 * rate**2 * curvature**2 - 1, 0)
            rate = min(np.sqrt(2 / 3 + theta) * rate, rate / np.sqrt(over) if over > 0 else np.inf)
        theta = rate / before
        path.append(x - rate * g)
    return np.array(path)


@pytest.mark.parametrize("variant", ["adgd", "adgd2"])
@pytest.mark.parametrize(("gradient", "steps"), [(logistic, 200), (noisy, 20)])
def test_it_is_the_paper(gradient, steps, variant):
    ours = trajectory(sgd(adgd(1e-3, variant=variant)), START, gradient, steps)
    np.testing.assert_allclose(ours, paper(gradient, steps, 1e-3, variant), atol=1e-10)


def test_noise_in_the_gradients_makes_the_rate_collapse():
    tx, x = sgd(adgd(0.1)), START
    with x64():
        state = tx.init(jnp.asarray(x))
        for step in range(60):
            updates, state = tx.update(jnp.asarray(noisy(x, step)), state, jnp.asarray(x))
            x = x + np.asarray(updates)
    assert float(learning_rate(state)) < 1e-6


@pytest.mark.parametrize("variant", ["adgd", "adgd2"])
def test_it_finds_the_minimum_from_a_rate_a_million_times_too_low(variant):
    x = trajectory(sgd(adgd(1e-6, variant=variant)), START, lambda x, step: np.array([1, 2, 5, 10]) * x, 150)[-1]
    assert np.abs(x).max() < 1e-6


def test_on_a_parabola_it_settles_below_the_edge_of_stability():
    with x64():
        tx, x = sgd(adgd(1e-3)), jnp.array([1.0])
        state = tx.init(x)
        for _ in range(40):
            updates, state = tx.update(4 * x, state, x)
            x = x + updates
    assert 0.25 / np.sqrt(2) <= float(learning_rate(state)) < 0.5


def test_a_step_that_went_nowhere_changes_nothing():
    tx, x = sgd(adgd(0.1)), jnp.ones(2)
    _, state = tx.update(x, tx.init(x), x)
    _, after = tx.update(3 * x, state, x)
    assert learning_rate(after) == np.float32(0.1)
    assert after.rate.ratio == state.rate.ratio


def test_equal_gradients_mean_no_curvature_and_the_rate_grows():
    tx, x = sgd(adgd(0.1, variant="adgd")), jnp.ones(2)
    state = tx.init(x)
    for _ in range(3):
        updates, state = tx.update(jnp.ones(2), state, x)
        x = x + updates
    assert 0.1 < learning_rate(state) < 0.3


def test_a_warmup_from_zero_goes_through():
    rate = product(adgd(0.1), linear(0.0, 3, floor=1.0))
    x = trajectory(sgd(rate), START, logistic, 50)
    assert np.all(np.isfinite(x))
    assert np.linalg.norm(logistic(x[-1])) < np.linalg.norm(logistic(START)) / 2


def test_bad_use_is_refused():
    with pytest.raises(ValueError, match="adgd: first must be finite and > 0, got 0"):
        adgd(0)
    with pytest.raises(ValueError, match="adgd: variant must be one of adgd, adgd2, got 'adgd3'"):
        adgd(variant="adgd3")
    tx = sgd(adgd())
    with pytest.raises(ValueError, match="adgd: update needs params"):
        tx.update(jnp.ones(1), tx.init(jnp.ones(1)))
