"""Tests of acceptance."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from laws import x64

from lropt_jax.objectives import gaussian_acceptance, langevin_log_density, log_acceptance


def enumerated(p, q):
    """The matrix of a Metropolis chain with stationary probabilities `p` and proposal matrix `q`."""
    with np.errstate(divide="ignore"):
        log_p, log_q = np.log(p), np.log(q)
    accept = np.exp(np.asarray(log_acceptance(log_p[:, None], log_p[None, :], log_q, log_q.T)))
    moves = np.where(np.eye(len(p)) == 1, 0, q * accept)
    return moves + np.diag(1 - moves.sum(1))


def test_an_enumerated_chain_is_in_detailed_balance():
    draws = np.random.default_rng(0)
    p, q = draws.dirichlet(np.ones(6)), draws.dirichlet(np.ones(6), size=6)
    with x64():
        chain = enumerated(p, q)
    flow = p[:, None] * chain
    np.testing.assert_allclose(flow, flow.T, atol=1e-16)
    np.testing.assert_allclose(p @ chain, p, atol=1e-16)
    np.testing.assert_allclose(np.linalg.matrix_power(chain, 2000)[0], p, atol=1e-12)


def test_langevin_proposals_are_in_detailed_balance_on_any_density():
    log_p = lambda x: -jnp.sum(x**4) / 4 + jnp.sin(x[0] * x[1])  # noqa: E731

    @jax.jit
    def both_ways(key):
        x, y = jax.random.normal(key, (2, 3))
        forward = langevin_log_density(y, x, jax.grad(log_p)(x), 0.8)
        backward = langevin_log_density(x, y, jax.grad(log_p)(y), 0.8)
        there = log_p(x) + forward + log_acceptance(log_p(x), log_p(y), forward, backward)
        return there, log_p(y) + backward + log_acceptance(log_p(y), log_p(x), backward, forward)

    with x64():
        for seed in range(5):
            there, back = both_ways(jax.random.key(seed))
            np.testing.assert_allclose(there, back, rtol=1e-12)


def test_langevin_proposals_have_the_density_of_their_gaussian():
    from jax.scipy.stats import norm

    x, y, slope = jnp.array([[0.3, -1.0], [0.5, 0.2], [1.0, -2.0]])
    exact = lambda y: jnp.sum(norm.logpdf(y, x + 0.7**2 / 2 * slope, 0.7))  # noqa: E731
    difference = langevin_log_density(y, x, slope, 0.7) - langevin_log_density(x, x, slope, 0.7)
    np.testing.assert_allclose(difference, exact(y) - exact(x), rtol=1e-5)


def test_what_is_outside_or_beyond_all_floats_is_refused():
    for there, backward in ((-jnp.inf, 0.0), (jnp.nan, 0.0), (-jnp.inf, jnp.nan), (-jnp.inf, jnp.inf)):
        assert log_acceptance(0.0, there, 0.0, backward) == -jnp.inf
    assert log_acceptance(-5.0, -1.0) == 0


@pytest.mark.parametrize("langevin", [False, True])
@pytest.mark.parametrize("d", [1, 3, 10])
def test_the_acceptance_on_a_gaussian_is_that_of_many_proposals(langevin, d):
    h = 1.3
    draws = np.random.default_rng(d)
    x = draws.normal(size=(200_000, d))
    y = (1 - langevin * h**2 / 2) * x + h * draws.normal(size=x.shape)
    factor = h**2 / 8 if langevin else 0.5  # the log of the ratio is that times |x|^2 - |y|^2
    seen = np.exp(np.minimum(factor * np.sum(x**2 - y**2, axis=1), 0))
    np.testing.assert_allclose(gaussian_acceptance(h, d, langevin=langevin), seen.mean(), atol=5 * seen.std() / 447)


def test_it_has_the_known_limits():
    with x64():
        h = np.array([0.1, 1.0, 5.0])
        np.testing.assert_allclose(gaussian_acceptance(h, 1), 2 / np.pi * np.arctan(2 / h), rtol=1e-10)
        d = 1e6
        walk, langevin = 2.38 / np.sqrt(d), 1.65 / d ** (1 / 6)  # the best ones of many dimensions
        np.testing.assert_allclose(gaussian_acceptance(walk, d), 0.234, atol=1e-3)
        np.testing.assert_allclose(gaussian_acceptance(langevin, d, langevin=True), 0.574, atol=2e-3)


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="gaussian_acceptance: step must be finite and > 0, got 0.0"):
        gaussian_acceptance(0.0, 1)
    with pytest.raises(ValueError, match="gaussian_acceptance: dimension must be finite and >= 1, got 0"):
        gaussian_acceptance(1.0, 0)
