"""Tests of where EM for a mixture of Gaussians starts, against scikit-learn's restarts. In float32."""

import jax
import numpy as np
import pytest

from lropt_jax.objectives import mixture_from_statistics
from lropt_jax.optimizers import sgd
from lropt_jax.problems import gaussian_mixture, solve

datasets, mixture = pytest.importorskip("sklearn.datasets"), pytest.importorskip("sklearn.mixture")
KEY = jax.random.key(0)
IRIS, WINE = datasets.load_iris().data, datasets.load_wine().data
STANDARD_WINE = (WINE - WINE.mean(0)) / WINE.std(0)


@pytest.mark.slow
@pytest.mark.parametrize(("data", "score"), [(IRIS, -1.201), (STANDARD_WINE, -11.62)], ids=["iris", "wine"])
def test_the_best_of_ten_starts_is_scikit_learns(data, score):
    peer = mixture.GaussianMixture(3, n_init=10, tol=1e-6, max_iter=1000, random_state=0).fit(data).score(data)
    problem = gaussian_mixture(data=data, batch_size=None, starts=10)
    ours = [-solve(problem, sgd(1.0), jax.random.key(seed), 40).values[-1] for seed in (2, 3)]
    assert peer == pytest.approx(score, abs=2e-3)
    np.testing.assert_allclose(ours, peer, atol=1e-3)


@pytest.mark.slow
def test_the_best_of_ten_starts_is_found_where_single_starts_miss_it():
    def losses(starts):
        problem = gaussian_mixture(data=IRIS, batch_size=None, starts=starts)
        return jax.jit(jax.vmap(lambda key: problem.field(*problem.init(key), key)[2]))(jax.random.split(KEY, 6))

    assert np.max(losses(1)) > 1.25
    assert np.max(losses(10)) < 1.2022


def test_starts_at_duplicates_never_coincide():
    data = np.repeat([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]], [98, 1, 1], 0)
    problem = gaussian_mixture(data=data, components=3, batch_size=None)
    means = jax.vmap(lambda key: mixture_from_statistics(problem.init(key)[0]).means)(jax.random.split(KEY, 50))
    for each in np.round(np.asarray(means), 3):
        assert len(np.unique(each, axis=0)) == 3


def test_equal_starts_are_refused():
    message = r"^gaussian_mixture: means must differ, got equal rows \[0, 2\]; EM never separates equal components"
    with pytest.raises(ValueError, match=message):
        gaussian_mixture(data=IRIS, means=IRIS[[3, 60, 3]])
    with pytest.raises(ValueError, match="components must be at most 2, the number of distinct examples, got 3"):
        gaussian_mixture(data=np.repeat(IRIS[[3, 60]], 50, 0))
    with pytest.raises(ValueError, match="starts must be None where means are given, got 10"):
        gaussian_mixture(data=IRIS, means=IRIS[[3, 60, 100]], starts=10)
    with pytest.raises(ValueError, match="starts must be a whole number >= 1, got 0"):
        gaussian_mixture(starts=0)
