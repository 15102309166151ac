"""Tests of the distances of t-SNE."""

import math
import re

import jax.numpy as jnp
import numpy as np
import pytest
from scipy.spatial.distance import cdist

from lropt_jax.problems import place, tsne
from lropt_jax.problems.maps.distances import squares_between, squares_of

RANDOM = np.random.default_rng(0)
X, NEW = RANDOM.normal(size=(30, 3)), RANDOM.normal(size=(4, 3))
D = cdist(X, X)


def city(a, b):
    return jnp.sum(jnp.abs(a - b))


def joint(data, metric):
    return np.asarray(tsne(data, perplexity=5.0, metric=metric).field.args[0])


@pytest.mark.parametrize(
    ("metric", "name"),
    [("euclidean", "euclidean"), ("cosine", "cosine"), (city, "cityblock")],
    ids=["euclidean", "cosine", "a function"],
)
def test_distances_are_scipys_up_to_their_unit(metric, name):
    for ours, theirs in (
        (squares_of(X, metric), cdist(X, X, name)),
        (squares_between(NEW, X, metric), cdist(NEW, X, name)),
    ):
        ours, theirs = np.sqrt(np.asarray(ours)), theirs
        np.testing.assert_allclose(ours / ours.max(), theirs / theirs.max(), atol=1e-6)
    np.testing.assert_allclose(joint(X, metric), joint(cdist(X, X, name), "precomputed"), rtol=1e-3, atol=1e-9)


def test_many_rows_are_taken_in_parts():
    many = RANDOM.normal(size=(1100, 2))
    ours = np.asarray(squares_of(many, "euclidean"))
    np.testing.assert_allclose(
        ours / ours.max(), cdist(many, many, "sqeuclidean") / cdist(many, many, "sqeuclidean").max(), atol=1e-6
    )


def changed(at, value):
    return np.where(np.arange(900).reshape(30, 30) == at, value, D)


@pytest.mark.parametrize(
    ("data", "metric", "message"),
    [
        (changed(65, 9.0), "precomputed", "data must be distances that are the same both ways, got 9 from 2 to 5 and "),
        (-D, "precomputed", "data must be distances >= 0, got -"),
        (changed(65, np.nan), "precomputed", "data must be finite, got nan"),
        (D + 5 * np.eye(30), "precomputed", "data must be distances of 0 from a point to itself, got 5 at 0."),
        (D[:, :5], "precomputed", "data must have the shape (n, n) for metric='precomputed', got (30, 5)."),
        (0 * D, "precomputed", "data must differ from point to point, got distances of 0 everywhere."),
        (None, "precomputed", "data must be given for metric='precomputed', got None."),
        (X, "manhattan", "metric must be one of euclidean, cosine, precomputed or a function of two poi"),
        (X, lambda a: a, "metric must be a function of two points, got <lambda>(a)."),
        (X, lambda a, b: a - b, "metric must return a scalar, got shape (3,)."),
        (X, lambda a, b: jnp.sum(a - b), "metric must give distances >= 0, got -"),
        (X, lambda a, b: city(a, b) * (2 + jnp.sign(a[0])), "metric must give distances that are the same both ways"),
        (X, lambda a, b: math.dist(a, b), "metric must be a function that JAX can trace, got "),
        (X, lambda a, b: jnp.nan * a[0], "metric must be finite for all points, got nan or inf"),
        (np.vstack([X, np.zeros((1, 3))]), "cosine", "data must have no row of zeros for metric='cosine', got one at "),
        ("abc", "euclidean", "data must be an array of numbers, got 'abc'."),
    ],
)  # fmt: skip
def test_what_is_no_metric_is_refused(data, metric, message):
    with pytest.raises(ValueError, match=f"^tsne: {re.escape(message)}"):
        tsne(data, metric=metric, perplexity=5.0)


def test_new_points_have_their_own_errors():
    with pytest.raises(ValueError, match="^place: distances must be >= 0, got -"):
        place(NEW, X, X[:, :2], metric=lambda a, b: jnp.sum(a - b))
