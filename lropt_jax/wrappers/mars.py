"""Gradients with less variance: each is corrected by how it has changed since the last parameters."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax

from lropt_jax._core.accumulators import times, wide
from lropt_jax._core.kinds import AnyOptimizer, Average, Limit, Strength
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import value_at
from lropt_jax._core.refusal import Refused, needed
from lropt_jax._core.vectors import norm
from lropt_jax._core.wrapping import copied, extended, like, widened


class MarsState(NamedTuple):
    """State of `mars`."""

    count: jax.Array  # type: ignore[assignment]
    previous: Any
    inner: Any


@lift
def mars(
    optimizer: AnyOptimizer,
    gamma: Strength = 0.025,
    *,
    b1: Average = 0.95,
    max_norm: Limit | None = 1.0,
    exact: bool = False,
) -> optax.GradientTransformationExtraArgs:
    """Give an optimizer gradients that are corrected by their last change, so that its momentum lags less.

    `c = g + gamma * b1 / (1 - b1) * (g - before)`, and for each array `c / max(1, |c| / max_norm)` takes the place of
    the gradient (Yuan et al. 2024, arXiv:2411.10438, algorithm 1). `before` is the gradient at the
    parameters before the last update: with `exact=True` on the present batch, so that the noise of the batch cancels in
    the difference; else the gradient of the step before, on its own batch, which costs nothing.

    Choose it around `adamw` or `lion` with the same `b1`: `mars(adamw(3e-3, b1=0.95, b2=0.99))`. The authors correct
    matrices alone, and give the rest to AdamW by `groups`. With `exact=True` and `gamma=1` the momentum has no lag: it
    is the average of many gradients, all moved to the present parameters (STORM), and may have a longer memory. Such a
    step costs two gradients. The default `gamma` is a fortieth of that, and changes little in either form. Without
    `exact` a large `gamma` takes the averaging away: the momentum is then as noisy as one gradient.

    Args:
        optimizer: Any, of this library or of Optax.
        gamma: How much of the correction counts, >= 0, or a schedule. 1 is the full correction of STORM, 0 none.
        b1: The momentum of `optimizer`, in [0, 1), or a schedule.
        max_norm: Largest length of a corrected gradient of one array, > 0, or a schedule. None: unlimited.
        exact: Whether `before` is on the present batch. It needs a second gradient at every step.

    Returns:
        An optimizer. With `exact` its `update` needs `params` and `gradient`, a function of the parameters that gives
        the gradients on the present batch: `tx.update(grads, state, params, gradient=...)`. State: `count`, updates
        made, () int32; `previous`, the gradient of the step before, or with `exact` its parameters, float32; `inner`.
        Memory: 1 x params, float32.

    Raises:
        TypeError: `optimizer` is not a gradient transformation.
        ValueError: A number is outside its range, or `update` is called without what `exact` needs.

    The first gradient is not corrected. In the authors' program and `pytorch_optimizer.MARS` it changes from 0.

    Example:
        >>> import jax.numpy as jnp
        >>> from lropt_jax.optimizers import sgd
        >>> tx = mars(sgd(1.0), gamma=0.5, b1=0.5, max_norm=None)
        >>> _, state = tx.update(jnp.array([2.0]), tx.init(jnp.zeros(1)))
        >>> tx.update(jnp.array([3.0]), state)[0]
        Array([-3.5], dtype=float32)
    """
    inner = extended(optimizer)

    def init(params: optax.Params) -> MarsState:
        kept = widened(params) if exact else jax.tree.map(lambda p: jnp.zeros_like(wide(p)), params)
        return MarsState(jnp.zeros((), jnp.int32), copied(kept), inner.init(params))

    def update(
        grads: optax.Updates,
        state: MarsState,
        params: optax.Params | None = None,
        *,
        gradient: Callable[[optax.Params], optax.Updates] | None = None,
        **extra: Any,
    ) -> tuple:
        given, more = widened(grads), extra if gradient is None else {**extra, "gradient": gradient}
        kept, before = given, state.previous
        if exact:
            kept, before = widened(needed(params)), _again(gradient, like(state.previous, params))
        share = value_at(b1, state.count)
        factor = jnp.where(state.count > 0, value_at(gamma, state.count) * share / (1 - share), 0)
        corrected = jax.tree.map(lambda g, b: g + times(factor, g - wide(b)), given, before)
        if max_norm is not None:
            top = value_at(max_norm, state.count)
            corrected = jax.tree.map(lambda c: times(1 / jnp.maximum(1, norm(c) / top), c), corrected)
        updates, moved = inner.update(corrected, state.inner, params, **more)
        return like(updates, grads), MarsState(optax.safe_increment(state.count), copied(kept), moved)

    return optax.GradientTransformationExtraArgs(init, update)


def _again(gradient: Callable[[optax.Params], optax.Updates] | None, previous: optax.Params) -> optax.Updates:
    """The gradient on the present batch at the parameters before."""
    if gradient is None:
        raise Refused(
            "update needs gradient, a function of the parameters, with exact=True; "
            "call tx.update(grads, state, params, gradient=jax.grad(loss))."
        )
    return gradient(previous)
