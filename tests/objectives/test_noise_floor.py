"""Tests of the noise floor; it is measured in the tests of `problems.least_squares`."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from laws import x64

from lropt_jax.objectives import noise_floor

CURVATURES = np.array([1.0, 0.4, 0.1])


def by_recursion(rate, curvatures, noise, batch_size, steps=20_000):
    """Excess risk after many steps of the matrix recursion, with the fourth moment as a full tensor."""
    hessian, size = np.diag(curvatures), len(curvatures)
    delta = np.eye(size)
    moments = (np.einsum("ij,kl->ijkl", hessian, hessian) + np.einsum("ik,jl->ijkl", hessian, hessian)
               + np.einsum("il,jk->ijkl", hessian, hessian))  # fmt: skip
    covariance = np.zeros((size, size))
    for _ in range(steps):
        quadratic = np.einsum("ijkl,jk->il", moments, covariance)
        spread = quadratic - hessian @ covariance @ hessian + noise**2 * hessian
        kept = (delta - rate * hessian) @ covariance @ (delta - rate * hessian)
        covariance = kept + rate**2 / batch_size * spread
    return np.trace(hessian @ covariance) / 2


@pytest.mark.parametrize(("rate", "noise", "batch_size"), [(0.01, 1.0, 1), (0.3, 2.0, 1), (0.9, 0.5, 4)])
def test_it_is_the_fixed_point_of_the_covariance(rate, noise, batch_size):
    with x64():
        floor = noise_floor(rate, CURVATURES, noise=noise, batch_size=batch_size)
        np.testing.assert_allclose(floor, by_recursion(rate, CURVATURES, noise, batch_size), rtol=1e-10)


def test_for_small_rates_it_is_the_rate_times_the_trace():
    with x64():
        small = noise_floor(1e-6, CURVATURES, noise=3.0, batch_size=2)
        np.testing.assert_allclose(small, 1e-6 * 9 * CURVATURES.sum() / (4 * 2), rtol=1e-5)


def test_it_is_infinite_from_the_limit_of_the_rates_on():
    with x64():
        limit = 4 / (9 + np.sqrt(17))  # of curvatures 1 and 2 with single examples: c = 1 there
        assert noise_floor(0.999 * limit, (1.0, 2.0)) > 100
        assert noise_floor(1.001 * limit, (1.0, 2.0)) == jnp.inf
        assert noise_floor(1.99, (1.0,), batch_size=10_000) < 0.05
        assert noise_floor(2.0, (1.0,), batch_size=10_000) == jnp.inf
        assert noise_floor(0.1, (1.0,), noise=0.0) == 0


def test_it_is_mapped_over_rates_and_differentiated():
    rates = jnp.array([0.01, 0.1, 0.4])
    floors = jax.vmap(lambda rate: noise_floor(rate, CURVATURES))(rates)
    np.testing.assert_allclose(floors, [noise_floor(float(rate), CURVATURES) for rate in rates], rtol=1e-6)
    assert jax.grad(lambda rate: noise_floor(rate, CURVATURES))(0.1) > 0


def test_bad_arguments_are_refused():
    for bad in (0.0, -1.0, np.nan, np.inf):
        with pytest.raises(ValueError, match="noise_floor: learning_rate must be finite and > 0, got"):
            noise_floor(bad, CURVATURES)
    with pytest.raises(ValueError, match="noise_floor: curvatures must be finite and > 0"):
        noise_floor(0.1, (1.0, 0.0))
    with pytest.raises(ValueError, match="noise_floor: curvatures must be a sequence of numbers, got 1.0"):
        noise_floor(0.1, 1.0)
    with pytest.raises(ValueError, match=r"noise_floor: curvatures must have the shape \(d,\), got \(1, 2\)"):
        noise_floor(0.1, [[1.0, 2.0]])
    with pytest.raises(ValueError, match="noise_floor: noise must be finite and >= 0, got -1"):
        noise_floor(0.1, CURVATURES, noise=-1)
    with pytest.raises(ValueError, match="noise_floor: batch_size must be finite and >= 1, got 0"):
        noise_floor(0.1, CURVATURES, batch_size=0)
