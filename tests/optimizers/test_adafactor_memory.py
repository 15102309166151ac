"""Tests of what `adafactor` keeps, and of the precision it works in."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from lropt_jax.optimizers import adafactor

MATRIX = np.array([[2.0, -1.5, 0.3], [1.0, 0.1, -0.7], [0.4, 1.2, -2.0], [0.9, -0.2, 0.5]])
EPS = float(np.finfo(np.float64).eps)


def test_a_matrix_costs_a_row_and_a_column():
    params = {"kernel": jnp.ones((256, 128)), "thin": jnp.ones((256, 127)), "bias": jnp.ones(128)}
    state = adafactor(0.1).init(params)
    sizes = {name: sum(leaf.size for leaf in jax.tree.leaves([part[name] for part in state.nu])) for name in params}
    assert sizes == {"kernel": 256 + 128, "thin": 256 * 127, "bias": 128}
    assert state.mu is None


@pytest.mark.parametrize("dtype", [jnp.bfloat16, jnp.float16])
def test_small_gradients_in_half_precision_are_not_lost(dtype):
    params, tx = jnp.ones((2, 3), dtype), adafactor(0.1, min_dim_size_to_factor=2)
    updates, _ = tx.update(jnp.full((2, 3), 3e-5, dtype), tx.init(params), params)
    np.testing.assert_allclose(updates.astype(jnp.float32), -0.1, rtol=4e-3)


def test_multisteps_takes_bf16_parameters():
    params = jnp.ones((2, 3), jnp.bfloat16)
    tx = optax.MultiSteps(adafactor(0.1, b1=0.9, min_dim_size_to_factor=2), 2)
    state = tx.init(params)
    for _ in range(4):
        updates, state = jax.jit(tx.update)(params, state, params)
        assert updates.dtype == jnp.bfloat16
    assert int(state.gradient_step) == 2


def test_lanes_of_one_program_keep_their_own_rows_and_columns():
    lanes = jnp.asarray(np.random.default_rng(0).normal(size=(3, 4, 5)), jnp.float32)
    tx = adafactor(0.1, min_dim_size_to_factor=4)
    step = lambda p: tx.update(jnp.sin(p), tx.init(p), p)[0]  # noqa: E731
    np.testing.assert_allclose(jax.vmap(step)(lanes), jnp.stack([step(lane) for lane in lanes]), rtol=1e-5)
