"""Every optimizer is a direction times a rate: the one place that multiplies by the rate."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
from jax.typing import ArrayLike

from lropt_jax._core.accumulators import times
from lropt_jax._core.decay import Decay
from lropt_jax._core.numbers import real
from lropt_jax.rates import Rate, Reading, as_rate


class Direction(NamedTuple):
    """What an optimizer makes of the gradients before the rate.

    `init(params)` gives the slots by name: the fields of `state` between the rate and the end, wide accumulators.
    `apply(grads, state, params)` gives the direction, wide, and the state with its slots moved on; `state.count` is
    the number of updates made before this one. Where the direction finds out how far to go, `pace(before, after)`, of
    the states around an update, is what the rate is multiplied by; before the first update both are the same.
    """

    state: type  # a NamedTuple that begins with count, learning_rate, rate
    init: Callable[[optax.Params], dict[str, Any]]
    apply: Callable[[optax.Updates, Any, optax.Params | None], tuple[optax.Updates, Any]]
    pace: Callable[[Any, Any], jax.Array] | None = None


def descent(
    owner: str,
    direction: Direction,
    learning_rate: ArrayLike | optax.Schedule | Rate,
    *,
    weight_decay: ArrayLike | optax.Schedule | None = None,
    decay_coupling: str | ArrayLike | optax.Schedule = "rate",
    mask: Any = None,
) -> optax.GradientTransformationExtraArgs:
    """Steps against a direction: `update = -rate * direction - coupling * weight_decay * params`.

    Write an optimizer of your own as a `Direction`, and it takes every kind of rate and records it.

    Args:
        owner: The optimizer's name, for its errors.
        direction: What is made of the gradients.
        learning_rate: A number, a schedule or a `Rate`.
        weight_decay: Strength of the decay, >= 0, or a schedule; None for none (Loshchilov and Hutter 2019,
            arXiv:1711.05101).
        decay_coupling: What the decay goes with. "rate": it is multiplied by the rate, as in PyTorch and Optax. A
            number > 0, the peak of a schedule: by the rate over it, so that it follows the schedule but not its height,
            as in the paper. "independent": by nothing, so that `weight_decay` is the share of a parameter that goes at
            each step. "gradients": it is added to the gradients before anything is made of them, which is L2.
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
    decay = Decay(owner, weight_decay, decay_coupling, mask)
    decay.check()

    def paced(step: jax.Array, before: Any, after: Any) -> jax.Array:
        return step if direction.pace is None else step * direction.pace(before, after)

    def init(params: optax.Params) -> Any:
        first, rate_state = rate.init(params)
        recorded = jnp.array(real(first), copy=True)  # of its own: a state may be donated
        state = direction.state(jnp.zeros((), jnp.int32), recorded, rate_state, **direction.init(params))
        return state._replace(learning_rate=paced(recorded, state, state))

    def update(grads: optax.Updates, state: Any, params: optax.Params | None = None, **extra: Any):
        given = decay.of_gradients(grads, params, state.count)
        towards, moved = direction.apply(given, state, params)
        read = {name: _scalar(owner, name, extra.get(name)) for name in ("value", "value_fn", "measured")}
        step, rate_state = rate.next(state.rate, Reading(state.count, given, towards, params, **read))
        step = paced(real(step), state, moved)
        against = -step
        updates = jax.tree.map(lambda d: times(against, d), towards)
        if rate.revise is not None:
            updates = jax.tree.map(jnp.add, updates, rate.revise(state.rate, rate_state))
        updates = decay.of_updates(updates, params, state.count, step)
        updates = jax.tree.map(lambda u, g: u.astype(jnp.asarray(g).dtype), updates, grads)
        return updates, moved._replace(count=optax.safe_increment(state.count), learning_rate=step, rate=rate_state)

    return optax.GradientTransformationExtraArgs(init, update)


def _scalar(owner: str, name: str, given: Any) -> Any:
    """What a rate may read; an array of other than one number would change its state's shapes."""
    if getattr(given, "shape", ()) != ():
        raise ValueError(f"{owner}: {name} must have the shape (), got {given.shape}.")
    return given
