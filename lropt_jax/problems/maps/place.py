"""New points in a fixed map of t-SNE."""

import functools

import jax
import jax.numpy as jnp
import numpy as np

from lropt_jax._core.checking import check, checked
from lropt_jax._core.kinds import Finite, Positive, Size
from lropt_jax._core.numbers import real
from lropt_jax._core.refusal import Refused
from lropt_jax._core.trees import ArrayLike
from lropt_jax.objectives import neighbour_probabilities
from lropt_jax.optimizers import delta_bar_delta
from lropt_jax.problems.maps.distances import Metric, points_of, squares_between

_CANDIDATES = 15  # neighbours at whose places a new point may begin
_TOGETHER = 64  # new points that are moved at a time


@checked
def place(
    new: ArrayLike,
    data: ArrayLike | None,
    embedding: ArrayLike,
    *,
    metric: Metric = "euclidean",
    perplexity: Finite = 5.0,
    learning_rate: Positive = 0.1,
    steps: Size = 100,
) -> jax.Array:
    """Place new points into a map that stays as it is: among their neighbours in the data.

    Each new point moves by itself. It picks neighbours among the `n` points of the data with the probabilities `p` of a
    Gaussian, and in the map with those of a Student t, `q_j = w_j / sum(w)`, `w_j = 1 / (1 + |y - y_j|^2)`. It begins
    where the divergence is least among the places of its 15 nearest neighbours, and descends `KL(p || q)`, whose
    gradient is `2 sum_j (p_j - q_j) w_j (y - y_j)`, by `delta_bar_delta`. This is openTSNE's `transform` (Policar,
    Strazar and Zupan 2024, Journal of Statistical Software 109), with another start. Choose it for new data, or to map
    a sample and then the rest.

    Args:
        new: Finite, shape (m, d). For "precomputed": distances from the data, >= 0, shape (m, n).
        data: What the map was made of, shape (n, d). None: only for "precomputed".
        embedding: The map, shape (n, 1), (n, 2) or (n, 3).
        metric: As in `tsne`.
        perplexity: The effective number of neighbours, above 1 and at most n / 3. A small one is enough for one point.
        learning_rate: > 0. The gradient of one point does not shrink with n, so 0.1 suits maps of any size.
        steps: A whole number >= 1. After 100 a point of the digits is within 1e-3 of its last place.

    Returns:
        The places of the new points, shape (m, 1), (m, 2) or (m, 3).

    Raises:
        TypeError: `metric` is no function that JAX can trace.
        ValueError: Shapes do not fit, numbers are not finite or outside their ranges.

    Memory: 2 x m x n float32.

    Example:
        Three clouds, and a point of the third one:

        >>> import numpy as np
        >>> data = np.repeat(np.eye(3), 10, axis=0) + 0.1 * np.random.default_rng(0).normal(size=(30, 3))
        >>> embedding = 10 * data[:, :2]
        >>> np.abs(place([[0.0, 0.0, 1.0]], data, embedding, perplexity=3.0)).max() < 3
        np.True_
    """
    squares = _squares(new, data, metric)
    size, at = squares.shape[1], np.asarray(embedding)
    if at.ndim != 2 or len(at) != size or at.shape[1] not in (1, 2, 3):
        raise Refused(f"embedding must have the shape ({size}, 2), or another of 1 to 3 dimensions, got {at.shape}.")
    check("embedding", Finite, at)
    if not 1 < np.asarray(perplexity) <= size / 3:
        third = f"at most a third of the points, {size / 3:g}"
        raise Refused(f"perplexity must be above 1 and {third}, got {perplexity}.")
    return _placed(squares, real(at), perplexity, learning_rate, steps=steps)


def _squares(new: ArrayLike, data: ArrayLike | None, metric: Metric) -> jax.Array:
    """Squared distances of the new points from the data, (m, n)."""
    precomputed = isinstance(metric, str) and metric == "precomputed"
    if precomputed != (data is None):
        rule = "None for metric='precomputed'" if precomputed else "what the map was made of"
        raise Refused(f"data must be {rule}, got {'an array' if precomputed else None}.")
    points = points_of(new, "euclidean" if precomputed else metric, "new")
    if data is None:
        if np.any(points < 0):
            raise Refused(f"new must be distances >= 0, got {np.min(points):.3g}.")
        return real((points / (np.max(points) or 1.0)) ** 2)
    others = points_of(data, metric)
    if points.shape[1] != others.shape[1]:
        raise Refused(f"new must have the shape (m, {others.shape[1]}) like data, got {points.shape}.")
    return squares_between(points, others, metric)


@functools.partial(jax.jit, static_argnames="steps")
def _placed(
    squares: jax.Array, embedding: jax.Array, perplexity: ArrayLike, learning_rate: ArrayLike, *, steps: int
) -> jax.Array:
    tx = delta_bar_delta(learning_rate, theta=None, momentum=0.8, at_zero="shrink")

    def one(p: jax.Array) -> jax.Array:
        _, nearest = jax.lax.top_k(p, min(_CANDIDATES, len(p)))
        begin = embedding[nearest]
        begin = begin[jnp.argmin(jax.lax.map(lambda y: _divergence(y, embedding, p), begin))]

        def step(carry: tuple, _: None) -> tuple:
            y, state = carry
            updates, state = tx.update(_gradient(y, embedding, p), state, y)
            return (y + updates, state), None

        return jax.lax.scan(step, (begin, tx.init(begin)), None, length=steps)[0][0]

    probabilities = neighbour_probabilities(squares, perplexity, new=True)
    return jax.lax.map(one, probabilities, batch_size=_TOGETHER)


def _divergence(y: jax.Array, embedding: jax.Array, p: jax.Array) -> jax.Array:
    """`KL(p || q)` of one point up to a constant."""
    weights = 1 / (1 + jnp.sum((y - embedding) ** 2, 1))
    return jnp.log(jnp.sum(weights)) - jnp.sum(p * jnp.log(weights))


def _gradient(y: jax.Array, embedding: jax.Array, p: jax.Array) -> jax.Array:
    offset = y - embedding
    weights = 1 / (1 + jnp.sum(offset**2, 1))
    return 2 * ((p - weights / jnp.sum(weights)) * weights) @ offset
