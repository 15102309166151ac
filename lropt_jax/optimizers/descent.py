"""Every optimizer is a direction times a rate: the one place that multiplies by the rate."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax

from lropt_jax._core.accumulators import times
from lropt_jax._core.decay import DecayRule, as_decay
from lropt_jax._core.idle import Idle
from lropt_jax._core.kinds import LearningRate, WeightDecay
from lropt_jax._core.limits import shown
from lropt_jax._core.magnitudes import held
from lropt_jax._core.numbers import is_number, real
from lropt_jax._core.refusal import Refused, WrongType
from lropt_jax._core.wrapping import like
from lropt_jax.optimizers._contract import rated, slots_for, turned
from lropt_jax.rates import Reading, as_rate


class Direction(NamedTuple):
    """What an optimizer makes of the gradients before the rate.

    `init(params)` gives the slots by name, in float32 or wider: the fields of `state` after `rate`.
    `apply(grads, state, params)` gives the direction, in float32 or wider, and the state with new slots. `state.count`
    is the number of updates made before this one. A direction that finds out how far to go has a `pace(before, after)`
    too, of the states before and after an update: it multiplies the rate. `init` calls it with the first state twice.

    `apply` gets gradients whose squares are finite: larger entries, above about 1e15 to 1e18 in float32, count as the
    largest such. So one huge gradient cannot make a second moment infinite. `exact=True`: it gets them as they are.

    For `diagnostics`: `scale(state, params)` gives what the last update multiplied each coordinate of the gradients by,
    a tree like the parameters; `limit(state)` the product of rate and curvature, in that scale, up to which steps on a
    quadratic are stable. None: unknown.

    For `wrappers.rows`: `idle()` says what happens while the gradients are 0, where a formula does. None: unknown.
    """

    state: type  # a NamedTuple that begins with count, learning_rate, rate
    init: Callable[[optax.Params], dict[str, Any]]
    apply: Callable[[optax.Updates, Any, optax.Params | None], tuple[optax.Updates, Any]]
    pace: Callable[[Any, Any], jax.Array] | None = None
    exact: bool = False
    scale: Callable[[Any, optax.Params], optax.Updates] | None = None
    limit: Callable[[Any], jax.Array] | None = None
    idle: Callable[[], Idle | None] | None = None


class Descent(optax.GradientTransformationExtraArgs):
    """What `descent` returns: a transformation that says which direction it follows, and what it does with it."""

    direction: Direction
    learning_rate: Any
    decay: DecayRule


def descent(
    direction: Direction, learning_rate: LearningRate, *, weight_decay: WeightDecay | None = None
) -> optax.GradientTransformationExtraArgs:
    """Steps against a direction: `update = -rate * direction - share * params`, the share that of the weight decay.

    Write an optimizer of your own as a `Direction`: it then takes every kind of rate, and records the rate. Call
    `descent` in a factory under `lift`, which checks the arguments by their kinds and puts the optimizer's name before
    errors.

    Args:
        direction: What the optimizer makes of the gradients.
        learning_rate: A number >= 0, a schedule or a `Rate`.
        weight_decay: Strength, >= 0, a schedule, or `decay(...)` with a mask or another `goes_with`. None: no decay.

    Returns:
        An Optax transformation. The state begins with `count`, updates made, () int32, which stays at the largest
        number; `learning_rate`, the rate of the last update, () float32; `rate`, the rate's own state, () for numbers
        and schedules. Updates have the gradients' dtype. The product with the rate is made in float32 or wider.

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
    if not isinstance(direction, Direction):
        raise WrongType(f"direction must be a Direction, got {shown(direction)}.")
    rate, decay = as_rate(learning_rate), as_decay(weight_decay)

    def paced(step: jax.Array, before: Any, after: Any) -> jax.Array:
        return step if direction.pace is None else step * direction.pace(before, after)

    def init(params: optax.Params) -> Any:
        first, rate_state = rated("init", rate.init(params))
        recorded = jnp.array(real(first), copy=True)  # its own array: a state may be donated
        slots = slots_for(direction.state, direction.init(params))
        state = direction.state(jnp.zeros((), jnp.int32), recorded, rate_state, **slots)
        return state._replace(learning_rate=paced(recorded, state, state))

    def update(grads: optax.Updates, state: Any, params: optax.Params | None = None, **extra: Any):
        given = decay.of_gradients(grads, params, state.count)
        bounded = given if direction.exact else jax.tree.map(held, given)
        towards, moved = turned(direction.apply(bounded, state, params), direction.state, given)
        read = {name: _scalar(name, extra.get(name)) for name in ("value", "value_fn", "measured")}
        reading = Reading(state.count, given, towards, params, **read)
        step, rate_state = rated("next", rate.next(state.rate, reading), state.rate)
        step = paced(real(step), state, moved)
        against = -step
        updates = jax.tree.map(lambda d: times(against, d), towards)
        if rate.revise is not None:
            updates = jax.tree.map(jnp.add, updates, rate.revise(state.rate, rate_state))
        updates = decay.of_updates(updates, params, state.count, step)
        if rate.instead is not None:
            goes, way = rate.instead(state.rate, rate_state, reading.need("params"))
            updates = jax.tree.map(lambda u, w: jnp.where(goes, w, u), updates, way)
        return like(updates, grads), moved._replace(
            count=optax.safe_increment(state.count), learning_rate=step, rate=rate_state
        )

    made = Descent(init, update)
    made.direction = direction if rate.revise is None else direction._replace(limit=None)
    made.learning_rate, made.decay = learning_rate, decay
    return made


def _scalar(name: str, given: Any) -> Any:
    """What a rate may read. An array of another shape would change the shapes of the rate's state."""
    if name == "value_fn":
        if given is not None and not callable(given):
            raise WrongType(f"value_fn must be a function of the parameters, got {shown(given)}.")
        return given
    if given is not None and not is_number(given) and not hasattr(given, "__jax_array__"):
        raise WrongType(f"{name} must be a number, got {shown(given)}.")
    if getattr(given, "shape", ()) != ():
        raise Refused(f"{name} must have the shape (), got {given.shape}.")
    return given
