"""Tests of `grafted`."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from laws import TransformLaws
from trajectories import START, noisy, trajectory

from lropt_jax import learning_rate
from lropt_jax.optimizers import adam, lion, sgd, sign_sgd
from lropt_jax.schedules import linear
from lropt_jax.wrappers import grafted


class TestLaws(TransformLaws):
    specimen = grafted(sgd(1.0, momentum=0.9), adam(linear(0.1, 50)))


def test_it_is_the_paper():
    x, mu, nu, m = START.copy(), np.zeros(4), np.zeros(4), np.zeros(4)
    for t in range(1, 201):
        g = noisy(x, t - 1)
        m, mu, nu = 0.9 * m + g, 0.9 * mu + 0.1 * g, 0.999 * nu + 0.001 * g**2
        far = 0.05 * (mu / (1 - 0.9**t)) / (np.sqrt(nu / (1 - 0.999**t)) + 1e-8)
        x = x - m / np.linalg.norm(m) * np.linalg.norm(far)
    tx = grafted(sgd(3.0, momentum=0.9), adam(0.05))
    np.testing.assert_allclose(trajectory(tx, START, noisy, 200)[-1], x, atol=1e-10)


def test_around_one_optimizer_twice_it_is_that_optimizer():
    path = trajectory(grafted(adam(7.0), optax.adam(0.1)), START, noisy, 30)
    np.testing.assert_allclose(path, trajectory(adam(0.1), START, noisy, 30), atol=1e-9)


def test_each_array_has_its_own_length():
    tx, params = grafted(sign_sgd(1.0), sgd(0.5)), {"a": jnp.zeros(2), "b": jnp.zeros(2), "c": jnp.zeros(2)}
    grads = {"a": jnp.array([3.0, 4.0]), "b": jnp.array([0.0, 1.0]), "c": jnp.zeros(2)}
    updates, state = tx.update(grads, tx.init(params), params)
    np.testing.assert_allclose(updates["a"], -2.5 / np.sqrt(2) * np.ones(2), rtol=1e-6)
    np.testing.assert_allclose(updates["b"], [0, -0.5], rtol=1e-6)
    np.testing.assert_array_equal(updates["c"], 0)
    assert sorted(learning_rate(state).values()) == [0.5, 1.0]


def test_tiny_and_huge_directions_keep_their_direction():
    for rate in (1e-30, 1e30):
        tx = grafted(sgd(rate), sgd(1.0))
        updates, _ = tx.update(jnp.array([3.0, 4.0]), tx.init(jnp.zeros(2)))
        np.testing.assert_allclose(updates, [-3, -4], rtol=1e-5)


def test_its_memory_is_that_of_both():
    params = jax.ShapeDtypeStruct((30, 50), jnp.float32)
    state = jax.eval_shape(grafted(lion(1.0), adam(0.1)).init, params)
    assert state == (jax.eval_shape(lion(1.0).init, params), jax.eval_shape(adam(0.1).init, params))


def test_what_is_no_optimizer_is_refused():
    with pytest.raises(TypeError, match="grafted: norm_of must be a gradient transformation, got 0.1"):
        grafted(lion(0.1), 0.1)
    with pytest.raises(TypeError, match="grafted: direction must be a gradient transformation, got None"):
        grafted(None, lion(0.1))
