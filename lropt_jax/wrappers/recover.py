"""Go back to the last good parameters when a run breaks, and go on at a lower rate."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax

from lropt_jax._core.accumulators import times as multiplied
from lropt_jax._core.gating import gated
from lropt_jax._core.kinds import AnyOptimizer, Count, CountFromZero, Positive, ProperFraction
from lropt_jax._core.lifting import lift
from lropt_jax._core.limits import shown
from lropt_jax._core.numbers import counted, is_number, real
from lropt_jax._core.refusal import Refused, WrongType, needed
from lropt_jax._core.soundness import harmless, sound
from lropt_jax._core.state import keeps_params, reads_results, recorded
from lropt_jax._core.wrapping import extended, like, widened
from lropt_jax.wrappers._copies import (
    Copies,
    are_there,
    no_copies,
    reached,
    renewed,
    state_to_go_on,
    towards,
    without_newer,
)
from lropt_jax.wrappers._level import Level, followed, low, no_level, spikes

_TRIES = 16  # updates towards a copy, at most: each comes nearer by a factor of at least 100


class RecoverState(NamedTuple):
    """State of `recover`."""

    count: jax.Array  # type: ignore[assignment]
    factor: jax.Array
    recovered: jax.Array
    last: jax.Array
    stop: jax.Array
    spoiled: jax.Array
    tries_left: jax.Array
    level: Level
    copies: Copies
    inner: Any

    @property
    def kept_params(self) -> optax.Params:
        """The parameters that are kept beside those of the training."""
        return self.copies.good.params

    def rates_by_group(self) -> dict[str, jax.Array]:
        """The rates of the last update, lowered as its updates were."""
        return {name: self.factor * rate for name, rate in recorded(self.inner).items()}


@lift
def recover(
    optimizer: AnyOptimizer,
    *,
    every: Count = 100,
    factor: ProperFraction = 0.5,
    times: CountFromZero = 5,
    spike: Positive | None = 10.0,
    window: Count = 50,
) -> optax.GradientTransformationExtraArgs:
    """Go back to the last good parameters and optimizer state when a run breaks, and go on at a lower rate.

    A run breaks where a gradient, its square or an update is not finite, or where the loss, passed as
    `tx.update(grads, state, params, value=loss)`, is not finite or spikes: `loss > mean + spike * deviation`, with the
    running mean and deviation of the losses before. Parameters, slots and schedule then go back, and every later
    update is multiplied by `factor`. Without `value` only gradients and updates are watched.

    Choose it for long runs that nobody watches, at a rate that may be too high. Against single bad batches alone take
    `skip_nonfinite`, which loses no step; `skip_nonfinite(recover(...))` does both.

    Args:
        optimizer: Any, of this library or of Optax. Wrappers that keep parameters of their own, such as `ema`,
            `lookahead` and `master_weights`, go around `recover`.
        every: Calls from one copy to the next, a whole number >= 1. A copy is taken only where the loss is not above
            its running mean, and is gone back to only once the next one is taken: `every` to `2 * every` calls later.
        factor: What multiplies the updates after each return, in (0, 1). It is a lower rate wherever an update is
            proportional to its rate; the decay is lowered too.
        times: How often it goes on, a whole number >= 0. The next fault goes back too, and `stop` is then true: every
            later update is 0.
        spike: How many deviations above the mean a loss is a spike, > 0. A deviation counts as 1% of the mean, and of
            its fall so far, at least. The first ten losses are no spikes. None: off, only what is not finite counts.
        window: Losses that the running mean and deviation remember, a whole number >= 1.

    Returns:
        An optimizer; `update` needs `params`. State: `count`, calls so far; `factor` now; `recovered`, how often it
        went back and on; `last`, the call that last went back, -1 before any; `stop`, () bool; `spoiled` and
        `tries_left`, what the next call must know; `level`, mean, variance and number of the losses; `copies`;
        `inner`. `learning_rate(state)` gives the lowered rates. Memory: 2 x (params + state of `optimizer`), in their
        own dtypes. Time: one more pass over gradients and updates, and one over a copy; the copies are taken in a
        branch.

    Raises:
        TypeError: `optimizer` is not a gradient transformation, or `value` is no number.
        ValueError: A number is outside its range, `optimizer` keeps parameters of its own, `update` is called without
            `params`, or `value` has a shape.

    The update that goes back is `copy - params`, rounded to the gradients' dtype. In floating point
    `params + (copy - params)` is the copy itself where both have one size, and else near it. So the next calls, one as
    a rule and 16 at most, go on towards the copy until all parameters are equal to it. They make no step of their own.
    An entry of an update that would make a parameter infinite or NaN is left out, for no update could bring it back,
    and the next call is a fault. If `plateau` or `greedy` reads `value` inside, NaN means "no result now", as in
    `skip_nonfinite`. Under `vmap` every lane goes back alone, and the copies are read at every call.

    Example:
        >>> import jax.numpy as jnp
        >>> from lropt_jax import learning_rate
        >>> from lropt_jax.optimizers import sgd
        >>> tx, params = recover(sgd(0.5), every=1), jnp.array([1.0])
        >>> updates, state = tx.update(jnp.array([2.0]), tx.init(params), params, value=1.0)
        >>> params = params + updates  # 0
        >>> updates, state = tx.update(jnp.array([jnp.nan]), state, params, value=jnp.nan)
        >>> params + updates, state.recovered, learning_rate(state)
        (Array([1.], dtype=float32), Array(1, dtype=int32), Array(0.25, dtype=float32))
    """
    inner = extended(optimizer)

    def init(params: optax.Params) -> RecoverState:
        return _begun(params, inner.init(widened(params)), optimizer)

    def update(grads: optax.Updates, state: RecoverState, params: optax.Params | None = None, **extra: Any) -> tuple:
        loss = _loss(extra)
        returning = ~reached(needed(params), state.copies.good, state.tries_left > 0)
        fault = ~returning & ~state.stop & (state.spoiled | ~sound(grads) | _broken(loss, state, spike, extra))
        go = ~(returning | fault | state.stop)
        copies = renewed(state.copies, params, state.inner, go & low(state.level, loss), every)
        go, fault = go & are_there(copies), fault & are_there(copies)
        updates, moved = gated(
            go,
            lambda grads, state, params: inner.update(grads, state, params, **extra),
            widened(grads),
            state_to_go_on(copies, fault, state.inner),
            params,
        )
        updates = like(jax.tree.map(lambda u: multiplied(state.factor, u), updates), grads)
        updates, whole = harmless(updates, params)
        back = fault | returning
        updates = jax.tree.map(
            lambda u, p, c: jnp.where(back, towards(c, p, u), u), updates, params, copies.good.params
        )
        return updates, state._replace(
            **_counts(state, fault, times, factor),
            spoiled=~whole,
            tries_left=jnp.where(fault, _TRIES, jnp.where(returning, state.tries_left - 1, 0)),
            level=followed(state.level, loss, go & jnp.isfinite(loss), window),
            copies=without_newer(copies, fault),
            inner=moved,
        )

    return optax.GradientTransformationExtraArgs(init, update)


def _begun(params: optax.Params, inner: Any, optimizer: Any) -> RecoverState:
    if keeps_params(inner):
        raise Refused(
            f"optimizer must not keep parameters of its own, got {optimizer!r}; "
            "go inside: ema(recover(...)), lookahead(recover(...)), master_weights(recover(...))."
        )
    zero, no, never = jnp.zeros((), jnp.int32), jnp.zeros((), bool), jnp.full((), -1, jnp.int32)
    one, copies = jnp.ones_like(real(1)), no_copies(params, inner)
    fresh = RecoverState(zero, one, zero, never, no, no, zero, no_level(), copies, ())
    return jax.tree.map(jnp.copy, fresh)._replace(inner=inner)  # no two arrays share a buffer: they may be donated


def _loss(extra: dict[str, Any]) -> jax.Array:
    """The loss that was passed; NaN if there was none."""
    value = extra.get("value")
    if value is None:
        return real(jnp.nan)
    if not is_number(value) and not hasattr(value, "__jax_array__"):
        raise WrongType(f"value must be a number, got {shown(value)}.")
    if jnp.shape(value) != ():
        raise Refused(f"value must have the shape (), got {jnp.shape(value)}.")
    return real(value)


def _broken(loss: jax.Array, state: RecoverState, spike: Any, extra: dict[str, Any]) -> jax.Array:
    """Whether a loss says that the run has broken."""
    far = jnp.array(False) if spike is None else spikes(state.level, loss, spike)
    may_be_without = extra.get("value") is None or reads_results(state.inner)
    return far if may_be_without else far | ~jnp.isfinite(loss)


def _counts(state: RecoverState, fault: jax.Array, times: Any, factor: Any) -> dict[str, jax.Array]:
    """What the next state says of the faults so far."""
    goes_on = fault & (state.recovered < jnp.asarray(times))
    return {
        "count": optax.safe_increment(state.count),
        "factor": jnp.where(goes_on, state.factor * real(factor), state.factor),
        "recovered": counted(state.recovered, goes_on),
        "last": jnp.where(fault, state.count, state.last),
        "stop": state.stop | (fault & ~goes_on),
    }
