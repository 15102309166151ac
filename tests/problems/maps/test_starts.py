"""Tests of where a map begins."""

import re

import jax
import numpy as np
import pytest
from scipy.spatial.distance import cdist

from lropt_jax.optimizers import delta_bar_delta
from lropt_jax.problems import solve, tsne

KEY, OTHER = jax.random.split(jax.random.key(0))
X = np.random.default_rng(0).normal(size=(30, 4)) * [4, 3, 2, 1]


def begin(key=KEY, data=X, **options):
    return np.asarray(tsne(data, perplexity=5.0, **options).init(key)[0])


@pytest.mark.parametrize("dimensions", [1, 2, 3])
def test_classical_scaling_of_euclidean_distances_is_the_principal_components(dimensions):
    ours, given = begin(dimensions=dimensions), begin(data=cdist(X, X), metric="precomputed", dimensions=dimensions)
    assert ours.shape == (30, dimensions)
    np.testing.assert_allclose(ours[:, 0].std(), 1e-4, rtol=1e-5)
    np.testing.assert_allclose(np.abs(given), np.abs(ours), atol=1e-9)


def test_a_random_start_is_another_for_each_key_and_an_array_is_taken_as_it_is():
    drawn = begin(init="random")
    assert drawn.std() == pytest.approx(1e-4, rel=0.3)
    assert np.all(drawn != begin(OTHER, init="random"))
    np.testing.assert_array_equal(begin(OTHER), begin())
    np.testing.assert_array_equal(begin(init=X[:, :2]), X[:, :2].astype(np.float32))


@pytest.mark.slow
def test_points_on_a_line_get_a_start_that_can_leave_it():
    line = np.outer(np.arange(30.0), [1.0, 2.0])
    start = begin(data=line)
    assert 0 < start[:, 1].std() < 0.1 * start[:, 0].std()
    assert np.all(begin(data=X[:, :2], dimensions=3).std(0) > 0)
    problem = tsne(line, perplexity=5.0, exaggeration=1.0)
    done = solve(problem, delta_bar_delta(5.0, theta=None, momentum=0.8, at_zero="shrink"), KEY, 200)
    assert np.asarray(done.params)[:, 1].std() > 0.05


@pytest.mark.parametrize(
    ("init", "message"),
    [
        ("umap", "init must be 'pca', 'random' or an array (30, 2), got 'umap'."),
        (X, "init must have the shape (30, 2), got (30, 4)."),
        (np.ones((30, 2)), "init must differ from point to point, got the same place everywhere"),
        (np.nan * X[:, :2], "init must be finite, got nan"),
        (None, "init must have the shape (30, 2), got ()."),
    ],
)
def test_other_starts_are_refused(init, message):
    with pytest.raises(ValueError, match=f"^tsne: {re.escape(message)}"):
        begin(init=init)
