"""Tests of Bayesian linear regression: the log evidence, the gaps and the noise of the estimators."""

import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from laws import x64
from scipy.stats import multivariate_normal

from lropt_jax.objectives import MeanField, elbo
from lropt_jax.optimizers import adam
from lropt_jax.problems import conjugate_gaussian, solve, suite
from lropt_jax.problems.variational.conjugate_gaussian import diabetes, exact
from lropt_jax.schedules import cosine

KEY = jax.random.key(0)


def test_the_log_evidence_of_the_diabetes_data_is_known():
    x, y = diabetes()
    _, evidence = exact(x, y, 0.5)
    assert evidence == pytest.approx(-496.59918994, abs=5e-9)
    assert evidence == pytest.approx(
        multivariate_normal(np.zeros(442), 0.5 * np.eye(442) + x @ x.T).logpdf(y), rel=1e-10
    )


def test_the_bound_at_the_posterior_is_the_log_evidence_and_the_error_is_zero():
    with x64():
        problem, (posterior, evidence) = conjugate_gaussian(), exact(*diabetes(), 0.5)
        x, y = map(jnp.asarray, diabetes())

        def log_likelihood(w):
            return jnp.sum(jax.scipy.stats.norm.logpdf(y, x @ w, jnp.sqrt(0.5)))

        bound = jax.jit(lambda q: elbo(log_likelihood, q, KEY, prior=MeanField.standard(10)))(posterior)
        assert float(bound) == pytest.approx(evidence, rel=1e-12)
        assert float(jax.jit(problem.judge)(posterior, ())) == pytest.approx(0, abs=1e-12)
        assert float(jax.jit(problem.field)(posterior, (), KEY)[2]) == pytest.approx(-evidence, rel=1e-12)


def test_independent_coordinates_stop_short_by_their_known_gap():
    with x64():
        x, _ = diabetes()
        precision = np.eye(10) + x.T @ x / 0.5
        posterior, _ = exact(*diabetes(), 0.5)
        best = MeanField(posterior.mean, -jnp.log(np.diag(precision)) / 2)
        error = jax.jit(conjugate_gaussian(family="mean_field").judge)
        assert float(error(best, ())) == pytest.approx(3.805531, abs=5e-7)
        slope = jax.grad(error)(best, ())
        assert all(np.all(np.abs(leaf) < 1e-9) for leaf in jax.tree.leaves(slope))


@pytest.mark.slow
def test_where_the_noise_dies_at_the_posterior_a_falling_rate_reaches_it():
    tx, found = adam(cosine(3e-2, 10_000)), {}
    for estimator in ("sticking_the_landing", "analytic_entropy"):
        problem = conjugate_gaussian(estimator=estimator)
        found[estimator] = float(problem.judge(solve(problem, tx, KEY, 10_000).params, ()))
    assert abs(found["sticking_the_landing"]) < 1e-5
    assert found["analytic_entropy"] > 1e-3


@pytest.mark.parametrize(("family", "least", "most"), [("mean_field", 3.8055, 4.2), ("low_rank", 0.01, 3.8055)])
def test_each_family_ends_near_its_own_best(family, least, most):
    problem = conjugate_gaussian(family=family)
    solution = solve(problem, adam(cosine(3e-2, 3000)), KEY, 3000)
    assert least < problem.judge(solution.params, solution.state) < most


def test_what_is_seen_is_samples_beside_the_ellipse_of_the_posterior():
    problem, (posterior, _) = conjugate_gaussian(), exact(*diabetes(), 0.5)
    view = problem.view(posterior, ())
    np.testing.assert_allclose(view.curves["q and its samples"], view.curves["posterior"], rtol=1e-4, atol=1e-5)
    ellipse = np.asarray(view.curves["posterior"])
    assert (view.x_label, view.y_label) == ("weight 5", "weight 4")
    low, high = ellipse.min(0), ellipse.max(0)
    inside = np.all((view.points >= low) & (view.points <= high), axis=1)
    assert 0.8 < inside.mean() < 1
    first, second = posterior.mean[4:6], (low + high) / 2  # total cholesterol and LDL hang together the most
    np.testing.assert_allclose(np.sort(second), np.sort(first), rtol=1e-2)


def test_bad_arguments_are_refused():
    x, y = np.ones((5, 2)), np.ones(5)
    for options, message in (
        ({"data": (x, np.append(y[1:], np.nan))}, "y must be finite, got [ 1.  1.  1.  1. nan]."),
        ({"data": (x, y[1:])}, "data must have the shapes (n, d) and (n,), got (5, 2) and (4,)."),
        ({"data": (y, y)}, "data must have the shapes (n, d) and (n,), got (5,) and (5,)."),
        ({"family": "full"}, "family must be one of mean_field, full_rank, low_rank, got 'full'."),
        ({"noise_variance": 0.0}, "noise_variance must be finite and > 0, got 0.0."),
    ):
        with pytest.raises(ValueError, match=f"^{re.escape(f'conjugate_gaussian: {message}')}"):
            conjugate_gaussian(**options)
    with pytest.raises(ValueError, match="^elbo: estimator must be one of reparameterized, analytic_kl, "):
        solve(conjugate_gaussian(estimator="magic"), adam(0.01), KEY, 1)


def test_it_is_in_the_suite():
    assert suite()["conjugate_gaussian"] is conjugate_gaussian
