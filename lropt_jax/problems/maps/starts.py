"""Where a map of t-SNE begins: at principal components, at random, or where one says."""

from collections.abc import Callable
from typing import Literal

import jax
import jax.numpy as jnp
import numpy as np

from lropt_jax._core.binding import bind
from lropt_jax._core.checking import check
from lropt_jax._core.extras import require
from lropt_jax._core.kinds import Finite
from lropt_jax._core.limits import shown
from lropt_jax._core.numbers import real
from lropt_jax._core.refusal import Refused
from lropt_jax._core.trees import ArrayLike

Start = Literal["pca", "random"] | ArrayLike

_SMALL = 1e-4  # the standard deviation of the first coordinate


def start_of(init: Start, points: np.ndarray, squares: jax.Array, dimensions: int, *, euclidean: bool) -> Callable:
    """`start(key) -> (map, step)` for `Problem.init`."""
    if isinstance(init, str):
        if init not in ("pca", "random"):
            raise Refused(f"init must be 'pca', 'random' or an array ({len(points)}, {dimensions}), got {shown(init)}.")
        if init == "random":
            return bind(_random, shape=(len(points), dimensions))
        found = _principal(points, dimensions) if euclidean else _scaled(np.asarray(squares, float), dimensions)
        return bind(_begin, real(found))
    given = np.asarray(init)
    if given.shape != (len(points), dimensions):
        raise Refused(f"init must have the shape ({len(points)}, {dimensions}), got {given.shape}.")
    check("init", Finite, given)
    if np.all(given == given[:1]):
        raise Refused("init must differ from point to point, got the same place everywhere; no gradient parts them.")
    return bind(_begin, real(given))


def _begin(begin: jax.Array, key: jax.Array) -> tuple[jax.Array, jax.Array]:
    return begin, jnp.zeros((), jnp.int32)


def _random(key: jax.Array, *, shape: tuple[int, int]) -> tuple[jax.Array, jax.Array]:
    return _SMALL * jax.random.normal(key, shape, real(0.0).dtype), jnp.zeros((), jnp.int32)


def _principal(points: np.ndarray, dimensions: int) -> np.ndarray:
    """The first principal components, each with its largest loading above 0, scaled to be small."""
    left, scales, loadings = np.linalg.svd(points - points.mean(axis=0), full_matrices=False)
    largest = np.take_along_axis(loadings, np.argmax(np.abs(loadings), axis=1)[:, None], axis=1)[:, 0]
    return _small((left * scales * np.where(largest < 0, -1, 1))[:, :dimensions], dimensions)


def _scaled(squares: np.ndarray, dimensions: int) -> np.ndarray:
    """Classical scaling, which is the principal components where distances are Euclidean (Torgerson 1952)."""
    means = squares.mean(axis=0)
    products = -(squares - means - means[:, None] + means.mean()) / 2
    if len(products) > dimensions + 1:
        begin = np.random.default_rng(0).normal(size=len(products))
        values, vectors = require("scipy.sparse.linalg").eigsh(products, k=dimensions, which="LA", v0=begin)
    else:
        values, vectors = np.linalg.eigh(products)
    order = np.argsort(values)[::-1][:dimensions]
    vectors = vectors[:, order]
    vectors = vectors * np.where(vectors[np.argmax(np.abs(vectors), axis=0), np.arange(len(order))] < 0, -1, 1)
    return _small(vectors * np.sqrt(np.maximum(values[order], 0)), dimensions)


def _small(components: np.ndarray, dimensions: int) -> np.ndarray:
    """Components scaled to be small. Noise takes the place of those that are missing: there no gradient would act."""
    deviation = np.std(components[:, 0])
    components = _SMALL * components / deviation
    noise = _SMALL * 1e-2 * np.random.default_rng(0).normal(size=(len(components), dimensions))
    flat = np.ones(dimensions, bool)
    flat[: components.shape[1]] = np.std(components, axis=0) < 1e-6 * _SMALL
    whole = np.zeros_like(noise)
    whole[:, : components.shape[1]] = components
    return np.where(flat, noise, whole)
