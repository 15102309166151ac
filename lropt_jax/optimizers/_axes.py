"""A leaf as a tensor, or a stack of tensors, each of whose axes has a square matrix of its own."""

from collections.abc import Iterable, Sequence
from typing import Any, Literal, NamedTuple

import jax
import jax.numpy as jnp
import optax

from lropt_jax._core.absent import aligned, unboxed
from lropt_jax._core.layout import as_cut, axes_of, cut, whole
from lropt_jax._core.masks import chosen

MoreAxes = Literal["stack", "flatten", "tensor"]
Layout = Literal["in_out", "out_in"]


class Form(NamedTuple):
    """How leaves are read. The last `order` axes of what `of` gives are those of the tensor, the others are a stack.

    "stack": two, the last ones. "flatten": two, of one matrix with the leaf's output axis. "tensor": all axes.
    """

    more_axes: MoreAxes = "stack"
    layout: Layout = "in_out"

    def width(self, leaves: Sequence[jax.Array]) -> int:
        """The largest number of axes that have matrices."""
        return max((leaf.ndim for leaf in leaves), default=0) if self.more_axes == "tensor" else 2

    def order(self, leaf: jax.Array) -> int:
        """The number of axes that have matrices."""
        return leaf.ndim if self.more_axes == "tensor" else 2

    def of(self, leaf: jax.Array) -> jax.Array:
        """The leaf as a stack of tensors."""
        return flat(leaf, self.layout) if self.more_axes == "flatten" else leaf

    def back(self, tensor: jax.Array, leaf: jax.Array) -> jax.Array:
        """The tensor in the shape of the leaf, laid out as that."""
        return as_cut(tensor.reshape(leaf.shape), leaf)


def flat(leaf: jax.Array, layout: str) -> jax.Array:
    """A leaf as one matrix with the leaf's output axis."""
    if layout == "in_out":
        return whole(leaf, -1).reshape(-1, leaf.shape[-1])
    return whole(leaf, 0).reshape(leaf.shape[0], -1)


def gram(tensor: jax.Array, order: int, axis: int) -> jax.Array:
    """`G G'` of the tensor unfolded along one of its axes, (..., d, d). Its rows are cut on a mesh as that axis is."""
    here, other, stack = _letters(tensor, order, axis)
    one, two = here[stack + axis], other[stack + axis]
    return _sum(f"{here},{other}->{here[:stack]}{one}{two}", tensor, jnp.conj(tensor), tensor, (stack + axis, None))


def along(tensor: jax.Array, matrix: jax.Array, order: int, axis: int) -> jax.Array:
    """The sum over one axis of the tensor with the rows of a matrix, (..., d, d): `matrix' G` of an unfolded tensor."""
    here, other, stack = _letters(tensor, order, axis)
    terms = f"{here},{here[:stack]}{here[stack + axis]}{other[stack + axis]}->{other}"
    return _sum(terms, tensor, matrix, tensor, range(stack, tensor.ndim))


def _letters(tensor: jax.Array, order: int, axis: int) -> tuple[str, str, int]:
    """The letters of the axes, the same with another letter for one of them, and how many axes are the stack's."""
    stack = tensor.ndim - order
    letters = "abcdefghijklmnopqrstuvwxyz"[: tensor.ndim]
    here = letters[stack + axis]
    return letters, letters.replace(here, here.upper()), stack


def _sum(terms: str, left: jax.Array, right: jax.Array, model: jax.Array, axes: Iterable[int | None]) -> jax.Array:
    """An `einsum` in full precision. On an explicit mesh its last axes are cut as those axes of the model."""
    spec, layout = axes_of(model), None
    if spec is not None:
        stack = terms.partition("->")[2]
        names = [None if axis is None else spec[axis] for axis in axes]
        layout = cut(model, *spec[: len(stack) - len(names)], *names)
    return jnp.einsum(terms, left, right, precision=jax.lax.Precision.HIGHEST, out_sharding=layout)


def scaled(matrix: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Matrices, each times a power of two so that products fit its dtype, these powers, and whether each is finite.

    What is not finite becomes the identity. The powers and the answers have the shape (..., 1, 1).
    """
    largest = jax.lax.stop_gradient(jnp.max(jnp.abs(matrix), (-2, -1), keepdims=True, initial=0))
    fine = jnp.isfinite(largest)
    exponent = jnp.where(fine, jnp.frexp(largest)[1], 0)
    unit = jnp.ldexp(jnp.ones_like(largest), jnp.clip(-exponent, -100, 100))
    eye = jnp.eye(matrix.shape[-1], dtype=matrix.dtype)
    return jnp.where(fine, matrix * unit.astype(matrix.dtype), eye), unit, fine


def product(left: jax.Array, right: jax.Array) -> jax.Array:
    """Products of matrices that no mesh cuts, in full precision."""
    return jnp.matmul(left, right, precision=jax.lax.Precision.HIGHEST)


def without(name: str, mask: Any, params: optax.Params) -> list[bool]:
    """Which leaves have no matrices: those that a mask names, and those with less than two axes."""
    if mask is None:
        return [jnp.ndim(leaf) < 2 for leaf in jax.tree.leaves(params)]
    picked = jax.tree.map(lambda c, p: bool(c) or jnp.ndim(p) < 2, chosen(name, mask, params), params)
    return jax.tree.leaves(picked)


def in_trees(rows: Sequence[Sequence[jax.Array | None]], like: Any, width: int) -> tuple[Any, ...]:
    """What each leaf has for its axes as a tree for each axis, with None where a leaf has nothing for that."""
    tree = jax.tree.structure(like)
    return tuple(
        unboxed(jax.tree.unflatten(tree, [row[axis] if axis < len(row) else None for row in rows]))
        for axis in range(width)
    )


def by_leaf(trees: Sequence[Any], like: Any) -> list[tuple[jax.Array | None, ...]]:
    """What each leaf has for its axes, from a tree for each axis; () where it has nothing."""
    tree = jax.tree.structure(like)
    columns = [tree.flatten_up_to(aligned(part, like)) for part in trees]  # type: ignore[attr-defined]
    rows = zip(*columns, strict=True) if columns else [()] * tree.num_leaves  # type: ignore[attr-defined]
    return [row if any(part is not None for part in row) else () for row in rows]
