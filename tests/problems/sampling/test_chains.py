"""Tests of chains on any density: their moments, the step that they keep, and the draws."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.scipy.stats import multivariate_normal
from laws import x64

from lropt_jax.objectives import effective_sample_size, r_hat
from lropt_jax.optimizers import adam, sgd
from lropt_jax.problems import metropolis, solve
from lropt_jax.problems.sampling.chains import proposed

KEY = jax.random.key(0)
PROPOSALS = ("random walk", "langevin")


def bell(x):
    return -jnp.sum(x**2) / 2


def banana(z):
    """`z_0 ~ N(0, 100)`, and `z_1 ~ N(3 - 0.03 z_0^2, 1)`, whose mean is 0 and variance 19."""
    return -(z[0] ** 2) / 200 - (z[1] + 0.03 * z[0] ** 2 - 3) ** 2 / 2


def funnel(z):
    """Neal's, with `|v| <= 2`: then the variance of `v` is below 9, and three coordinates have `exp(v)`."""
    log_p = -(z["v"] ** 2) / 18 - jnp.sum(z["x"] ** 2) * jnp.exp(-z["v"]) / 2 - 1.5 * z["v"]
    return jnp.where(jnp.abs(z["v"]) <= 2, log_p, -jnp.inf)


def of_funnel(power):
    """A moment of its `v`, and the mean of `exp(v)`."""
    v = np.linspace(-2, 2, 20_001)
    weights = np.exp(-(v**2) / 18)
    return np.sum(weights * v**power) / weights.sum(), np.sum(weights * np.exp(v)) / weights.sum()


def check_mean(draws, expected, errors=5):
    """The mean of draws is as expected, to so many standard errors, and they are worth at least 150."""
    size = effective_sample_size(draws, of="mean")
    assert jnp.all(size > 150)
    np.testing.assert_array_less(abs(draws.mean((0, 1)) - expected), errors * draws.std((0, 1)) / jnp.sqrt(size))


@pytest.mark.slow
@pytest.mark.parametrize("proposal", PROPOSALS)
def test_moments_of_a_banana(proposal):
    problem = metropolis(banana, jnp.zeros(2), proposal=proposal, chains=32, thinning=50)
    draws = solve(problem, sgd(1.0), KEY, 51_000).draws
    check_mean(draws, np.zeros(2))
    check_mean(draws**2, np.array([100.0, 19.0]))
    check_mean(draws[..., 1] + 0.03 * draws[..., 0] ** 2, 3.0)
    assert jnp.all(r_hat(draws) < 1.05)


@pytest.mark.slow
@pytest.mark.parametrize("proposal", PROPOSALS)
def test_moments_of_a_funnel_between_bounds(proposal):
    start = {"v": 0.0, "x": jnp.zeros(3)}
    draws = solve(metropolis(funnel, start, proposal=proposal, thinning=10), sgd(1.0), KEY, 11_000).draws
    check_mean(draws["v"], 0.0)
    check_mean(draws["v"] ** 2, of_funnel(2)[0])
    check_mean(draws["x"] ** 2, of_funnel(2)[1])
    assert jnp.max(jnp.abs(draws["v"])) <= 2


def logistic(x, y, w):
    return jnp.sum(jax.nn.log_sigmoid(y * (x @ w))) - jnp.sum(w**2) / 2


def cancer():
    x, y = pytest.importorskip("sklearn.datasets").load_breast_cancer(return_X_y=True)
    x = np.c_[np.ones(len(x)), (x - x.mean(0)) / x.std(0)].astype(np.float32)
    return jax.tree_util.Partial(logistic, x, (2 * y - 1).astype(np.float32))


# Of BlackJAX 1.7.1: NUTS after window adaptation, 16 chains of 5,000 draws
MEANS = np.array([
    0.204, -0.472, -0.4713, -0.459, -0.5487, -0.2356, 0.5827, -0.9556, -1.0707, 0.1055, 0.4459, -1.4399, 0.3229,
    -0.7831, -1.179, -0.4342, 0.731, 0.3184, -0.3288, 0.2969, 0.8162, -1.1338, -1.4946, -0.9077, -1.1185, -0.7222,
    -0.0203, -0.9901, -1.0359, -1.0499, -0.5315,
])  # fmt: skip
DEVIATIONS = np.array([
    0.4095, 0.8993, 0.5568, 0.8991, 0.9185, 0.6246, 0.8017, 0.8233, 0.8262, 0.5099, 0.6783, 0.7897, 0.5002,
    0.7933, 0.9295, 0.4645, 0.6637, 0.6239, 0.67, 0.5293, 0.6962, 0.9119, 0.6455, 0.9277, 0.9346, 0.6161,
    0.7789, 0.7608, 0.7886, 0.553, 0.7108,
])  # fmt: skip


@pytest.mark.slow
def test_a_logistic_regression_is_that_of_a_long_run_by_nuts():
    problem = metropolis(cancer(), jnp.zeros(31), proposal="langevin", thinning=2)
    draws = solve(problem, sgd(1.0), KEY, 3000).draws  # all begin at 0, where the gradient is a hundred times as long
    check_mean(draws, MEANS)
    np.testing.assert_allclose(draws.std((0, 1)), DEVIATIONS, rtol=0.1)
    assert jnp.all(r_hat(draws) < 1.02)


@pytest.mark.parametrize("langevin", [False, True])
@pytest.mark.parametrize("dense", [False, True])
def test_proposals_with_a_factor_are_in_detailed_balance(langevin, dense):
    """`log p(x) q(y | x) a(x, y)` is the same both ways, with the density of the proposal written out in full."""
    density = lambda x: -jnp.sum(x**4) / 4 + jnp.sin(x[0] * x[1])  # noqa: E731
    factor = np.array([[0.5, 0, 0], [0.3, 2, 0], [-1, 0.4, 3]]) if dense else np.array([0.5, 2.0, 3.0])
    matrix, step = factor if dense else np.diag(factor), 0.7
    covariance = step**2 * matrix @ matrix.T

    def look(x):
        return density(x), jax.grad(density)(x) if langevin else x[:0]

    def drift(x):
        ahead = langevin * step / 2 * matrix.T @ jax.grad(density)(x)
        return step * matrix @ ahead * jnp.minimum(1, np.sqrt(3) / jnp.linalg.norm(ahead))

    def log_flow(x, y):
        """The noise that leads from x to y, which gives the acceptance."""
        noise = jnp.linalg.solve(step * matrix, y - x - drift(x))
        (found, *_), log_a = proposed(look, step, factor, langevin, (x, *look(x)), noise)
        np.testing.assert_allclose(found, y, rtol=1e-9)
        return density(x) + multivariate_normal.logpdf(y, x + drift(x), covariance) + log_a

    with x64():
        for x, y in jax.random.normal(KEY, (5, 2, 3)):
            np.testing.assert_allclose(log_flow(x, y), log_flow(y, x), rtol=1e-10)


@pytest.mark.slow
@pytest.mark.parametrize("proposal", PROPOSALS)
def test_the_step_is_that_of_control_and_stays_to_the_bit_after_the_warmup(proposal):
    problem = metropolis(bell, jnp.zeros(5), proposal=proposal, step=1e-3, warmup=300, preconditioner="none")
    for tx in (sgd(1.0), adam(0.1), sgd(0.3, momentum=0.9)):
        done = solve(problem, tx, KEY, 700)
        steps = np.asarray(done.metrics["step"])
        assert len(np.unique(steps[300:])) == 1
        assert len(np.unique(steps[:300])) > 290
        assert done.metrics["step"].shape == done.values.shape == (700,)
        target = 0.574 if proposal == "langevin" else 0.234
        np.testing.assert_allclose(done.values[300:].mean(), target, atol=0.06)
        np.testing.assert_allclose(
            problem.judge(done.params, done.state), abs(done.values[300:].mean() - target), atol=1e-5
        )
        if tx == sgd(1.0):
            moves = (1 + np.arange(300)) ** -0.6 * (np.asarray(done.values[:300]) - target)
            np.testing.assert_allclose(np.log(steps[1:301]), np.log(1e-3) + np.cumsum(moves), atol=1e-4)


@pytest.mark.parametrize("preconditioner", ["diagonal", "dense"])
def test_scales_are_found_over_four_decades(preconditioner):
    widths = jnp.array([1e-2, 1.0, 1e2])
    how = {"proposal": "langevin", "preconditioner": preconditioner}
    done = solve(metropolis(lambda x: bell(x / widths), jnp.zeros(3), **how), sgd(1.0), KEY, 2000)
    factor = done.state.warmup.factor
    np.testing.assert_allclose((jnp.diag(factor) if factor.ndim == 2 else factor) / widths, 1, rtol=0.1)
    assert jnp.all(effective_sample_size(done.draws) > 2000)


@pytest.mark.slow
def test_a_dense_factor_is_worth_it_on_correlated_coordinates():
    mixed = jnp.linalg.inv(jnp.array([[1.0, 0.0], [0.99, 0.1]]))
    found = {}
    for preconditioner in ("diagonal", "dense"):
        how = {"proposal": "langevin", "preconditioner": preconditioner}
        problem = metropolis(lambda x: bell(mixed @ x), jnp.zeros(2), **how)
        found[preconditioner] = jnp.min(effective_sample_size(solve(problem, sgd(1.0), KEY, 2000).draws))
    assert found["dense"] > 5 * found["diagonal"]


def test_a_start_far_away_and_a_step_of_any_size_are_no_trouble():
    for step in (1e-3, 1e3):
        problem = metropolis(bell, jnp.full(3, 30.0), proposal="langevin", step=step, draws=500)
        draws = solve(problem, sgd(1.0), KEY, 1500).draws
        np.testing.assert_allclose(draws.std((0, 1)), 1, atol=0.1)
