"""Lion that finds its rate by D-Adaptation."""

from typing import NamedTuple

import chex
import jax
import jax.numpy as jnp
import optax

from lropt_jax._core.accumulators import average, square_root, times, wide, zeros
from lropt_jax._core.kinds import Average, Count, Growth, Limit, OpenAverage, PlainRate, WeightDecay
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import real, value_at
from lropt_jax._core.slots import Others
from lropt_jax._core.vectors import dot, l1_norm
from lropt_jax.optimizers._distance import Distance, pace
from lropt_jax.optimizers.descent import Direction, descent


class DAdaptLionState(NamedTuple):
    """State of `dadapt_lion`."""

    count: jax.Array  # type: ignore[assignment]
    learning_rate: jax.Array
    rate: chex.ArrayTree
    mu: Others
    update_sum: Others
    d: jax.Array
    numerator: jax.Array


@lift
def dadapt_lion(
    learning_rate: PlainRate = 1.0,
    *,
    b1: Average = 0.9,
    b2: OpenAverage = 0.99,
    d0: Limit = 1e-6,
    d_coefficient: Limit = 1.0,
    growth_limit: Growth | None = None,
    d_max: Limit | None = None,
    stop_after: Count | None = None,
    weight_decay: WeightDecay | None = None,
) -> optax.GradientTransformationExtraArgs:
    """Lion whose rate is an estimate `d` of how far the solution is from the start.

    With the rate `r = d * learning_rate` and `b3 = sqrt(b2)`, the direction is `u = sign(b1 * mu + (1 - b1) * g)`, then
    `mu <- b2 * mu + (1 - b2) * r * g`, `numerator <- b3 * numerator + (1 - b3) * r * <u, s>`,
    `s <- b3 * s + (1 - b3) * r * u` and `d <- max(d, numerator / ((1 - b3) * |s|_1))`; the parameters move by `-r * u`.
    It is the authors' program (package dadaptation 3.2, after Defazio and Mishchenko 2023, arXiv:2301.07733), which
    they call experimental; the paper has no Lion.

    Choose it where the rate of `lion` is not known. It keeps one moment where `dadapt_adam` keeps two.

    Args:
        learning_rate: Multiplies `d`: a number >= 0, or a schedule. Take 1, or a schedule whose peak is 1.
        b1: Weight of `mu` in the direction, in [0, 1), or a schedule.
        b2: Decay of `mu`, in (0, 1), or a schedule.
        d0: The first `d`, > 0, or a schedule, whose step 0 counts. Choose it far too small rather than too large: `d`
            only grows.
        d_coefficient: Multiplies the estimate, > 0, or a schedule.
        growth_limit: The largest factor by which `d` grows in one update, >= 1, or a schedule. None:
            unlimited.
        d_max: The largest `d`, > 0, or a schedule. None: unlimited.
        stop_after: The number of updates after which `d` stays as it is, a whole number >= 1. None: off.
        weight_decay: Strength of the decay, >= 0, or a schedule. None: no decay.

    Returns:
        An optimizer. State: `count`; `learning_rate`, `r`; `rate`, `mu`, `update_sum` (`s`), and () each, `d` and
        `numerator`. Memory: 2 x params, float32.

    Raises:
        ValueError: A number is outside its range, or `update` is called without the `params` that decay needs.
        TypeError: `learning_rate` is a rate that sets itself; here `d` does that.

    In `u` the gradient stands beside a momentum that contains the rate. As long as `r` is far below 1, the gradient
    decides alone, and `u` is little more than its sign. The authors' program does the same; it is
    `compat.dadaptation.DAdaptLion`. `d_coefficient`, `growth_limit`, `d_max` and `stop_after` are ours.

    Example:
        >>> import jax.numpy as jnp
        >>> tx, x = dadapt_lion(d0=1e-3), jnp.array([1.0, -2.0])
        >>> state = tx.init(x)
        >>> for _ in range(50):
        ...     updates, state = tx.update(x, state, x)
        ...     x = x + updates
        >>> bool(jnp.max(jnp.abs(x)) < 1.0), bool(0.01 < state.d < 2.0)
        (True, True)
    """
    distance = Distance(d0, d_coefficient, growth_limit, d_max, stop_after)

    def init(params: optax.Params) -> dict:
        slots = {"mu": zeros(params), "update_sum": zeros(params)}
        return {**slots, "d": distance.start(), "numerator": real(0.0)}

    def apply(grads: optax.Updates, state: DAdaptLionState, params: optax.Params | None) -> tuple:
        base, decay1, decay2 = (value_at(number, state.count) for number in (learning_rate, b1, b2))
        rate, decay3, grads = base * state.d, square_root(decay2), jax.tree.map(wide, grads)
        mu = jax.tree.map(lambda m, g: average(m, times(rate, g), decay2), state.mu, grads)
        ratio = decay1 / decay2  # b1 * old mu, of the new mu, so that it can lie in place
        share = 1 - decay1 - ratio * (1 - decay2) * rate
        towards = jax.tree.map(lambda m, g: jnp.sign(times(ratio, m) + times(share, g)), mu, grads)

        numerator = decay3 * state.numerator + (1 - decay3) * rate * dot(towards, state.update_sum)
        s = jax.tree.map(lambda s, u: average(s, times(rate, u), decay3), state.update_sum, towards)
        found = distance.estimate(numerator, (1 - decay3) * l1_norm(s), state.count)
        d = distance.grown(state.d, found, state.count, base)
        return towards, state._replace(mu=mu, update_sum=s, d=d, numerator=numerator)

    direction = Direction(DAdaptLionState, init, apply, pace)
    return descent(direction, learning_rate, weight_decay=weight_decay)
