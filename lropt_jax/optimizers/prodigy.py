"""Prodigy: Adam whose rate is an estimate of the distance to the solution."""

from typing import NamedTuple

import chex
import jax
import jax.numpy as jnp
import optax

from lropt_jax._core.accumulators import average, full, over_root, square, times, wide, zeros
from lropt_jax._core.kinds import Average, Count, Epsilon, Growth, Limit, PlainRate, Size, WeightDecay
from lropt_jax._core.layout import whole
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import real, value_at
from lropt_jax._core.refusal import needed
from lropt_jax._core.slots import Others
from lropt_jax._core.vectors import dot, l1_norm
from lropt_jax._core.wrapping import copied
from lropt_jax.optimizers._distance import Distance
from lropt_jax.optimizers.dadapt_adam import count_adapted, decays_unless_idle, distance_pace
from lropt_jax.optimizers.descent import Direction, descent


class ProdigyState(NamedTuple):
    """State of `prodigy`."""

    count: jax.Array  # type: ignore[assignment]
    learning_rate: jax.Array
    rate: chex.ArrayTree
    mu: Others
    nu: Others
    grad_sum: Others
    params0: optax.Params
    d: jax.Array
    largest: jax.Array
    numerator: jax.Array
    adapted: jax.Array


@lift
def prodigy(
    learning_rate: PlainRate = 1.0,
    *,
    b1: Average = 0.9,
    b2: Average = 0.999,
    b3: Average | None = None,
    eps: Epsilon = 1e-8,
    bias_correction: bool = False,
    safeguard_warmup: bool = False,
    d0: Limit = 1e-6,
    d_coefficient: Limit = 1.0,
    growth_limit: Growth | None = None,
    d_max: Limit | None = None,
    stop_after: Count | None = None,
    slice_p: Size = 1,
    weight_decay: WeightDecay | None = None,
) -> optax.GradientTransformationExtraArgs:
    """Adam whose rate is an estimate `d` of how far the solution is from the start, faster to grow than D-Adaptation's.

    With the rate `r = d * learning_rate`: `numerator <- b3 * numerator + d / d0 * r * <g, params0 - params>`,
    `s <- b3 * s + d / d0 * r * g`, `mu <- b1 * mu + (1 - b1) * d * g`, `nu <- b2 * nu + (1 - b2) * d^2 * g^2`. Then
    `d <- max(d, d_coefficient * numerator / |s|_1)`, and the parameters move by `-r * mu / (sqrt(nu) + d * eps)` with
    the old `d` in `r` (Mishchenko and Defazio 2024, arXiv:2306.06101, the Adam version).

    Choose it where there is no time to search for a rate, above all for fine-tuning. It still needs a schedule: cosine
    or linear from 1 to 0. Where it learns too slowly or too fast, change `d_coefficient`, between 0.5 and 2.

    Args:
        learning_rate: Multiplies `d`: a number >= 0, or a schedule. Take 1, or a schedule whose peak is 1.
        b1: Decay of `mu`, in [0, 1), or a schedule.
        b2: Decay of `nu`, in [0, 1), or a schedule.
        b3: Decay of `numerator` and `s`, in [0, 1), or a schedule. None: `sqrt(b2)`.
        eps: Added to the root, >= 0, or a schedule; in units of gradients.
        bias_correction: Multiply the rate by `sqrt(1 - b2^t) / (1 - b1^t)`, as in Adam. False: the first rates are
            larger than Adam's for the same `d`, 6.6 times at most with the default `b1` and `b2`.
        safeguard_warmup: Leave `learning_rate` out of the sum `s`, so that a warmup does not make `d` too large.
        d0: The first `d`, > 0, or a schedule, whose step 0 counts. Choose it far too small rather than too large: `d`
            only grows.
        d_coefficient: Multiplies the estimate, > 0, or a schedule.
        growth_limit: The largest factor by which `d` grows in one update, >= 1, or a schedule. It does not limit
            the first growth, away from `d0`, as in the authors' program. None: unlimited.
        d_max: The largest `d`, > 0, or a schedule. None: unlimited.
        stop_after: The number of updates after which `d` stays as it is, a whole number >= 1. None: off.
        slice_p: Estimate from every `slice_p`-th entry of a leaf only, a whole number >= 1. 11 saves most of the memory
            of the estimate. A new number compiles again.
        weight_decay: Strength of the decay, >= 0, or a schedule. None: no decay.

    Returns:
        An optimizer; `update` needs `params`. State: `count`; `learning_rate`, `r` with its correction; `rate`, `mu`,
        `nu`, `grad_sum` (`s`), `params0`, and () each, `d`, `largest` (the largest estimate so far), `numerator` and
        `adapted` (updates at a rate above 0). Memory: (2 + 2 / slice_p) x params, float32.

    Raises:
        ValueError: A number is outside its range, or `update` is called without `params`.
        TypeError: `learning_rate` is a rate that sets itself; here `d` does that.

    An update at a rate of 0 changes nothing, as in the authors' program, which is `compat.prodigyopt.Prodigy`; `d`
    begins to grow once the rate is above 0. As there, the new `d` multiplies `eps`, and where `b1` is 0 it multiplies
    the gradient in `mu`; the paper takes the old `d` in both places. `optax.contrib.prodigy` is `bias_correction=True`;
    there a rate or gradients of 0 at the first update make everything NaN. `d_max` and `stop_after` are ours.

    Example:
        >>> import jax.numpy as jnp
        >>> tx, x = prodigy(d0=1e-3), jnp.array([1.0, -2.0])
        >>> state = tx.init(x)
        >>> for _ in range(50):
        ...     updates, state = tx.update(x, state, x)
        ...     x = x + updates
        >>> bool(jnp.max(jnp.abs(x)) < 0.6), bool(0.1 < state.d < 2.0)
        (True, True)
    """
    distance = Distance(d0, d_coefficient, growth_limit, d_max, stop_after)
    pace = distance_pace(b1, b2, bias_correction)

    def init(params: optax.Params) -> dict:
        slots = {"mu": zeros(params), "nu": full(params, real(0)), "grad_sum": zeros(_sliced(params, slice_p))}
        slots["params0"] = copied(_sliced(jax.tree.map(wide, params), slice_p))
        numbers = {"d": distance.start(), "largest": distance.start(), "numerator": real(0.0)}
        return {**slots, **numbers, "adapted": jnp.zeros((), jnp.int32)}

    def apply(grads: optax.Updates, state: ProdigyState, params: optax.Params | None) -> tuple:
        base, old, grads = value_at(learning_rate, state.count), state.d, jax.tree.map(wide, grads)
        third = None if b3 is None else value_at(b3, state.count)
        decay1, decay2, decay3 = decays_unless_idle(base, value_at(b1, state.count), value_at(b2, state.count), third)

        here = _sliced(needed(params), slice_p)
        part, back = _sliced(grads, slice_p), jax.tree.map(lambda x0, x: x0 - wide(x), state.params0, here)
        scale, rate = old / value_at(d0, 0), base * pace(state, state)
        share = scale * (jnp.where(base > 0, old, 0) if safeguard_warmup else rate)
        sums = jax.tree.map(lambda s, g: times(decay3, s) + times(share, g), state.grad_sum, part)
        numerator = decay3 * state.numerator + scale * rate * dot(part, back)
        moved = _estimated(distance, state._replace(grad_sum=sums, numerator=numerator), base)

        lead, small = jnp.where(decay1 > 0, old, moved.d), moved.d * value_at(eps, state.count)
        mu = jax.tree.map(lambda m, g: average(m, times(lead, g), decay1), state.mu, grads)
        nu = jax.tree.map(lambda v, g: average(v, square(times(old, g)), decay2), state.nu, grads)
        return jax.tree.map(lambda m, v: over_root(m, v, small), mu, nu), moved._replace(mu=mu, nu=nu)

    direction = Direction(ProdigyState, init, apply, pace)
    return descent(direction, learning_rate, weight_decay=weight_decay)


def _estimated(distance: Distance, state: ProdigyState, base: jax.Array) -> ProdigyState:
    """The state with the new `d`, from the estimate that its sums give."""
    norm = l1_norm(state.grad_sum)
    found = jnp.maximum(state.largest, distance.estimate(state.numerator, norm, state.count))
    d = distance.grown(state.d, found, state.count, base, free=state.d == value_at(distance.d0, 0))
    return state._replace(d=d, largest=found, adapted=count_adapted(state.adapted, base, norm))


def _sliced(tree: optax.Updates, slice_p: Size) -> optax.Updates:
    """Every `slice_p`-th entry of each leaf."""
    return tree if slice_p == 1 else jax.tree.map(lambda leaf: jnp.ravel(whole(leaf))[::slice_p], tree)
