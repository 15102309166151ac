"""Eigenbases of the two sides of a gradient that turn slowly: a power step and a QR decomposition at a time."""

from collections.abc import Sequence

import jax
import jax.numpy as jnp

from lropt_jax._core.layout import as_cut, whole
from lropt_jax.optimizers._axes import along, product, scaled

Bases = Sequence[jax.Array | None]  # one for each axis of a tensor; None: the identity


def turned(tensor: jax.Array, bases: Bases) -> jax.Array:
    """The coordinates of a tensor in the bases of its axes."""
    for axis, basis in enumerate(bases):
        if basis is not None:
            tensor = along(tensor, jnp.conj(basis), len(bases), axis)
    return tensor


def turned_back(tensor: jax.Array, bases: Bases) -> jax.Array:
    """The tensor that has these coordinates in the bases of its axes."""
    for axis, basis in enumerate(bases):
        if basis is not None:
            tensor = along(tensor, jnp.swapaxes(basis, -2, -1), len(bases), axis)
    return tensor


@jax.jit
def eigenbasis(factor: jax.Array, otherwise: jax.Array) -> jax.Array:
    """The eigenvectors of Hermitian matrices as columns, largest eigenvalue first. Not finite: what it is otherwise."""
    sized, _, fine = scaled(factor)
    _, vectors = jnp.linalg.eigh(whole(sized, *range(factor.ndim - 2)))
    return jnp.where(fine, as_cut(jnp.flip(vectors, -1), otherwise), otherwise)


@jax.jit
def power_step(factor: jax.Array, basis: jax.Array) -> tuple[jax.Array, jax.Array]:
    """The next basis, and the order of the old columns in it: that of their eigenvalues, the largest first.

    The new basis is the orthogonal part of the factor times the old basis. For rows of zeros, and for what is not
    finite, the old basis stays as it is.
    """
    stack = range(factor.ndim - 2)
    sized, _, fine = scaled(factor)
    sized, old = whole(sized, *stack), whole(basis, *stack)
    moved = product(sized, old)
    sizes = jnp.sum(jnp.real(jnp.conj(old) * moved), -2)
    order = jnp.where(fine[..., 0], jnp.argsort(-sizes, axis=-1), jnp.arange(sizes.shape[-1]))
    orthogonal, _ = jnp.linalg.qr(jnp.take_along_axis(moved, order[..., None, :], -1))
    return jnp.where(fine, as_cut(orthogonal, basis), basis), order


def sorted_along(tensor: jax.Array, order: jax.Array, axes: int, axis: int) -> jax.Array:
    """A tensor whose entries along one axis are put in an order, (..., d)."""
    stack = tensor.ndim - axes
    places = order.reshape(*order.shape[:-1], *(-1 if at == axis else 1 for at in range(axes)))
    kept = whole(tensor, *(at for at in range(tensor.ndim) if at != stack + axis))
    return as_cut(jnp.take_along_axis(kept, places, stack + axis), tensor)
