"""Tests of `cautious`."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from golden_values import optimizer_cases
from laws import WrapperLaws
from osc_peer import updates_along
from trajectories import START, noisy, trajectory

from lropt_jax.optimizers import adam, adamw, laprop, lion, sgd
from lropt_jax.wrappers import cautious


class TestLaws(WrapperLaws):
    specimen = cautious(adam(0.1), min_fraction=0.05)


class TestLawsWithDecay(WrapperLaws):
    specimen = cautious(adamw(0.1, weight_decay=0.0))  # of 0: a law wants no update without gradients


def test_it_is_the_paper_with_a_decay_that_nothing_masks():
    x, mu, nu = START.copy(), np.zeros(4), np.zeros(4)
    for t in range(1, 201):
        g = noisy(x, t - 1)
        mu, nu = 0.9 * mu + 0.1 * g, 0.99 * nu + 0.01 * g**2
        u = (mu / (1 - 0.9**t)) / (np.sqrt(nu / (1 - 0.99**t)) + 1e-8)
        mask = u * g > 0
        x = x - 0.05 * (mask / max(np.mean(mask), 1e-3) * u + 0.1 * x)
    tx = cautious(adamw(0.05, b2=0.99, weight_decay=0.1))
    np.testing.assert_allclose(trajectory(tx, START, noisy, 200)[-1], x, atol=1e-10)


def test_no_coordinate_goes_up_the_present_gradient():
    for tx in (cautious(lion(0.1)), cautious(sgd(0.1, momentum=0.9)), cautious(optax.adam(0.1))):
        path = trajectory(tx, START, noisy, 50)
        slopes = np.array([noisy(x, step) for step, x in enumerate(path[:-1])])
        assert np.all(np.diff(path, axis=0) * slopes <= 0)


def test_the_least_share_limits_the_steps():
    x = jnp.zeros(100)
    for least, longest in ((0.5, 2.0), (1e-3, 100.0)):
        tx = cautious(sgd(1.0, momentum=0.9), min_fraction=least)
        _, state = tx.update(jnp.ones(100), tx.init(x))
        updates, _ = tx.update(jnp.full(100, -1e-3).at[0].set(0.1), state)
        np.testing.assert_allclose(updates[0], -longest, rtol=1e-5)
        np.testing.assert_array_equal(updates[1:], 0)


def test_steps_and_gradients_whose_product_is_too_small_to_see_agree():
    tx = cautious(sgd(1e-10))
    updates, _ = tx.update(jnp.full(2, 1e-25), tx.init(jnp.zeros(2)))
    np.testing.assert_allclose(updates, -1e-35, rtol=1e-5)


def test_pytorch_optimizer_counts_one_more_coordinate_that_agrees():
    ours, theirs = updates_along(cautious(laprop(0.05)), optimizer_cases("LaProp", "pytorch_optimizer")["cautious"])
    for name, steps in ours.items():
        agree = np.sum(steps != 0, axis=tuple(range(1, steps.ndim)), keepdims=True)
        np.testing.assert_allclose(steps * agree / (agree + 1), theirs[name], rtol=0, atol=1e-9)


def test_it_keeps_nothing():
    params = jax.ShapeDtypeStruct((30, 50), jnp.float32)
    assert jax.eval_shape(cautious(adamw(0.1)).init, params) == jax.eval_shape(adamw(0.1).init, params)


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="cautious: min_fraction must be in \\(0, 1\\), got 0"):
        cautious(sgd(0.1), min_fraction=0)
