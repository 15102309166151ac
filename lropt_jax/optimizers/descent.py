"""Every optimizer is a direction times a rate: the one place that multiplies by the rate."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax

from lropt_jax._core.accumulators import times
from lropt_jax._core.decay import as_decay
from lropt_jax._core.kinds import LearningRate, WeightDecay
from lropt_jax._core.numbers import real
from lropt_jax._core.refusal import Refused
from lropt_jax._core.wrapping import like
from lropt_jax.rates import Reading, as_rate


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
    direction: Direction, learning_rate: LearningRate, *, weight_decay: WeightDecay | None = None
) -> optax.GradientTransformationExtraArgs:
    """Steps against a direction: `update = -rate * direction - share * params`, the share that of the weight decay.

    Write an optimizer of your own as a `Direction`, and it takes every kind of rate and records it. Under `lift` the
    arguments are checked by their kinds, and errors begin with the optimizer's name.

    Args:
        direction: What is made of the gradients.
        learning_rate: A number >= 0, a schedule or a `Rate`.
        weight_decay: Strength of the decay, >= 0, a schedule, or `decay(...)`, which also says what the decay goes with
            and which parameters decay. A number or a schedule goes with the rate. None: no decay.

    Returns:
        An Optax transformation. The state begins with `count` () int32, updates made, saturating; `learning_rate` ()
        float32, the rate of the last update; `rate`, the rate's own state, () for numbers and schedules. Updates
        keep the gradients' dtype; the product with the rate is made in float32 or wider.

    Raises:
        TypeError: `learning_rate` is neither a number nor a schedule nor a `Rate`.
        ValueError: `update` needs `params` and has none.

    Example:
        >>> import jax.numpy as jnp
        >>> from typing import Any, NamedTuple
        >>> class SignState(NamedTuple):
        ...     count: Any
        ...     learning_rate: Any
        ...     rate: Any
        >>> sign = Direction(SignState, lambda params: {}, lambda g, state, params: (jnp.sign(g), state))
        >>> tx = descent(sign, 0.1)
        >>> tx.update(jnp.array([3.0, -2.0]), tx.init(jnp.ones(2)))[0]
        Array([-0.1,  0.1], dtype=float32)
    """
    rate, decay = as_rate(learning_rate), as_decay(weight_decay)

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
        read = {name: _scalar(name, extra.get(name)) for name in ("value", "value_fn", "measured")}
        step, rate_state = rate.next(state.rate, Reading(state.count, given, towards, params, **read))
        step = paced(real(step), state, moved)
        against = -step
        updates = jax.tree.map(lambda d: times(against, d), towards)
        if rate.revise is not None:
            updates = jax.tree.map(jnp.add, updates, rate.revise(state.rate, rate_state))
        updates = decay.of_updates(updates, params, state.count, step)
        return like(updates, grads), moved._replace(
            count=optax.safe_increment(state.count), learning_rate=step, rate=rate_state
        )

    return optax.GradientTransformationExtraArgs(init, update)


def _scalar(name: str, given: Any) -> Any:
    """What a rate may read; an array of other than one number would change its state's shapes."""
    if getattr(given, "shape", ()) != ():
        raise Refused(f"{name} must have the shape (), got {given.shape}.")
    return given
