"""Descend where the loss is high in the neighbourhood: sharpness-aware minimisation."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import optax

from lropt_jax._core.accumulators import times, wide
from lropt_jax._core.kinds import AnyOptimizer, NonNegative
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import real
from lropt_jax._core.refusal import Refused, needed
from lropt_jax._core.vectors import norm
from lropt_jax._core.wrapping import extended, like


@lift
def sharpness_aware(optimizer: AnyOptimizer, rho: NonNegative = 0.05) -> optax.GradientTransformationExtraArgs:
    """Step with the gradient of the worst place within `rho`: flat minima win over sharp ones.

    With the gradient `g` at the parameters, the optimizer gets the gradient at `params + rho * g / |g|` (Foret et al.
    2021, arXiv:2010.01412, algorithm 1).

    Choose it for better generalisation if you can spend the time: every step needs two gradients, one after the other.

    Args:
        optimizer: Any, of this library or of Optax.
        rho: The distance, >= 0.

    Returns:
        An optimizer; `update` needs `params` and `gradient`, a function of the parameters that gives the gradients on
        the present batch: `tx.update(grads, state, params, gradient=...)`. State: that of `optimizer`. Memory: 1 x
        params during the call.

    Raises:
        TypeError: `optimizer` is not a gradient transformation.
        ValueError: `rho` is below 0, or `update` is called without `params` or `gradient`.

    As in the paper, both gradients are on the same batch. `optax.contrib.sam` takes them from alternate calls, so they
    are on different batches, and a schedule counts both calls.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> from lropt_jax.optimizers import sgd
        >>> tx, params = sharpness_aware(sgd(1.0), rho=0.5), jnp.array([3.0])
        >>> gradient = jax.grad(lambda x: jnp.sum(x**2))
        >>> tx.update(gradient(params), tx.init(params), params, gradient=gradient)[0]
        Array([-7.], dtype=float32)
    """
    inner = extended(optimizer)

    def update(
        grads: optax.Updates,
        state: Any,
        params: optax.Params | None = None,
        *,
        gradient: Callable[[optax.Params], optax.Updates] | None = None,
        **extra: Any,
    ) -> tuple:
        params = needed(params)
        if gradient is None:
            raise Refused(
                "update needs gradient, a function of the parameters; "
                "call tx.update(grads, state, params, gradient=jax.grad(loss))."
            )
        length = norm(grads)
        reach = real(rho) / jnp.where(length > 0, length, 1)
        worst = jax.tree.map(lambda p, g: wide(p) + times(reach, wide(g)), params, grads)
        return inner.update(like(gradient(like(worst, params)), grads), state, params, gradient=gradient, **extra)

    return optax.GradientTransformationExtraArgs(inner.init, update)
