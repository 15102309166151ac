"""Gradients without the part that only makes the parameters longer or shorter."""

from typing import Any

import jax
import jax.numpy as jnp
import optax

from lropt_jax._core.accumulators import times
from lropt_jax._core.kinds import AnyOptimizer
from lropt_jax._core.lifting import lift
from lropt_jax._core.refusal import needed
from lropt_jax._core.vectors import dot, norm
from lropt_jax._core.wrapping import extended, like, widened


@lift
def orthogonal(optimizer: AnyOptimizer) -> optax.GradientTransformationExtraArgs:
    """Give an optimizer the part of each gradient that is orthogonal to the parameters, as long as the gradient was.

    For each array `p`, `rest = g - <p, g> / <p, p> * p`, and `rest * |g| / |rest|` takes the place of the gradient
    (Prieto et al. 2025, arXiv:2501.04697, the optimizer that the paper writes with an orthogonality sign and Grad).

    Choose it where a network learns its training data by heart and nothing else: it may no longer lower the loss by
    longer weights alone, so it generalises sooner, without weight decay. On addition modulo 31 Adam still has all
    held-out sums wrong after 6,000 steps; with this 3.5% are wrong, as many as with AdamW at a weight decay of 1
    (`benchmarks/orthogonal.py`). It loses where longer weights are right: with the digits it ends where Adam does, and
    at low rates it needs more steps.

    Args:
        optimizer: Any, of this library or of Optax. With momentum its steps are not orthogonal, only the gradients are.

    Returns:
        An optimizer; `update` needs `params`. State: that of `optimizer`. Memory: nothing.

    Raises:
        TypeError: `optimizer` is not a gradient transformation.
        ValueError: `update` is called without `params`.

    As the authors' program, but for arrays of one number: their gradients stay, since nothing is orthogonal to them.
    Where the rest is only rounding errors, it is 0. An array of zeros keeps its gradient. Layers that are stacked for a
    scan are one array.

    Example:
        >>> import jax.numpy as jnp
        >>> from lropt_jax.optimizers import sgd
        >>> tx, params = orthogonal(sgd(1.0)), jnp.array([2.0, 0.0])
        >>> updates, _ = tx.update(jnp.array([3.0, 4.0]), tx.init(params), params)
        >>> [round(abs(float(update)), 3) for update in updates]
        [0.0, 5.0]
    """
    inner = extended(optimizer)

    def update(grads: optax.Updates, state: Any, params: optax.Params | None = None, **extra: Any) -> tuple:
        given = jax.tree.map(_turned, widened(grads), widened(needed(params)))
        updates, moved = inner.update(given, state, params, **extra)
        return like(updates, grads), moved

    return optax.GradientTransformationExtraArgs(inner.init, update)


@jax.jit
def _turned(grad: jax.Array, param: jax.Array) -> jax.Array:
    if grad.size < 2:
        return grad
    length = norm(grad)
    along, towards = _unit(param, norm(param)), _unit(grad, length)
    rest = towards - times(dot(along, towards), along)
    left = norm(rest)
    rounded = left <= 4 * jnp.finfo(left.dtype).eps  # False of NaN, which stays
    return jnp.where(rounded, 0, times(length, rest / jnp.where(rounded, 1, left).astype(rest.dtype)))


def _unit(leaf: jax.Array, length: jax.Array) -> jax.Array:
    """By a division: before it multiplies with one over the length, XLA may multiply leaves, which may be tiny."""
    return leaf / jnp.where(length > 0, length, 1).astype(leaf.dtype)
