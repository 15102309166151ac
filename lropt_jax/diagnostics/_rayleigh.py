"""The largest eigenvalue of a symmetric map of trees, by locally optimal conjugate gradients."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from lropt_jax._core.accumulators import times
from lropt_jax._core.numbers import real
from lropt_jax._core.reductions import total
from lropt_jax._core.vectors import norm

Map = Callable[[Any], Any]
_LOST = 1e-3  # of a unit vector so much must be left: else its image is mostly rounding


def largest(apply: Map, start: Any, steps: int) -> tuple[jax.Array, Any, jax.Array]:
    """The largest eigenvalue, its unit vector and the residual `|A v - value v|`, from `steps` products with `A`.

    The next vector is the best in the span of the present one, of its residual and of the last move (Knyazev 2001).
    """

    def step(held: tuple, _: None) -> tuple[tuple, None]:
        return _better(apply, *held), None

    x = unit(start)
    if steps > 2:
        none = jax.tree.map(jnp.zeros_like, x)
        x = unit(jax.lax.scan(step, (x, apply(x), none, none), length=steps - 2)[0][0])
    x = jax.lax.stop_gradient(x)
    image = apply(x)  # a new product: sums of old ones would gather rounding, and only this one has a gradient
    value = dot(x, image)
    return value, x, norm(_plus(image, (-value, x)))


def _better(apply: Map, x: Any, ax: Any, p: Any, ap: Any) -> tuple:
    r = unit(_plus(ax, (-dot(x, ax), x)))
    r = unit(_plus(r, (-dot(x, r), x)))
    ar = apply(r)
    p, ap = _free_of(p, ap, (x, ax), (r, ar))
    share = _top(_gram((x, r, p), (ax, ar, ap)))
    move, its_image = (_plus(_times(share[1], one), (share[2], two)) for one, two in ((r, p), (ar, ap)))
    return _plus(move, (share[0], x)), _plus(its_image, (share[0], ax)), move, its_image


def _free_of(p: Any, ap: Any, *others: tuple[Any, Any]) -> tuple[Any, Any]:
    """A vector and its image without their parts along others, which are orthonormal; zeros where little is left."""
    scale = _inverse(norm(p))
    p, ap = _times(scale, p), _times(scale, ap)
    for other, image in (*others, *others):  # twice: the first time leaves rounding
        share = -dot(other, p)
        p, ap = _plus(p, (share, other)), _plus(ap, (share, image))
    left = norm(p)
    scale = jnp.where(left > _LOST, _inverse(left), 0)
    return _times(scale, p), _times(scale, ap)


def _gram(basis: tuple, images: tuple) -> jax.Array:
    """The map within the span. What is missing of the basis gets an eigenvalue below the others."""
    inside = jnp.stack([jnp.stack([dot(one, image) for image in images]) for one in basis])
    inside = (inside + inside.T) / 2
    below = inside[0, 0] - jnp.sum(jnp.abs(inside)) - jnp.finfo(inside.dtype).tiny
    there = jnp.stack([dot(one, one) > 0.5 for one in basis])
    return inside + jnp.diag(jnp.where(there, 0, below - jnp.diag(inside)))


def _top(inside: jax.Array) -> jax.Array:
    """The eigenvector of the largest eigenvalue, of a matrix in a unit that fits. Not finite: the first vector."""
    most = jnp.max(jnp.abs(inside))
    good = jnp.isfinite(most) & (most > 0)
    scaled = jnp.where(good, inside / jnp.where(good, most, 1), jnp.diag(jnp.array([1.0, 0, 0], inside.dtype)))
    return jnp.linalg.eigh(scaled)[1][:, -1]


def unit(tree: Any) -> Any:
    """A tree of length 1, or of zeros."""
    return _times(_inverse(norm(tree)), tree)


def dot(left: Any, right: Any) -> jax.Array:
    """The real part of <left, right>."""
    products = (jnp.real(jnp.conj(a) * b) for a, b in zip(*map(jax.tree.leaves, (left, right)), strict=True))
    return total(products)


def _times(number: jax.Array, tree: Any) -> Any:
    return jax.tree.map(lambda leaf: times(number, leaf), tree)


def _plus(tree: Any, more: tuple[jax.Array, Any]) -> Any:
    number, other = more
    return jax.tree.map(lambda leaf, another: leaf + times(number, another), tree, other)


def _inverse(length: jax.Array) -> jax.Array:
    some = length > 0
    return jnp.where(some, 1 / jnp.where(some, length, 1), real(0))
