"""Norms and cosines of several vectors, whole and by group, from one pass over them where their squares fit."""

from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np

from lropt_jax._core.accumulators import wide
from lropt_jax._core.anywhere import anywhere
from lropt_jax._core.magnitudes import lengths
from lropt_jax._core.numbers import real
from lropt_jax._core.reductions import total
from lropt_jax.diagnostics._sums import product

UNKNOWN = float("nan")
_LOW, _HIGH = 2.0**-80, 2.0**96  # sums of squares that are exact enough, of which 2^24 have a sum in float32

Vector = list[jax.Array]


def of_vectors(vectors: list[Vector], sums: jax.Array, kinds: np.ndarray) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Of vectors, each a list of leaves: their norms, the cosines of the first and the others, and what is not finite.

    The norms are (vectors, kinds), where `kinds` (leaves, kinds) says which leaves count; the last kind is all. The
    cosines are those with the second and the third vector. The last number is the share of entries of the first vector
    that are not finite. `sums` (leaves, vectors + 2) has the squares and the products of each leaf. Where all squares
    are ordinary, all numbers are finite and these say all. Else, in a branch, each leaf is squared in its own unit.
    """
    many, pairs = len(vectors), vectors[1:3]

    def plain() -> tuple[jax.Array, jax.Array, jax.Array]:
        added = jnp.sum(jnp.where(kinds[:, None, :], sums[:, :, None], 0), 0)
        norms = jnp.sqrt(added[:many])
        return norms, share(added[many:, -1], norms[0, -1] * norms[1 : 1 + len(pairs), -1]), real(0)

    def careful() -> tuple[jax.Array, jax.Array, jax.Array]:
        parts = jnp.array([[_norm(leaf) for leaf in leaves] for leaves in vectors], real(0).dtype)
        norms = real(lengths(jnp.where(kinds, parts[:, :, None], 0), 1))[:, 0]
        cosines = [_cosine(vectors[0], other, norms[0, -1], norms[place + 1, -1]) for place, other in enumerate(pairs)]
        return norms, jnp.stack(cosines), _nonfinite(vectors[0])

    squares = sums[:, :many]
    return jax.lax.cond(anywhere(~jnp.all((squares > _LOW) & (squares < _HIGH))), careful, plain)


def kinds_of(leaves: int, groups: Sequence[list[int]]) -> np.ndarray:
    """Which leaf belongs to which group, and to the last one all, (leaves, groups + 1)."""
    found = np.zeros((leaves, len(groups) + 1), bool)
    for column, places in enumerate(groups):
        found[places, column] = True
    found[:, -1] = True
    return found


def share(part: jax.Array, whole: jax.Array) -> jax.Array:
    """A quotient; NaN where the whole is 0 or not known."""
    return jnp.where(whole > 0, part / jnp.where(whole > 0, whole, 1), UNKNOWN)


@jax.jit
def _norm(leaf: jax.Array) -> jax.Array:
    """The norm of a leaf, right also where its square leaves the dtype."""
    return real(jnp.sum(lengths(leaf, None)))


def _cosine(left: Vector, right: Vector, size: jax.Array, other: jax.Array) -> jax.Array:
    """The cosine of two vectors of these norms. NaN where one of them is 0."""
    one, two = _unit(size), _unit(other)
    product = total(_scaled_product(a, b, one, two) for a, b in zip(left, right, strict=True))
    return share(product, (size * one) * (other * two))


@jax.jit
def _scaled_product(left: jax.Array, right: jax.Array, one: jax.Array, two: jax.Array) -> jax.Array:
    left, right = wide(left), wide(right)
    return product(left * one.astype(left.dtype), right * two.astype(right.dtype))


def _unit(size: jax.Array) -> jax.Array:
    """The power of two that brings a norm near 1, as far as one over it is no subnormal number."""
    most = jnp.finfo(size.dtype).maxexp * 25 // 32
    return jnp.ldexp(jnp.ones_like(size), jnp.clip(-jnp.frexp(size)[1], -most, most))


def _nonfinite(leaves: Vector) -> jax.Array:
    count = sum((real(jnp.sum(~jnp.isfinite(leaf))) for leaf in leaves), start=real(0))
    return count / max(sum(leaf.size for leaf in leaves), 1)
