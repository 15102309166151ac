"""Training without a schedule: gradients between a fast sequence and its average."""

import functools
from typing import Any, Literal, NamedTuple

import jax
import jax.numpy as jnp
import optax

from lropt_jax._core.accumulators import divide, times
from lropt_jax._core.decay import as_decay
from lropt_jax._core.kinds import AnyOptimizer, NonNegative, Share, WeightDecay
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import real, value_at
from lropt_jax._core.refusal import Refused, needed
from lropt_jax._core.state import recorded
from lropt_jax._core.wrapping import copied, extended, like, widened


class ScheduleFreeState(NamedTuple):
    """State of `schedule_free`."""

    updates_made: jax.Array
    largest_rate: jax.Array
    weight_sum: jax.Array
    z: optax.Params
    average: optax.Params
    inner: Any

    @property
    def kept_params(self) -> optax.Params:
        """The parameters that are kept beside those of the training."""
        return self.average


@lift
def schedule_free(
    optimizer: AnyOptimizer,
    *,
    b1: Share = 0.9,
    r: NonNegative = 0.0,
    weight_power: NonNegative = 2.0,
    weight_decay: WeightDecay | None = None,
    point: Literal["y", "z"] = "y",
) -> optax.GradientTransformationExtraArgs:
    """Average instead of lowering the rate: `averaged(state)` to evaluate with, good at any time of the run.

    A sequence `z` makes the optimizer's steps, `x` is the average of `z`, and the parameters `y` lie between both:
    `z <- z + update - rate * weight_decay * y`, `x <- x + c * (z - x)`, `y = b1 * x + (1 - b1) * z`. The share `c` is
    `w` over the sum of all `w` so far, `w = t^r * (largest rate so far)^weight_power`, `t = 1, 2, ...` (Defazio et al.
    2024, arXiv:2405.15682, algorithm 1, for AdamW; `r` is in the authors' program).

    Choose it if the end of the run is not known, with a constant rate after a `warmup`. Compared with the rates of a
    schedule, the authors advise 1 to 10 times for AdamW and 10 to 50 times for SGD, and `b1` of 0.95 or 0.98 for long
    runs. `b1` takes the place of momentum, so switch off that of the optimizer: `schedule_free(sgd(1.0))`,
    `schedule_free(adamw(1e-3, b1=0.0))`, or in less memory `schedule_free(rmsprop(1e-3, bias_correction=True))`.

    Train with the parameters; evaluate and deploy `averaged(state)`. There is no mode to switch. Statistics of batch
    norm must belong to `x`: before you evaluate, run some batches of training data through the network with `x`.

    Args:
        optimizer: Any, of this library or of Optax. It gets the gradients at `y`.
        b1: Where `y` lies, in [0, 1], or a schedule. 0: at `z`, which is plain averaging; 1: at the average.
        r: How much more later steps count, >= 0.
        weight_power: How much less steps at small rates count, >= 0, such as those of a warmup.
        weight_decay: Strength of a decay at `y`, >= 0, a schedule, or `decay(...)`, which also takes a mask and
            `goes_with`. Give it if `optimizer` has no decay of its own. None: no decay.
        point: Which parameters the optimizer sees. "y": it decays there, as the authors' AdamW. "z": it decays there
            and measures how far `z` has moved, as in the authors' wrapper; take it for `schedule_free(prodigy(b1=0.0),
            point="z")`.

    Returns:
        An optimizer; `update` needs `params`. State: `updates_made`, () int32; `largest_rate`; `weight_sum`, in units
        of the last weight, so `c` is one over it; `z`; `average`, which is `x`; `inner`. Memory: 2 x params, float32.

    Raises:
        TypeError: `optimizer` is not a gradient transformation.
        ValueError: A number is outside its range, `update` is called without `params`, or `weight_decay` is given
            though `optimizer` records no rate.

    As published, but `x` is kept. The authors' program computes it from `y` and `z` by a division by `b1`, which saves
    memory but fails for b1=0 and for parameters in bf16. Here `y` comes from the float32 `z` and `x`: if other code
    changes the parameters, the next update takes them back. The rate is that of `learning_rate(state)`, the largest if
    there are several. If the state records none, as plain Optax optimizers, the rate counts as 1.
    `optax.contrib.schedule_free` takes the rate as another argument, and weighs step `t` of a schedule by the rate of
    step `t + 1`. It has no `r`, and b1=0 gives NaN.

    Example:
        >>> import jax.numpy as jnp
        >>> from lropt_jax.optimizers import sgd
        >>> from lropt_jax.wrappers import averaged
        >>> tx, x = schedule_free(sgd(0.5), b1=0.5), jnp.array([4.0])
        >>> state = tx.init(x)
        >>> for _ in range(2):
        ...     updates, state = tx.update(x, state, x)
        ...     x = x + updates
        >>> state.z, averaged(state), x  # z: 4, 2, 1
        (Array([1.], dtype=float32), Array([1.5], dtype=float32), Array([1.25], dtype=float32))
    """
    inner = extended(optimizer)
    decay = as_decay(weight_decay)

    def init(params: optax.Params) -> ScheduleFreeState:
        wide, none = widened(params), jnp.zeros((), jnp.int32)
        largest, total, z, average = copied((real(0), real(0), wide, wide))
        return ScheduleFreeState(none, largest, total, z, average, inner.init(wide))

    def update(
        grads: optax.Updates, state: ScheduleFreeState, params: optax.Params | None = None, **extra: Any
    ) -> tuple:
        y = widened(needed(params))
        given = decay.of_gradients(widened(grads), y, state.updates_made)
        steps, moved = inner.update(given, state.inner, y if point == "y" else state.z, **extra)
        rate = _rate(moved, weight_decay)
        steps = decay.of_updates(steps, y, state.updates_made, rate)
        largest, total = _weighed(state, rate, real(r), real(weight_power))
        share, back = divide(real(1), total), value_at(b1, state.updates_made)
        z = jax.tree.map(jnp.add, state.z, steps)
        average = jax.tree.map(lambda x, z: _between(x, z, share), state.average, z)
        updates = jax.tree.map(lambda z, x, y: _between(z, x, back) - y, z, average, y)
        made = optax.safe_increment(state.updates_made)
        return like(updates, grads), ScheduleFreeState(made, largest, total, z, average, moved)

    return optax.GradientTransformationExtraArgs(init, update)


def _rate(state: Any, weight_decay: Any) -> jax.Array:
    """The largest rate that a state records; 1 where it records none."""
    rates = list(recorded(state).values())
    if not rates and weight_decay is not None:
        raise Refused(
            "weight_decay must be None where the state of optimizer records no rate, "
            f"got {weight_decay}; give the decay to the optimizer."
        )
    return functools.reduce(jnp.maximum, map(real, rates)) if rates else real(1)


def _weighed(state: ScheduleFreeState, rate: jax.Array, r: jax.Array, power: jax.Array) -> tuple[jax.Array, jax.Array]:
    """The largest rate so far, and the sum of the weights over the present one; 0 before any weight."""
    largest, t = jnp.maximum(state.largest_rate, rate), real(state.updates_made)
    smaller = divide(state.largest_rate, largest)
    some = smaller != 0
    shrunk = jnp.where(some, jnp.where(some, smaller, 1) ** power, real(power == 0))
    before = shrunk * (jnp.maximum(t, 1) / (t + 1)) ** r * state.weight_sum
    return largest, jnp.where((largest != 0) | (power == 0), 1 + before, 0)


@jax.jit
def _between(start: jax.Array, end: jax.Array, share: jax.Array) -> jax.Array:
    """The point at a share of the way."""
    return start + times(share, end - start)
