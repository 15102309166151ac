"""Tests of new points in a map."""

import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.spatial.distance import cdist

from lropt_jax.problems import place
from lropt_jax.problems.maps.place import _divergence, _gradient

RANDOM = np.random.default_rng(0)
HOMES = np.arange(80) % 4
DATA = RANDOM.normal(size=(80, 5)) + 8 * np.eye(5)[HOMES]
EMBEDDING = RANDOM.normal(size=(80, 2)) + 15 * np.array([[1, 0], [0, 1], [-1, 0], [0, -1]])[HOMES]
NEW = RANDOM.normal(size=(9, 5)) + 8 * np.eye(5)[np.arange(9) % 4]


def nearest(points):
    return HOMES[np.argmin(cdist(points, EMBEDDING), axis=1)]


@pytest.mark.parametrize("metric", ["euclidean", pytest.param("cosine", marks=pytest.mark.slow)])
def test_new_points_go_to_their_own(metric):
    placed = place(NEW, DATA, EMBEDDING, metric=metric)
    assert placed.shape == (9, 2)
    np.testing.assert_array_equal(nearest(placed), np.arange(9) % 4)
    distances = place(cdist(NEW, DATA, metric), None, EMBEDDING, metric="precomputed")
    np.testing.assert_allclose(distances, placed, atol=1e-3)


@pytest.mark.slow
def test_a_point_of_the_map_comes_back_to_its_place():
    again = place(DATA, DATA, EMBEDDING)
    np.testing.assert_array_equal(nearest(again), HOMES)
    for dimensions in (1, 3):
        line = np.repeat(EMBEDDING[:, :1], dimensions, axis=1)
        assert place(NEW, DATA, line, steps=2).shape == (9, dimensions)


@pytest.mark.slow
def test_each_point_moves_by_itself_and_more_steps_move_it_no_further():
    together = place(NEW, DATA, EMBEDDING)
    np.testing.assert_allclose(together[3:4], place(NEW[3:4], DATA, EMBEDDING), atol=1e-3)
    settled = place(NEW, DATA, EMBEDDING, steps=600)
    np.testing.assert_allclose(place(NEW, DATA, EMBEDDING, steps=250), settled, atol=1e-3)
    np.testing.assert_allclose(together, settled, atol=0.02)  # in a map of diameter 30


def test_the_gradient_is_that_of_the_divergence():
    p = jax.nn.softmax(jnp.asarray(RANDOM.normal(size=80), float))
    y, at = jnp.array([1.0, -2.0]), jnp.asarray(EMBEDDING, float)
    np.testing.assert_allclose(_gradient(y, at, p), jax.grad(_divergence)(y, at, p), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        ((NEW[:, :2], DATA, EMBEDDING), {}, "new must have the shape (m, 5) like data, got (9, 2)."),
        ((NEW[:0], DATA, EMBEDDING), {}, "new must have the shape (n, d) with d >= 2, got (0, 5)."),
        ((NEW * np.nan, DATA, EMBEDDING), {}, "new must be finite, got nan"),
        ((NEW, DATA, EMBEDDING[:5]), {}, "embedding must have the shape (80, 2), or another of 1 to 3 dimensions"),
        ((NEW, DATA, np.ones((80, 4))), {}, "embedding must have the shape (80, 2), or another of 1 to 3 dimensions"),
        ((NEW, None, EMBEDDING), {}, "data must be what the map was made of, got None."),
        (
            (NEW, DATA, EMBEDDING),
            {"metric": "precomputed"},
            "data must be None for metric='precomputed', got an array.",
        ),
        ((-cdist(NEW, DATA), None, EMBEDDING), {"metric": "precomputed"}, "new must be distances >= 0, got -"),
        ((NEW, DATA, EMBEDDING), {"perplexity": 27.0}, "perplexity must be above 1 and at most a third of the points"),
        ((NEW, DATA, EMBEDDING), {"steps": 0}, "steps must be a whole number >= 1, got 0"),
    ],
)
def test_bad_arguments_are_refused(arguments, options, message):
    with pytest.raises(ValueError, match=f"^place: {re.escape(message)}"):
        place(*arguments, **options)
