"""Tests of `adafactor`."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from laws import OptimizerLaws, x64
from trajectories import START, noisy, trajectory

from lropt_jax.optimizers import adafactor
from lropt_jax.schedules import inverse_sqrt, linear, power

MATRIX = np.array([[2.0, -1.5, 0.3], [1.0, 0.1, -0.7], [0.4, 1.2, -2.0], [0.9, -0.2, 0.5]])
EPS = float(np.finfo(np.float64).eps)


class AdafactorLaws(OptimizerLaws):
    """`min_dim_size_to_factor` decides shapes: neither a schedule nor Optax's injection of numbers may set it."""

    shaping = ("min_dim_size_to_factor",)


class TestLaws(AdafactorLaws):
    specimen = adafactor(0.1)


class TestLawsOfMatrices(AdafactorLaws):
    specimen = adafactor(
        linear(0.1, 50), b1=0.9, eps=0.0, min_dim_size_to_factor=2, factored_axes="last", weight_decay=0.01,
        rate_in_momentum=True, scale_decay=True,
    )  # fmt: skip


class TestLawsOfTorch(AdafactorLaws):
    specimen = adafactor(
        0.1, eps=1e-7, eps_as_floor=True, min_dim_size_to_factor=1, clip_threshold=None, parameter_scale=False
    )


def rms(leaf):
    return np.sqrt(np.mean(leaf**2))


@pytest.mark.parametrize("start", [MATRIX, MATRIX.T, START], ids=["tall", "wide", "vector"])
def test_it_is_the_paper(start):
    x, v, rows, cols = start.copy(), 0.0, 0.0, 0.0
    for t in range(1, 201):
        g, share = noisy(x, t - 1), t**-0.8
        squares = g**2 + 1e-30
        if x.ndim == 2:
            rows = (1 - share) * rows + share * squares.sum(1)
            cols = (1 - share) * cols + share * squares.sum(0)
            v = np.outer(rows, cols) / rows.sum()
        else:
            v = (1 - share) * v + share * squares
        u = g / np.sqrt(v)
        x = x - max(1e-3, rms(x)) * min(1e-2, 1 / np.sqrt(t)) * u / max(1, rms(u))
    ours = trajectory(adafactor(power(1e-2, 1e4, exponent=0.5), min_dim_size_to_factor=1), start, noisy, 200)
    np.testing.assert_allclose(ours[-1], x, atol=1e-10)


def test_at_a_constant_rate_it_does_not_matter_where_the_rate_enters():
    late, early = (adafactor(0.1, b1=0.9, weight_decay=0.1, rate_in_momentum=where) for where in (False, True))
    np.testing.assert_allclose(trajectory(early, START, noisy, 50), trajectory(late, START, noisy, 50), atol=1e-12)


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


def test_lanes_of_one_program_keep_their_own_rows_and_columns():
    lanes = jnp.asarray(np.random.default_rng(0).normal(size=(3, 4, 5)), jnp.float32)
    tx = adafactor(0.1, min_dim_size_to_factor=4)
    step = lambda p: tx.update(jnp.sin(p), tx.init(p), p)[0]  # noqa: E731
    np.testing.assert_allclose(jax.vmap(step)(lanes), jnp.stack([step(lane) for lane in lanes]), rtol=1e-5)


def test_it_ignores_the_scale_of_the_gradients():
    tx = adafactor(0.1, eps=0.0, min_dim_size_to_factor=1)
    small = trajectory(tx, MATRIX, lambda x, step: 1e-6 * noisy(x, step), 20)
    np.testing.assert_allclose(trajectory(tx, MATRIX, noisy, 20), small, atol=1e-9)


def test_it_follows_the_scale_of_the_parameters():
    tx = adafactor(0.1, eps=0.0, min_scale=0.0)
    large = trajectory(tx, 1e3 * START, lambda x, step: noisy(x / 1e3, step), 20)
    np.testing.assert_allclose(1e3 * trajectory(tx, START, noisy, 20), large, rtol=1e-9)


def test_parameters_at_zero_leave_it_at_the_least_scale():
    update, _ = adafactor(0.1).update(jnp.ones(3), adafactor(0.1).init(jnp.zeros(3)), jnp.zeros(3))
    np.testing.assert_allclose(update, -1e-4, rtol=1e-6)


def test_the_relative_step_sizes_of_the_paper_are_schedules():
    t = np.arange(1, 30_000)
    with x64():
        plain, warm = power(1e-2, 10_000, exponent=0.5)(t - 1), inverse_sqrt(1e-2, 10_000)(t - 1)
    np.testing.assert_allclose(plain, np.minimum(1e-2, 1 / np.sqrt(t)), rtol=1e-12)
    np.testing.assert_allclose(warm, np.minimum(1e-6 * t, 1 / np.sqrt(t)), rtol=1e-12)


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="adafactor: clip_threshold must be finite and > 0, got 0.0"):
        adafactor(0.1, clip_threshold=0.0)
    with pytest.raises(ValueError, match="adafactor: b1 must be in \\[0, 1\\), got 1.0"):
        adafactor(0.1, b1=1.0)
    with pytest.raises(ValueError, match="adafactor: min_dim_size_to_factor must be finite and > 0, got 0"):
        adafactor(0.1, min_dim_size_to_factor=0)
    with pytest.raises(ValueError, match="adafactor: factored_axes must be one of longest, last, got 'first'"):
        adafactor(0.1, factored_axes="first")
    with pytest.raises(ValueError, match="adafactor: weight_decay must be finite and >= 0, got -0.1"):
        adafactor(0.1, weight_decay=-0.1, scale_decay=True)
    with pytest.raises(ValueError, match="decay_coupling must be 'rate' with scale_decay, got 'independent'"):
        adafactor(0.1, weight_decay=0.1, scale_decay=True, decay_coupling="independent")
    tx = adafactor(0.1)
    with pytest.raises(ValueError, match="adafactor: update needs params for their scale; call tx.update"):
        tx.update(START, tx.init(START))
