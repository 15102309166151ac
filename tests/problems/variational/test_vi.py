"""Tests of variational inference in one call: the answer is exact where it is known, from any rate, in any units."""

import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lropt_jax.objectives import Bernoulli, FullRank, MeanField, kl
from lropt_jax.problems import vi
from lropt_jax.problems.variational.conjugate_gaussian import diabetes, exact

KEY = jax.random.key(0)
Partial = jax.tree_util.Partial


def regression(x, y, noise, spread, w):
    """`y ~ N(x w, noise)`, `w ~ N(0, spread)`, all constants included."""
    data = -jnp.sum((y - x @ w) ** 2) / (2 * noise) - y.size * jnp.log(2 * jnp.pi * noise) / 2
    return data - jnp.sum(w**2) / (2 * spread) - w.size * jnp.log(2 * jnp.pi * spread) / 2


def conjugate(x, y, noise, spread=1.0):
    """The log joint, the posterior and the log evidence. `exact` has a standard prior: there `w` is in spreads."""
    wide = np.sqrt(spread)
    posterior, evidence = exact(x * wide, y, noise)
    scaled = FullRank(posterior.mean * wide, posterior.log_scale + np.log(wide), posterior.lower)
    return (
        Partial(regression, jnp.asarray(x, jnp.float32), jnp.asarray(y, jnp.float32), noise, spread),
        scaled,
        evidence,
    )


def waves():
    """A polynomial through a sine: the condition number of the posterior is a million."""
    t = np.linspace(0, 1, 60)
    noise = np.random.default_rng(0).normal(size=60)
    return conjugate(np.stack([t**k for k in range(6)], 1), np.sin(5 * t) + 0.1 * noise, 0.01, 100.0)


def correlated():
    """Twenty numbers that all correlate by 0.98 before the data, 15 from the start: x = L w with three rows of data."""
    rng = np.random.default_rng(1)
    root = 3 * np.linalg.cholesky(0.98 + 0.02 * np.eye(20))
    return conjugate(np.tile(root, (3, 1)), 5 + np.tile(root @ rng.normal(size=20), 3) + rng.normal(size=60), 4.0)


MODELS = {"diabetes": lambda: conjugate(*diabetes(), 0.5), "correlated": correlated, "waves": waves}
COSINE = {"diabetes": 700, "correlated": 350, "waves": 4000}  # printed by benchmarks/variational.py


@pytest.mark.slow
@pytest.mark.parametrize("name", MODELS)
def test_the_bound_is_the_log_evidence_from_any_rate_at_twice_the_cost_of_a_tuned_cosine(name):
    log_joint, posterior, evidence = MODELS[name]()
    for seed, rate in enumerate((1e-3, 1e-2, 0.1, 0.3, 1.0)):
        fit = vi(log_joint, jnp.zeros(posterior.mean.size), key=jax.random.key(seed), family="full_rank", rate=rate)
        assert fit.converged
        assert float(kl(fit.posterior.family, posterior)) <= 0.05
        assert abs(fit.elbo - evidence) <= 0.05
        assert fit.steps <= 2 * COSINE[name]


@pytest.mark.slow
def test_mean_field_reaches_the_best_of_its_family():
    log_joint, posterior, evidence = conjugate(*diabetes(), 0.5)
    for rate in (1e-3, 0.3):
        fit = vi(log_joint, jnp.zeros(10), key=KEY, rate=rate)
        assert fit.converged
        assert float(kl(fit.posterior.family, posterior)) - 3.805531 <= 0.05
        assert fit.elbo == pytest.approx(evidence - 3.8055, abs=0.05 + 4 * fit.elbo_error)


def far(y, params):
    """`y ~ N(m + 1000 s, 100)`: the mean is ten thousand first standard deviations from the start, in two arrays."""
    m, s = params["m"], params["more"][0]
    return -jnp.sum((y - m - 1000 * s) ** 2) / 2e4 - m**2 / 2e6 - s**2 / 2


@pytest.fixture(scope="module")
def fits():
    start = {"m": 0.0, "more": [np.zeros(())]}
    given = {"key": KEY, "family": "full_rank", "steps": 1000, "samples": 4}
    return [vi(Partial(far, jnp.array(y)), start, **given) for y in ([900.0, 1100.0], [0.0, 10.0])]


def test_a_posterior_far_away_and_in_other_units_is_found(fits):
    fit, precision = fits[0], np.diag([1e-6, 1]) + 2e-4 * np.array([[1, 1e3], [1e3, 1e6]])
    best = np.linalg.solve(precision, 0.2 * np.array([1, 1e3]))
    covariance = np.linalg.inv(precision)
    assert fit.converged
    assert fit.posterior.mean["m"] == pytest.approx(best[0], abs=0.1 * covariance[0, 0] ** 0.5)
    assert fit.posterior.mean["more"][0] == pytest.approx(best[1], abs=0.1 * covariance[1, 1] ** 0.5)
    assert fit.posterior.std["more"][0] == pytest.approx(covariance[1, 1] ** 0.5, rel=0.05)


def test_what_is_said_of_a_fit_is_what_was_done(fits):
    fit = fits[0]
    draws = fit.posterior.sample(KEY, (5, 2))
    assert (draws["m"].shape, draws["more"][0].shape) == ((5, 2), (5, 2))
    assert np.isfinite(fit.posterior.log_prob({"m": 1.0, "more": [0.5]}))
    assert fit.rates.shape == (fit.steps,)
    assert fit.values.shape == (fit.steps / 25,)
    assert 0 < fit.elbo_error < 0.1
    assert re.match(
        r"elbo [\d.]+ \+- [\d.e-]+; converged, after \d+ steps at rates from 0.5 to [\d.e-]+\nPost", f"{fit}"
    )


def test_a_density_without_an_integral_is_called_so():
    fit = vi(lambda w: jnp.sum(w**2), jnp.ones(2), key=KEY, rate=0.5, steps=300, samples=1)
    assert not fit.converged
    assert "not converged: is log_joint a density with a finite integral?" in repr(fit)


def test_other_data_of_one_shape_compile_nothing(fits):
    traced = []

    def log_joint(y, w):
        traced.append(1)
        return -jnp.sum((y - w) ** 2)

    counts = []
    for at in (0.0, 1.0):
        fit = vi(Partial(log_joint, jnp.full(2, at)), jnp.zeros(2), key=KEY, rate=0.1 + at, steps=100, samples=1)
        assert not fit.converged
        assert "not converged: give more steps" in repr(fit)
        counts.append(len(traced))
    assert counts[1] == counts[0] + 1  # the look at shapes, which compiles nothing


def refused(error=ValueError, log_joint=lambda p: -jnp.sum(p**2), start=(0.0,), **arguments):
    with pytest.raises(error) as caught:
        vi(log_joint, np.array(start) if isinstance(start, tuple) else start, key=KEY, **arguments)
    return str(caught.value)


def test_a_bad_model_is_refused():
    words = "vi: log_joint must "
    assert refused(log_joint=lambda p: p).startswith(f"{words}return a real scalar, got float32[1]; sum over data")
    assert refused(TypeError, log_joint=lambda p: (1.0, p)).startswith(f"{words}return a scalar, got (")
    assert refused(log_joint=lambda p: jnp.sum(p) + jnp.nan).startswith(f"{words}be finite at start, got nan; begin")
    assert refused(log_joint=lambda p: jnp.sum(jnp.sqrt(p))).startswith(f"{words}have a finite gradient at start, got")
    assert refused(TypeError, log_joint=lambda p: p["w"]).startswith(f"{words}take a tree like start, ")
    assert refused(TypeError, log_joint=3.0).startswith(f"{words}be a function, got 3.0")


def test_a_bad_start_is_refused():
    words = "vi: start"
    assert refused(TypeError, start={"k": np.arange(3)}).startswith(f"{words}['k'] must be real numbers, got int")
    assert "write 0.0 for 0" in refused(TypeError, start=[0])
    assert refused(TypeError, start={"on": True}) == f"{words}['on'] must be real numbers, got True."
    assert refused(TypeError, start="here") == f"{words} must be real numbers, got 'here'."
    assert refused(start=(np.nan,)).startswith(f"{words} must be finite, got")
    for empty in ({}, None, np.zeros(0)):
        assert re.match(rf"{words} must (hold at least one number|be real numbers), got", refused(start=empty))


def test_a_bad_family_or_number_is_refused():
    names = "mean_field, full_rank, low_rank, a distribution or a dict of them"
    assert refused(family="laplace") == f"vi: family must be one of {names}, got 'laplace'."
    assert refused(TypeError, family=MeanField).endswith("; give MeanField(...), or its name.")
    assert (
        refused(family=MeanField.standard(2)) == "vi: family must be over the numbers of start, shape (1,), got (2,)."
    )
    assert refused(family=Bernoulli(jnp.zeros(1))).startswith("vi: family must have samples that move with its numbers")
    assert refused(family={"w": "full_rank"}).startswith(
        "vi: family must have the keys of start, which is no dict, got ['w']"
    )
    trees = {"start": {"a": 0.0, "b": 0.0}, "log_joint": lambda p: -(p["a"] ** 2) - p["b"] ** 2}
    assert refused(family={"a": "full_rank"}, **trees) == (
        "vi: family must have the keys of start, ['a', 'b'], got ['a']."
    )
    assert refused(family={"a": "full_rank", "b": "odd"}, **trees).startswith(
        "vi: family['b'] must be one of mean_field"
    )
    assert refused(steps=20) == "vi: steps must be a whole number >= 100, got 20."
    assert refused(rate=0.0) == "vi: rate must be finite and > 0, got 0.0."
    assert refused(samples=0).startswith("vi: samples must be a whole number >= 1, got 0")
