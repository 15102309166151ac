"""Newton-Schulz iterations: products of matrices bring singular values to 1 and keep singular vectors."""

import functools
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import optax
from jax.typing import ArrayLike, DTypeLike

from lropt_jax._core.accumulators import divide
from lropt_jax._core.layout import axes_of, cut
from lropt_jax._core.numbers import real

QUINTIC = ((3.4445, -4.7750, 2.0315),) * 5


@functools.partial(jax.jit, static_argnames="dtype")
def orthogonalized(
    matrix: jax.Array, coefficients: Sequence[Sequence[ArrayLike]], eps: jax.Array, dtype: DTypeLike | None = None
) -> jax.Array:
    """`x <- a x + b (x x') x + c (x x')^2 x` for each `(a, b, c)`, from `x = matrix / (|matrix| + eps)`.

    `|matrix|` is the Frobenius norm, so no singular value begins above 1. Zeros stay zeros. The last two axes are those
    of the matrix. Products are computed in `dtype`, in its full precision, also where XLA would take less for float32.
    None: the dtype of the matrix.
    """
    tall = matrix.shape[-2] > matrix.shape[-1]
    norm = optax.safe_norm(matrix, 0.0, axis=(-2, -1), keepdims=True)  # its slope at 0 is finite
    x = divide(matrix, norm + eps).astype(dtype or matrix.dtype)
    x = _transposed(x) if tall else x
    for triple in coefficients:
        a, b, c = (real(number).astype(x.dtype) for number in triple)
        gram = _product(x, _transposed(x))
        x = a * x + _product(b * gram + c * _product(gram, gram), x)
    return (_transposed(x) if tall else x).astype(matrix.dtype)


def _transposed(matrix: jax.Array) -> jax.Array:
    return jnp.conj(jnp.swapaxes(matrix, -2, -1))


def _product(left: jax.Array, right: jax.Array) -> jax.Array:
    """The product. On an explicit mesh its rows are cut as those of `left`, and its columns as those of `right`.

    The columns stay whole where an axis of the mesh would cut both.
    """
    axes, layout = axes_of(left), None
    if axes is not None:
        rows, columns = axes[-2], jax.typeof(right).sharding.spec[-1]
        layout = cut(left, *axes[:-1], None if _share(rows, columns) else columns)
    return jnp.matmul(left, right, precision=jax.lax.Precision.HIGHEST, out_sharding=layout)


def _share(one: Any, other: Any) -> bool:
    """Whether two axes of an array are cut along the same axis of the mesh."""
    names = [axis if isinstance(axis, tuple) else (axis,) for axis in (one, other)]
    return bool(set(names[0]) & set(names[1]) - {None})
