"""Every optimizer is a direction times a rate: the one place that multiplies by the rate."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
from jax.typing import ArrayLike

from lropt_jax._core import checks
from lropt_jax._core.accumulators import times, wide
from lropt_jax._core.numbers import at, real
from lropt_jax.rates import Rate, Reading, as_rate


class Direction(NamedTuple):
    """What an optimizer makes of the gradients before the rate.

    `init(params)` gives the slots by name: the fields of `state` between the rate and the end, wide accumulators.
    `apply(grads, state, params)` gives the direction, wide, and the state with its slots moved on; `state.count` is
    the number of updates made before this one.
    """

    state: type  # a NamedTuple that begins with count, learning_rate, rate
    init: Callable[[optax.Params], dict[str, Any]]
    apply: Callable[[optax.Updates, Any, optax.Params | None], tuple[optax.Updates, Any]]


def descent(
    owner: str,
    direction: Direction,
    learning_rate: ArrayLike | optax.Schedule | Rate,
    *,
    weight_decay: ArrayLike | optax.Schedule | None = None,
    mask: Any = None,
) -> optax.GradientTransformationExtraArgs:
    """Steps against a direction: `update = -rate * (direction + weight_decay * params)`.

    Write an optimizer of your own as a `Direction`, and it takes every kind of rate and records it.

    Args:
        owner: The optimizer's name, for its errors.
        direction: What is made of the gradients.
        learning_rate: A number, a schedule or a `Rate`.
        weight_decay: Decoupled from the gradients and multiplied by the rate (Loshchilov and Hutter 2019,
            arXiv:1711.05101, as PyTorch and Optax read it). A number >= 0 or a schedule; None for none.
        mask: Which parameters decay: a tree of bools like the parameters, or a function of them; None for all.

    Returns:
        An Optax transformation. The state begins with `count` () int32, updates made, saturating; `learning_rate` ()
        float32, the rate of the last update; `rate`, the rate's own state, () for numbers and schedules. Updates
        keep the gradients' dtype; the product with the rate is made in float32 or wider.

    Raises:
        ValueError: A number is outside its range, or `update` needs `params` and has none.

    Example:
        >>> import jax.numpy as jnp
        >>> from typing import Any, NamedTuple
        >>> class SignState(NamedTuple):
        ...     count: Any
        ...     learning_rate: Any
        ...     rate: Any
        >>> sign = Direction(SignState, lambda params: {}, lambda g, state, params: (jnp.sign(g), state))
        >>> tx = descent("sign", sign, 0.1)
        >>> tx.update(jnp.array([3.0, -2.0]), tx.init(jnp.ones(2)))[0]
        Array([-0.1,  0.1], dtype=float32)
    """
    rate = as_rate(learning_rate, owner=owner)
    if weight_decay is not None:
        checks.schedulable(checks.nonnegative, owner, weight_decay=weight_decay)

    def init(params: optax.Params) -> Any:
        first, rate_state = rate.init(params)
        recorded = jnp.array(real(first), copy=True)  # of its own: a state may be donated
        return direction.state(jnp.zeros((), jnp.int32), recorded, rate_state, **direction.init(params))

    def update(grads: optax.Updates, state: Any, params: optax.Params | None = None, *, value=None, **_: Any):
        towards, moved = direction.apply(grads, state, params)
        if weight_decay is not None:
            towards = _decay(owner, towards, params, at(weight_decay, state.count), mask)
        step, rate_state = rate.next(state.rate, Reading(state.count, grads, towards, params, value))
        step = real(step)
        updates = jax.tree.map(lambda d, g: -times(step, d).astype(jnp.asarray(g).dtype), towards, grads)
        return updates, moved._replace(count=optax.safe_increment(state.count), learning_rate=step, rate=rate_state)

    return optax.GradientTransformationExtraArgs(init, update)


def _decay(owner: str, towards: optax.Updates, params: optax.Params | None, strength: jax.Array, mask: Any):
    """Pull the parameters that the mask names towards 0."""
    if params is None:
        raise ValueError(f"{owner}: update needs params for weight_decay; call tx.update(grads, state, params).")
    if mask is None:
        return jax.tree.map(lambda d, p: d + times(strength, wide(p)), towards, params)
    chosen = mask(params) if callable(mask) else mask
    return jax.tree.map(lambda c, d, p: d + times(strength, wide(p)) if c else d, chosen, towards, params)
