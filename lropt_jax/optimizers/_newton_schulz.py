"""Newton-Schulz iterations: singular values go to 1 by products of matrices alone, singular vectors stay."""

import functools
from collections.abc import Sequence

import jax
import jax.numpy as jnp
import optax
from jax.typing import ArrayLike, DTypeLike

from lropt_jax._core.accumulators import divide
from lropt_jax._core.numbers import real

QUINTIC = ((3.4445, -4.7750, 2.0315),) * 5


@functools.partial(jax.jit, static_argnames="dtype")
def orthogonalized(
    matrix: jax.Array, coefficients: Sequence[Sequence[ArrayLike]], eps: jax.Array, dtype: DTypeLike | None = None
) -> jax.Array:
    """`x <- a x + b (x x') x + c (x x')^2 x` for each `(a, b, c)`, from `x = matrix / (|matrix| + eps)`.

    The norm is Frobenius's, so that no singular value begins above 1. Zeros stay zeros. The last two axes are the
    matrix's. Products are made in `dtype`, None for the matrix's own, and in all the bits of it: also where XLA would
    take fewer for float32.
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
    return jnp.matmul(left, right, precision=jax.lax.Precision.HIGHEST)
