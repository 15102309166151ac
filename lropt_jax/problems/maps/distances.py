"""Squared distances of the points that t-SNE maps: Euclidean, cosine, by any function, or given."""

import functools
from collections.abc import Callable
from typing import Any, Literal

import jax
import numpy as np
from jax.typing import ArrayLike

from lropt_jax._core.binding import hashable
from lropt_jax._core.checking import check
from lropt_jax._core.functions import check_function
from lropt_jax._core.kinds import Finite
from lropt_jax._core.limits import shown
from lropt_jax._core.numbers import real
from lropt_jax._core.refusal import Refused, WrongType

Metric = Literal["euclidean", "cosine", "precomputed"] | Callable[[jax.Array, jax.Array], jax.Array]

_METRICS = ("euclidean", "cosine", "precomputed")
_ROWS = 512  # at a time, so that double precision takes no second matrix


def points_of(data: ArrayLike, metric: Metric, named: str = "data", least: int = 2) -> np.ndarray:
    """The data in float64; other shapes, and data without any spread, are refused."""
    if not callable(metric) and not (isinstance(metric, str) and metric in _METRICS):
        raise Refused(f"metric must be one of {', '.join(_METRICS)} or a function of two points, got {shown(metric)}.")
    raw = np.asarray(data)
    if raw.dtype.kind not in "biuf":
        raise WrongType(f"{named} must be an array of numbers, got {shown(data)}.")
    points = raw.astype(np.float64)
    if isinstance(metric, str) and metric == "precomputed" and (points.ndim != 2 or len(points) != points.shape[1]):
        raise Refused(f"{named} must have the shape (n, n) for metric='precomputed', got {points.shape}.")
    if points.ndim != 2 or points.shape[1] < least or not len(points):
        raise Refused(f"{named} must have the shape (n, d) with d >= {least}, got {points.shape}.")
    check(named, Finite, points)
    if named == "data" and metric != "precomputed" and np.all(points == points[:1]):
        raise Refused("data must differ from point to point, got the same point everywhere.")
    if metric == "cosine" and not np.all(np.any(points != 0, axis=1)):
        row = int(np.argmin(np.any(points != 0, axis=1)))
        raise Refused(f"{named} must have no row of zeros for metric='cosine', got one at {row}.")
    return points


def squares_of(points: np.ndarray, metric: Metric) -> jax.Array:
    """Squared distances of all points (n, n), in units that fit float32: only their ratios count."""
    if metric == "euclidean":
        return _euclidean(*_shared_units(points, points))
    distances = _symmetric(points if metric == "precomputed" else distances_between(points, points, metric), metric)
    largest = np.max(distances)
    if largest == 0:
        raise Refused("data must differ from point to point, got distances of 0 everywhere.")
    return real((distances / largest) ** 2)


def squares_between(new: np.ndarray, points: np.ndarray, metric: Metric) -> jax.Array:
    """Squared distances of new points from the others, (m, n), in some unit."""
    if metric == "euclidean":
        return _euclidean(*_shared_units(new, points))
    distances = distances_between(new, points, metric)
    if np.any(distances < 0):
        raise Refused(f"distances must be >= 0, got {np.min(distances):.3g}.")
    return real((distances / (np.max(distances) or 1.0)) ** 2)


def distances_between(a: np.ndarray, b: np.ndarray, metric: Metric) -> np.ndarray:
    """Distances by the cosine, or by a function of two points."""
    if metric == "cosine":
        one, other = (each / np.linalg.norm(each, axis=1, keepdims=True) for each in (a, b))
        return np.maximum(1 - one @ other.T, 0)
    check_function("metric", [a[0], b[0]], metric, "of two points")
    try:
        found = _by_function(real(a), real(b), metric=hashable(metric))  # type: ignore[arg-type]
    except (jax.errors.TracerArrayConversionError, jax.errors.ConcretizationTypeError):
        remedy = "give metric='precomputed' and a matrix of distances"
        raise WrongType(f"metric must be a function that JAX can trace, got {shown(metric)}; {remedy}.") from None
    distances = np.asarray(found).astype(float)
    if distances.shape != (len(a), len(b)):
        raise Refused(f"metric must return a scalar, got shape {distances.shape[2:]}.")
    if not np.all(np.isfinite(distances)):
        raise Refused("metric must be finite for all points, got nan or inf among the distances.")
    return distances


@functools.partial(jax.jit, static_argnames="metric")
def _by_function(a: jax.Array, b: jax.Array, *, metric: Callable[..., Any]) -> jax.Array:
    """One row after the other: the differences of all pairs would take d n^2 numbers."""
    return jax.lax.map(lambda one: jax.vmap(metric, (None, 0))(one, b), a)


def _symmetric(distances: np.ndarray, metric: Metric) -> np.ndarray:
    """Distances without the errors of rounding; no metric gives others."""
    named = "data" if metric == "precomputed" else "metric"
    rule = "distances" if metric == "precomputed" else "give distances"
    if np.any(distances < 0):
        raise Refused(f"{named} must {_be(rule)} >= 0, got {np.min(distances):.3g}.")
    tolerance = 1e-5 * np.max(distances)
    apart = np.abs(distances - distances.T)
    if np.max(apart) > tolerance:
        i, j = (int(each) for each in np.unravel_index(np.argmax(apart), apart.shape))
        got = f"{distances[i, j]:.6g} from {i} to {j} and {distances[j, i]:.6g} back"
        raise Refused(f"{named} must {_be(rule)} that are the same both ways, got {got}.")
    if np.max(np.abs(np.diagonal(distances))) > 1e-2 * np.max(distances):
        row = int(np.argmax(np.diagonal(distances)))
        raise Refused(f"{named} must {_be(rule)} of 0 from a point to itself, got {distances[row, row]:.6g} at {row}.")
    return (distances + distances.T) / 2


def _be(rule: str) -> str:
    return f"be {rule}" if rule == "distances" else rule


def _shared_units(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both around the mean of the second, and in its largest coordinate."""
    centre = b.mean(axis=0)
    unit = np.max(np.abs(b - centre))
    return (a - centre) / unit, (b - centre) / unit


def _euclidean(a: np.ndarray, b: np.ndarray) -> jax.Array:
    """Squares of distances. Differences cancel, so float64, some rows at a time."""
    norms, squares = np.sum(b**2, axis=1), np.empty((len(a), len(b)), jax.dtypes.canonicalize_dtype(np.float64))
    for row in range(0, len(a), _ROWS):
        part = a[row : row + _ROWS]
        squares[row : row + _ROWS] = np.maximum(np.sum(part**2, axis=1)[:, None] + norms - 2 * part @ b.T, 0)
    return real(squares)
