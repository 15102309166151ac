"""Gradient descent that finds its rate by D-Adaptation."""

from typing import NamedTuple

import chex
import jax
import jax.numpy as jnp
import optax

from lropt_jax._core.accumulators import divide, times, wide, zeros
from lropt_jax._core.decay import as_decay
from lropt_jax._core.kinds import Count, Growth, Limit, Momentum, PlainRate, WeightDecay
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import real, value_at
from lropt_jax._core.slots import Others
from lropt_jax._core.vectors import dot, norm
from lropt_jax.optimizers._distance import Distance, inverse
from lropt_jax.optimizers.descent import Direction, descent


class DAdaptSGDState(NamedTuple):
    """State of `dadapt_sgd`."""

    count: jax.Array  # type: ignore[assignment]
    learning_rate: jax.Array
    rate: chex.ArrayTree
    trace: Others | None
    grad_sum: Others
    d: jax.Array
    numerator: jax.Array
    first_norm: jax.Array


@lift
def dadapt_sgd(
    learning_rate: PlainRate = 1.0,
    *,
    momentum: Momentum | None = None,
    d0: Limit = 1e-6,
    d_coefficient: Limit = 1.0,
    growth_limit: Growth | None = None,
    d_max: Limit | None = None,
    stop_after: Count | None = None,
    weight_decay: WeightDecay | None = None,
) -> optax.GradientTransformationExtraArgs:
    """Gradient descent at the rate `d / |g_0|`, where `d` is an estimate of how far the solution is from the start.

    With the rate `r = d * learning_rate / |g_0|`, `g_0` the first gradient, and the sum `s` of all steps so far,
    `numerator <- numerator + r * <g, s>`, then `s <- s + r * g` and `d <- max(d, 2 * numerator / |s|)` (Defazio and
    Mishchenko 2023, arXiv:2301.07733, SGD with D-Adaptation, in the form of the authors' version 3). The parameters
    move by `-r * g`; with momentum by `-(1 - momentum) * m`, `m <- momentum * m + r * g`.

    Choose it for problems that `sgd` solves, with a decay to 0 from a multiplier of 1, and `prodigy` for all others.

    Args:
        learning_rate: Multiplies `d`: a number >= 0, or a schedule. Take 1, or a schedule whose peak is 1.
        momentum: Decay of `m`, in [0, 1), or a schedule. None: no momentum, and no memory for it.
        d0: The first `d`, > 0, or a schedule, whose step 0 counts. Choose it far too small rather than too large: `d`
            only grows.
        d_coefficient: Multiplies the estimate, > 0, or a schedule.
        growth_limit: The largest factor by which `d` grows in one update, >= 1, or a schedule. 1.02 acts as a
            warmup. None: unlimited.
        d_max: The largest `d`, > 0, or a schedule. None: unlimited.
        stop_after: The number of updates after which `d` stays as it is, a whole number >= 1. None: off.
        weight_decay: Strength of the decay, >= 0, or a schedule. None: no decay.

    Returns:
        An optimizer. State: `count`; `learning_rate`, `r`, 0 before the first update; `rate`, `trace` (`m`; None
        without momentum), `grad_sum` (`s`), and () each, `d`, `numerator`, `first_norm` (`|g_0|`). Memory: 1 x params,
        float32; with momentum 2 x.

    Raises:
        ValueError: A number is outside its range, or `update` is called without the `params` that decay needs.
        TypeError: `learning_rate` is a rate that sets itself; here `d` does that.

    `g_0` is the first gradient without decay that is not 0, at a rate that is not 0; the authors' program,
    `compat.dadaptation.DAdaptSGD`, divides by 0 there. It holds the parameters at an average of `params_0 - s`, which
    is the same as this momentum; here the effects of decay and of other changes to the parameters remain.
    `d_coefficient`, `d_max` and `stop_after` are ours.

    Example:
        >>> import jax.numpy as jnp
        >>> tx, x = dadapt_sgd(d0=1e-3), jnp.array([1.0, -2.0])
        >>> state = tx.init(x)
        >>> for _ in range(50):
        ...     updates, state = tx.update(x, state, x)
        ...     x = x + updates
        >>> bool(jnp.max(jnp.abs(x)) < 0.1), bool(1.0 < state.d < 5.0)
        (True, True)
    """
    distance = Distance(d0, d_coefficient, growth_limit, d_max, stop_after)
    decay = as_decay(weight_decay)

    def pace(before: DAdaptSGDState, after: DAdaptSGDState) -> jax.Array:
        return divide(before.d, after.first_norm)

    def init(params: optax.Params) -> dict:
        slots = {"trace": None if momentum is None else zeros(params), "grad_sum": zeros(params)}
        return {**slots, "d": distance.start(), "numerator": real(0.0), "first_norm": real(0.0)}

    def first(state: DAdaptSGDState, grads: optax.Updates, base: jax.Array) -> jax.Array:
        length = jnp.where(base > 0, norm(grads), 0)
        return jnp.where(state.first_norm > 0, state.first_norm, length)

    def apply(grads: optax.Updates, state: DAdaptSGDState, params: optax.Params | None) -> tuple:
        base = value_at(learning_rate, state.count)
        begun = state._replace(first_norm=first(state, grads, base))
        rate, grads = base * pace(state, begun), decay.of_gradients(jax.tree.map(wide, grads), params, state.count)
        numerator = state.numerator + rate * dot(grads, state.grad_sum)
        steps = jax.tree.map(lambda g: times(rate, g), grads)
        s = jax.tree.map(jnp.add, state.grad_sum, steps)
        found = distance.estimate(2 * numerator, norm(s), state.count)
        d = distance.grown(state.d, found, state.count, base)
        moved = begun._replace(grad_sum=s, d=d, numerator=numerator)
        if momentum is None:
            return grads, moved
        keep = value_at(momentum, state.count)
        kept, share = jnp.where(rate > 0, keep, 1), (1 - keep) * inverse(rate)
        trace = jax.tree.map(lambda m, u: times(kept, m) + u, state.trace, steps)
        return jax.tree.map(lambda m: times(share, m), trace), moved._replace(trace=trace)

    direction = Direction(DAdaptSGDState, init, apply, pace)
    outside = None if decay.goes_with == "gradients" else decay  # the gradients have theirs above, after the first norm
    return descent(direction, learning_rate, weight_decay=outside)
