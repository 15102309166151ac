"""Tests of the picture of a mixture."""

import jax
import numpy as np
import pytest

from lropt_jax.problems import gaussian_mixture

DATA = np.random.default_rng(0).normal(size=(60, 3)) * [1, 2, 3] + 100


@pytest.mark.parametrize(
    "covariance", ["diagonal", *(pytest.param(kind, marks=pytest.mark.slow) for kind in ("full", "tied", "spherical"))]
)
def test_an_ellipse_goes_two_deviations_around_each_mean(covariance):
    problem = gaussian_mixture(DATA, components=1, covariance=covariance, batch_size=None)
    view = problem.view(*problem.init(jax.random.key(0)))
    curve = np.asarray(view.curves["0"])
    half = (curve.max(0) - curve.min(0)) / 2
    deviations = np.full(2, np.sqrt(DATA.var(0).mean())) if covariance == "spherical" else DATA.std(0)[:2]
    np.testing.assert_allclose(half, 2 * deviations, rtol=2e-3)
    np.testing.assert_allclose(view.points, DATA[:, :2], rtol=1e-6)
    assert view.labels.shape == (60,)
