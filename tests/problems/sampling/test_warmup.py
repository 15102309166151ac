"""Tests of what a warmup learns."""

import jax
import jax.numpy as jnp
import numpy as np

from lropt_jax.problems.sampling.warmup import adapted, cold, gathered, spread, windows

ADAPTED = jax.jit(adapted, static_argnames="ends")


def test_windows_end_while_the_chains_travel_and_before_the_step_is_found():
    assert windows(1000) == (31, 62, 125, 250, 500, 875)
    assert windows(10) == (1, 2, 5, 8)
    assert windows(2) == (1,)
    assert windows(1) == windows(0) == ()


def learned(draws, *, dense, ends=(2, 8)):
    found = cold(jnp.float32(0), draws.shape[-1], dense=dense)
    for step, positions in enumerate(draws):
        direction, found = ADAPTED(found, jnp.float32(0.5), jnp.float32(0.2), positions, step, ends=ends)
        gain = (1 + step - 2 * (step > 1)) ** -0.6  # begins again with a window
        np.testing.assert_allclose(direction, -0.3 * gain, rtol=1e-5)
    assert found.seen == found.control.measurements == 0
    return found.factor


def draws_of(widths):
    mixed = np.random.default_rng(0).normal(size=(8, 6, 4)) @ (np.eye(4) + 0.4)
    return (mixed * widths + 3 * widths).astype(np.float32)


def test_scales_are_the_spread_of_the_last_window_and_keep_the_size_of_the_step():
    draws = draws_of(np.array([1e-6, 1.0, 5.0, 1e6]))
    logs = np.log(draws[2:].reshape(-1, 4).std(0))
    expected = np.exp(36 / 41 * (logs - logs.mean()))  # few positions: the logs are drawn together
    np.testing.assert_allclose(learned(draws, dense=False), expected, rtol=1e-3)


def test_the_dense_factor_is_that_of_the_covariances():
    draws = draws_of(np.array([1e-6, 1.0, 5.0, 1e6]))
    window = draws[2:].reshape(-1, 4).astype(float)
    logs, correlation = np.log(window.std(0)), np.corrcoef(window.T) * 36 / 45
    np.fill_diagonal(correlation, 1)
    scales = np.exp(36 / 41 * (logs - logs.mean()))
    expected = np.linalg.cholesky(correlation * np.outer(scales, scales))
    expected /= np.exp(np.log(np.diag(expected)).mean())
    factor = learned(draws, dense=True)
    np.testing.assert_allclose(factor, expected, rtol=2e-3, atol=1e-9)
    z = np.arange(4.0, dtype=np.float32)
    np.testing.assert_allclose(spread(factor, z), factor @ z, rtol=1e-5)
    np.testing.assert_allclose(gathered(factor, z), factor.T @ z, rtol=1e-5)


def test_a_coordinate_that_has_not_moved_keeps_its_scale_and_none_is_lost():
    still = np.array([[1.0, np.inf, 0.0], [2.0, 0.0, 0.0]], np.float32)
    for dense in (False, True):
        factor = learned(still[None], dense=dense, ends=(1,))
        assert jnp.all(jnp.isfinite(factor))
        np.testing.assert_allclose(jnp.prod(jnp.diag(factor) if dense else factor), 1, rtol=1e-5)
