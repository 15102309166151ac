"""Adam that finds its rate by D-Adaptation."""

from collections.abc import Callable
from typing import Any, NamedTuple

import chex
import jax
import jax.numpy as jnp
import optax
from jax.typing import ArrayLike

from lropt_jax._core.accumulators import (
    average,
    full,
    over_root,
    square,
    square_root,
    times,
    weight,
    wide,
    zeros,
)
from lropt_jax._core.kinds import Average, Count, Epsilon, Growth, Limit, PlainRate, WeightDecay
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import counted, real, value_at
from lropt_jax._core.slots import Others
from lropt_jax._core.vectors import dot, l1_norm
from lropt_jax.optimizers._distance import Distance, inverse
from lropt_jax.optimizers.descent import Direction, descent


class DAdaptAdamState(NamedTuple):
    """State of `dadapt_adam`."""

    count: jax.Array  # type: ignore[assignment]
    learning_rate: jax.Array
    rate: chex.ArrayTree
    mu: Others
    nu: Others
    grad_sum: Others
    d: jax.Array
    numerator: jax.Array
    adapted: jax.Array


@lift
def dadapt_adam(
    learning_rate: PlainRate = 1.0,
    *,
    b1: Average = 0.9,
    b2: Average = 0.999,
    eps: Epsilon = 1e-8,
    bias_correction: bool = False,
    d0: Limit = 1e-6,
    d_coefficient: Limit = 1.0,
    growth_limit: Growth | None = None,
    d_max: Limit | None = None,
    stop_after: Count | None = None,
    weight_decay: WeightDecay | None = None,
) -> optax.GradientTransformationExtraArgs:
    """Adam whose rate is an estimate `d` of how far the solution is from the start.

    With the rate `r = d * learning_rate`, `b3 = sqrt(b2)` and the old `s` and `nu` on the right of the first line,
    `numerator <- b3 * numerator + (1 - b3) * r * <g, s / (sqrt(nu) + eps)>`, `mu <- b1 * mu + (1 - b1) * r * g`,
    `nu <- b2 * nu + (1 - b2) * g^2`, `s <- b3 * s + (1 - b3) * r * g`; the parameters move by `-mu / (sqrt(nu) + eps)`.
    Then `d <- max(d, numerator / ((1 - b3) * |s|_1))` (Defazio and Mishchenko 2023, arXiv:2301.07733, Adam with
    D-Adaptation, in the form of the authors' version 3).

    Choose it where there is no time to search for a rate; the `d` of `prodigy` grows faster. It still needs a schedule:
    a decay to 0 from a multiplier of 1.

    Args:
        learning_rate: Multiplies `d`: a number >= 0, or a schedule. Take 1, or a schedule whose peak is 1.
        b1: Decay of `mu`, in [0, 1), or a schedule.
        b2: Decay of `nu`, in [0, 1), or a schedule.
        eps: Added to the root, >= 0, or a schedule.
        bias_correction: Multiply the rate by `sqrt(1 - b2^t) / (1 - b1^t)`, as in Adam. False: the first rates are
            larger than Adam's for the same `d`, 6.6 times at most with the default `b1` and `b2`.
        d0: The first `d`, > 0, or a schedule, whose step 0 counts. Choose it far too small rather than too large: `d`
            only grows.
        d_coefficient: Multiplies the estimate, > 0, or a schedule.
        growth_limit: The largest factor by which `d` grows in one update, >= 1, or a schedule. 1.02 acts as a
            warmup. None: unlimited.
        d_max: The largest `d`, > 0, or a schedule. None: unlimited.
        stop_after: The number of updates after which `d` stays as it is, a whole number >= 1. None: off.
        weight_decay: Strength of the decay, >= 0, or a schedule. None: no decay.

    Returns:
        An optimizer. State: `count`; `learning_rate`, `r` with its correction; `rate`, `mu`, `nu`, `grad_sum` (`s`),
        and () each, `d`, `numerator` and `adapted` (updates at a rate above 0). Memory: 3 x params, float32.

    Raises:
        ValueError: A number is outside its range, or `update` is called without the `params` that decay needs.
        TypeError: `learning_rate` is a rate that sets itself; here `d` does that.

    An update at a rate of 0 changes nothing, as in the authors' program, which is `compat.dadaptation.DAdaptAdam`; `d`
    begins to grow once the rate is above 0. `optax.contrib.dadapt_adamw` is `bias_correction=True`; there a rate or
    gradients of 0 at the first update make everything NaN. `d_coefficient`, `d_max` and `stop_after` are ours.

    Example:
        >>> import jax.numpy as jnp
        >>> tx, x = dadapt_adam(d0=1e-3), jnp.array([1.0, -2.0])
        >>> state = tx.init(x)
        >>> for _ in range(50):
        ...     updates, state = tx.update(x, state, x)
        ...     x = x + updates
        >>> bool(jnp.max(jnp.abs(x)) < 0.6), bool(0.1 < state.d < 5.0)
        (True, True)
    """
    distance = Distance(d0, d_coefficient, growth_limit, d_max, stop_after)
    pace = distance_pace(b1, b2, bias_correction)

    def init(params: optax.Params) -> dict:
        slots = {"mu": zeros(params), "nu": full(params, real(0)), "grad_sum": zeros(params)}
        return {**slots, "d": distance.start(), "numerator": real(0.0), "adapted": jnp.zeros((), jnp.int32)}

    def apply(grads: optax.Updates, state: DAdaptAdamState, params: optax.Params | None) -> tuple:
        base, small = value_at(learning_rate, state.count), value_at(eps, state.count)
        decay1, decay2, decay3 = decays_unless_idle(base, value_at(b1, state.count), value_at(b2, state.count))
        rate, grads = base * pace(state, state), jax.tree.map(wide, grads)
        along = dot(grads, jax.tree.map(lambda s, v: over_root(s, v, small), state.grad_sum, state.nu))
        numerator = decay3 * state.numerator + (1 - decay3) * rate * along

        steps = jax.tree.map(lambda g: times(rate, g), grads)
        mu = jax.tree.map(lambda m, u: average(m, u, decay1), state.mu, steps)
        nu = jax.tree.map(lambda v, g: average(v, square(g), decay2), state.nu, grads)
        s = jax.tree.map(lambda s, u: average(s, u, decay3), state.grad_sum, steps)
        norm, back = l1_norm(s), inverse(rate)
        found = distance.estimate(numerator, (1 - decay3) * norm, state.count)
        moved = state._replace(
            mu=mu, nu=nu, grad_sum=s, d=distance.grown(state.d, found, state.count, base), numerator=numerator,
            adapted=count_adapted(state.adapted, base, norm),
        )  # fmt: skip
        return jax.tree.map(lambda m, v: over_root(times(back, m), v, small), mu, nu), moved

    direction = Direction(DAdaptAdamState, init, apply, pace)
    return descent(direction, learning_rate, weight_decay=weight_decay)


def distance_pace(
    b1: Average, b2: ArrayLike | optax.Schedule, bias_correction: bool
) -> Callable[[Any, Any], jax.Array]:
    """The factor of the rate in Adam with a distance: `d`, and the correction of the start if asked for."""

    def pace(before: Any, after: Any) -> jax.Array:
        if not bias_correction:
            return before.d
        first, second = (weight(value_at(b, before.count), optax.safe_increment(before.adapted)) for b in (b1, b2))
        return before.d * jnp.sqrt(second) / first

    return pace


def count_adapted(adapted: jax.Array, base: jax.Array, norm: jax.Array) -> jax.Array:
    """How many updates `mu` and `nu` contain: those at a rate above 0, from the first gradients that are not 0."""
    return counted(adapted, (base > 0) & (norm > 0))


def decays_unless_idle(
    base: jax.Array, b1: jax.Array, b2: jax.Array, b3: jax.Array | None = None
) -> tuple[jax.Array, ...]:
    """The decays of `mu`, `nu` and the estimate, `sqrt(b2)` by default; 1, so that nothing changes, at a rate of 0."""
    b3 = square_root(b2) if b3 is None else b3
    return tuple(jnp.where(base > 0, b, 1) for b in (b1, b2, b3))
