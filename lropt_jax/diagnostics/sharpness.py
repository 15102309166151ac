"""The sharpness: the largest eigenvalue of the Hessian of a loss, as it is or as the optimizer sees it."""

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
from jax.typing import ArrayLike

from lropt_jax._core.accumulators import square_root, times, wide
from lropt_jax._core.checking import checked
from lropt_jax._core.kinds import Size
from lropt_jax._core.layout import as_cut
from lropt_jax._core.numbers import real
from lropt_jax._core.scalar_loss import ScalarLoss
from lropt_jax._core.vectors import norm
from lropt_jax._core.wrapping import like, widened
from lropt_jax.diagnostics._rayleigh import largest, unit

_FRESH = 0.02  # the random part of a warm start: an eigenvector that is no longer the first one must be left


class Sharpness(NamedTuple):
    """What `sharpness` found."""

    value: jax.Array  # () the largest eigenvalue
    vector: optax.Params  # its unit vector, like the parameters: the next call's `vector`
    residual: jax.Array  # () |A v - value v|: an eigenvalue of A is as near as this to `value`


@checked
def sharpness(
    loss: Callable[[optax.Params], ArrayLike],
    params: optax.Params,
    *,
    scale: optax.Updates | None = None,
    vector: optax.Params | None = None,
    steps: Size = 10,
) -> Sharpness:
    """Measure how steeply the loss curves: the largest eigenvalue of its Hessian `H`.

    With the optimizer's `scale`, the diagonal `D = P^-1`, it is that of `D^1/2 H D^1/2`, which has the eigenvalues of
    `P^-1 H`. Above the optimizer's `limit` steps grow along `vector`, until the loss leaves the region or the curvature
    falls (Cohen et al. 2021, arXiv:2103.00065; for Adam 2022, arXiv:2207.14484). Call it during a run on one fixed
    batch: on a new batch each time, what changes may be the batch.

    The method is LOBPCG with one vector and without a preconditioner (Knyazev 2001, SIAM J. Sci. Comput. 23(2)): each
    step takes the best vector in the span of the present one, its residual and the last move. It finds the largest
    eigenvalue, as Lanczos does; power steps find the largest absolute value, also where it is negative. It needs as
    little memory as power steps. With `vector` of an earlier call 8 to 15 steps suffice.

    It works in `jit`, `vmap` and `scan`. The gradient of `value` is that of `v' A v` at the vector found, which is the
    derivative of a simple eigenvalue. It costs one more product.

    Args:
        loss: A function of the parameters alone, which returns one float: close over the batch.
        params: Any tree. Leaves without gradients, such as whole numbers, functions and None, stay fixed.
        scale: A tree like `params` with entries >= 0, such as `scale_of(tx, state, params)`. None: ones.
        vector: Where to start: the `vector` of an earlier call. Zeros, or numbers that are not finite, count as None.
            None: a fixed random vector.
        steps: How many Hessian-vector products to make, a whole number >= 1, static. 1: the curvature along `vector`.

    Returns:
        `Sharpness(value, vector, residual)`: `value` and `residual`, () float32; `vector`, like `params`, float32 or
        wider, None for leaves that stay fixed. Without a warm start `value` is a lower bound. Memory: 8 x params, and
        that of a gradient twice. Time: `steps` products of 2 to 3 gradients each.

    Raises:
        TypeError: `loss` is no function of the parameters, or returns more than a number.
        ValueError: `loss` returns an array, `params` has no floats, `scale` or `vector` is not like `params`, or
            `steps` is below 1.

    Example:
        >>> import jax.numpy as jnp
        >>> found = sharpness(lambda x: x[0] ** 2 + 4 * x[1] ** 2 - 9 * x[2] ** 2, jnp.ones(3))
        >>> found.value.round(3)  # power steps would find -18
        Array(8., dtype=float32)
        >>> sharpness(lambda x: x[0] ** 2 + 4 * x[1] ** 2, jnp.ones(2), scale=jnp.array([1.0, 0.1])).value.round(3)
        Array(2., dtype=float32)
    """
    scalar = ScalarLoss.of("loss", loss, params)
    kept, start = (None if tree is None else scalar.beside(name, tree) for name, tree in
                   (("scale", scale), ("vector", vector)))  # fmt: skip
    measure = jax.jit(functools.partial(_measured, scalar.value, steps))  # else each operation compiles alone
    return Sharpness(*measure(scalar.start, kept, start))


def _measured(value: Callable[[Any], jax.Array], steps: int, here: Any, scale: Any, vector: Any) -> tuple:
    roots = None if scale is None else jax.tree.map(lambda leaf: square_root(wide(leaf)), scale)
    gradient = jax.grad(value)

    def scaled(tree: Any) -> Any:
        return tree if roots is None else jax.tree.map(lambda root, leaf: root.astype(leaf.dtype) * leaf, roots, tree)

    def apply(tree: Any) -> Any:
        _, image = jax.jvp(gradient, (here,), (like(scaled(tree), here),))
        return scaled(jax.tree.map(lambda leaf: jnp.conj(wide(leaf)), image))  # `grad` gives conjugates

    most, found, residual = largest(apply, _begun(here, vector, steps), steps)
    return real(most), found, real(residual)


def _begun(here: Any, vector: Any, steps: int) -> Any:
    """The vector to start with."""
    fresh = unit(_random(here))
    if vector is None:
        return fresh
    given = widened(vector)
    size = norm(given)
    warm = jnp.isfinite(size) & (size > 0)
    share = jnp.where(warm, 0.0 if steps == 1 else _FRESH, 1.0)

    def mixed(old: jax.Array, new: jax.Array) -> jax.Array:
        return jnp.where(warm, old / jnp.where(warm, size, 1).astype(old.dtype), 0) + times(share, new)

    return jax.tree.map(mixed, given, fresh)


def _random(params: optax.Params) -> optax.Params:
    """The same normal numbers at every call."""
    leaves, tree = jax.tree.flatten(params)
    keys = jax.random.split(jax.random.key(0), len(leaves))

    def draw(leaf: jax.Array, key: jax.Array) -> jax.Array:
        return as_cut(jax.random.normal(key, leaf.shape, wide(leaf).dtype), leaf)

    return jax.tree.unflatten(tree, map(draw, leaves, keys))
