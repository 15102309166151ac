"""Tests of `adan`."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from laws import OptimizerLaws
from trajectories import START, noisy, trajectory

from lropt_jax.optimizers import adan, decay
from lropt_jax.schedules import linear


class TestLaws(OptimizerLaws):
    specimen = adan(0.1)


class TestLawsWithDecay(OptimizerLaws):
    specimen = adan(linear(0.1, 50), b1=0.9, b2=0.8, b3=0.95, eps=1e-4, weight_decay=0.05)


def reference(steps, proximal, rate=0.05, b1=0.98, b2=0.92, b3=0.99, eps=1e-8, decay=0.1):
    """The authors' program, in NumPy."""
    x, mu, change, nu, previous = START.copy(), np.zeros(4), np.zeros(4), np.zeros(4), None
    for t in range(1, steps + 1):
        g = noisy(x, t - 1)
        c = 0 * g if previous is None else g - previous
        mu, change = b1 * mu + (1 - b1) * g, b2 * change + (1 - b2) * c
        nu, previous = b3 * nu + (1 - b3) * (g + b2 * c) ** 2, g
        scale = np.sqrt(nu / (1 - b3**t)) + eps
        step = rate * (mu / (1 - b1**t) + b2 * change / (1 - b2**t)) / scale
        x = (x - step) / (1 + rate * decay) if proximal else x * (1 - rate * decay) - step
    return x


def test_it_is_the_authors_program():
    ours = trajectory(adan(0.05, weight_decay=0.1), START, noisy, 200)
    np.testing.assert_allclose(ours[-1], reference(200, proximal=False), atol=1e-10)


def test_the_proximal_decay_of_the_paper_is_this_one_at_another_rate():
    ours = trajectory(adan(0.05 / (1 + 0.05 * 0.1), weight_decay=0.1), START, noisy, 200)
    np.testing.assert_allclose(ours[-1], reference(200, proximal=True), atol=1e-10)


def test_it_is_optax_adan_where_b2_is_one_minus_itself():
    theirs = trajectory(optax.adan(0.1, b2=0.5, eps_root=0.0, weight_decay=0.1), START, noisy, 100)
    ours = trajectory(adan(0.1, b2=0.5, weight_decay=0.1), START, noisy, 100)
    np.testing.assert_allclose(ours, theirs, atol=1e-12)


def test_the_change_weighs_b2_and_not_one_minus_b2_as_in_optax():
    tx, grads = adan(1.0, b1=0.0, b2=0.92, b3=0.0, eps=0.0), [jnp.full(1, 1.0), jnp.full(1, 2.0)]
    state = tx.init(grads[0])
    for g in grads:
        updates, state = tx.update(g, state)
    change = 0.08 * 1.0 / (1 - 0.92**2)
    np.testing.assert_allclose(updates, -(2 + 0.92 * change) / (2 + 0.92), rtol=1e-6)


def test_a_constant_gradient_moves_by_the_rate():
    path = trajectory(adan(0.1, eps=0.0), [0.0], lambda x, step: np.full(1, 3.0), 50)[:, 0]
    np.testing.assert_allclose(np.diff(path), -0.1, rtol=1e-9)


def test_it_ignores_the_scale_of_the_gradients():
    one = trajectory(adan(0.1, eps=0.0), START, noisy, 20)
    two = trajectory(adan(0.1, eps=0.0), START, lambda x, step: 1e-6 * noisy(x, step), 20)
    np.testing.assert_allclose(one, two, atol=1e-9)


def test_the_gradient_that_it_remembers_is_a_copy():
    tx, grads = adan(0.1), jnp.ones(3)
    for update in (tx.update, jax.jit(tx.update)):
        _, state = update(grads, tx.init(grads))
        assert state.previous.unsafe_buffer_pointer() != grads.unsafe_buffer_pointer()


def test_the_mask_says_what_decays():
    params, zeros = {"w": jnp.ones(2), "b": jnp.ones(2)}, {"w": jnp.zeros(2), "b": jnp.zeros(2)}
    tx = adan(0.1, weight_decay=decay(0.5, mask={"w": True, "b": False}))
    updates, _ = tx.update(zeros, tx.init(params), params)
    np.testing.assert_allclose(updates["w"], -0.05 * np.ones(2))
    np.testing.assert_array_equal(updates["b"], np.zeros(2))


def test_bad_arguments_are_refused():
    for name in ("b1", "b2", "b3"):
        with pytest.raises(ValueError, match=f"adan: {name} must be in \\[0, 1\\), got 1.0"):
            adan(0.1, **{name: 1.0})
    with pytest.raises(ValueError, match="adan: eps must be finite and >= 0, got -1"):
        adan(0.1, eps=-1)
    with pytest.raises(ValueError, match="adan: weight_decay must be finite and >= 0, got -0.1"):
        adan(0.1, weight_decay=-0.1)
