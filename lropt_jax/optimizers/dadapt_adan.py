"""Adan that finds its rate by D-Adaptation."""

from typing import NamedTuple

import chex
import jax
import jax.numpy as jnp
import optax

from lropt_jax._core.accumulators import average, full, over_root, square, times, wide, zeros
from lropt_jax._core.kinds import Average, Count, Epsilon, Growth, Limit, PlainRate, WeightDecay
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import counted, real, value_at
from lropt_jax._core.slots import Others
from lropt_jax._core.vectors import dot, l1_norm
from lropt_jax._core.wrapping import copied
from lropt_jax.optimizers._distance import Distance, inverse, pace
from lropt_jax.optimizers.descent import Direction, descent


class DAdaptAdanState(NamedTuple):
    """State of `dadapt_adan`."""

    count: jax.Array  # type: ignore[assignment]
    learning_rate: jax.Array
    rate: chex.ArrayTree
    mu: Others
    change: Others
    nu: Others
    previous: Others
    grad_sum: Others
    d: jax.Array
    weighted_squares: jax.Array
    adapted: jax.Array


@lift
def dadapt_adan(
    learning_rate: PlainRate = 1.0,
    *,
    b1: Average = 0.98,
    b2: Average = 0.92,
    b3: Average = 0.99,
    eps: Epsilon = 1e-8,
    d0: Limit = 1e-6,
    d_coefficient: Limit = 1.0,
    growth_limit: Growth | None = None,
    d_max: Limit | None = None,
    stop_after: Count | None = None,
    weight_decay: WeightDecay | None = None,
) -> optax.GradientTransformationExtraArgs:
    """Adan whose rate is an estimate `d` of how far the solution is from the start.

    With the rate `r = d * learning_rate` and the change `c = g - previous g`, 0 at first: `mu <- b1 * mu + (1 - b1) * r
    * g`, `change <- b2 * change + (1 - b2) * r * c`, `nu <- b3 * nu + (1 - b3) * (g + b2 * c)^2`, `A = sqrt(nu) + eps`;
    the parameters move by `-(mu + b2 * change) / A`. And `s <- b3 * s + (1 - b3) * r * g`, `q <- b3 * q + (1 - b3) *
    r^2 * <g, g / A>`, `d <- max(d, (<s, s / A> / (1 - b3) - q) / |s|_1)`. It is the authors' program (package
    dadaptation 3.2, after Defazio and Mishchenko 2023, arXiv:2301.07733), which they call experimental; the paper has
    no Adan.

    Choose it where the rate of `adan` is not known, with a decay to 0 from a multiplier of 1. Its `d` can grow far too
    large: to 105 in the example, which starts at a distance of 2.2 from the solution. Limit it by `d_max` or
    `growth_limit`.

    Args:
        learning_rate: Multiplies `d`: a number >= 0, or a schedule. Take 1, or a schedule whose peak is 1.
        b1: Decay of `mu`, in [0, 1), or a schedule.
        b2: Decay of `change`, and its weight in the direction, in [0, 1), or a schedule.
        b3: Decay of `nu`, `s` and `q`, in [0, 1), or a schedule.
        eps: Added to the root, >= 0, or a schedule.
        d0: The first `d`, > 0, or a schedule, whose step 0 counts. Choose it far too small rather than too large: `d`
            only grows.
        d_coefficient: Multiplies the estimate, > 0, or a schedule.
        growth_limit: The largest factor by which `d` grows in one update, >= 1, or a schedule. None:
            unlimited.
        d_max: The largest `d`, > 0, or a schedule. None: unlimited.
        stop_after: The number of updates after which `d` stays as it is, a whole number >= 1. None: off.
        weight_decay: Strength of the decay, >= 0, or a schedule. None: no decay.

    Returns:
        An optimizer. State: `count`; `learning_rate`, `r`; `rate`, `mu`, `change`, `nu`, `previous` (the last
        gradient), `grad_sum` (`s`), and () each, `d`, `weighted_squares` (`q`) and `adapted` (updates
        since `s` is not 0). Memory: 5 x params, float32.

    Raises:
        ValueError: A number is outside its range, or `update` is called without the `params` that decay needs.
        TypeError: `learning_rate` is a rate that sets itself; here `d` does that.

    The authors' program, with the decay of Adan's paper, is `compat.dadaptation.DAdaptAdan`. At a rate of 0 nothing
    moves here; there `mu`, which contains the earlier rates, still moves the parameters. `d_coefficient`, `d_max` and
    `stop_after` are ours.

    Example:
        >>> import jax.numpy as jnp
        >>> tx, x = dadapt_adan(d0=1e-3), jnp.array([1.0, -2.0])
        >>> state = tx.init(x)
        >>> for _ in range(50):
        ...     updates, state = tx.update(x, state, x)
        ...     x = x + updates
        >>> bool(jnp.max(jnp.abs(x)) < 0.1), state.d.round()
        (True, Array(105., dtype=float32))
    """
    distance = Distance(d0, d_coefficient, growth_limit, d_max, stop_after)

    def init(params: optax.Params) -> dict:
        slots = {name: zeros(params) for name in ("mu", "change", "previous", "grad_sum")}
        numbers = {"d": distance.start(), "weighted_squares": real(0.0), "adapted": jnp.zeros((), jnp.int32)}
        return {**slots, "nu": full(params, real(0)), **numbers}

    def apply(grads: optax.Updates, state: DAdaptAdanState, params: optax.Params | None) -> tuple:
        base, small = value_at(learning_rate, state.count), value_at(eps, state.count)
        decay1, decay2, decay3 = (value_at(b, state.count) for b in (b1, b2, b3))
        rate, grads = base * state.d, jax.tree.map(wide, grads)
        moved = _moments(grads, state, rate, decay1, decay2, decay3)

        def scaled(tree: optax.Updates) -> optax.Updates:
            return jax.tree.map(lambda leaf, v: over_root(leaf, v, small), tree, moved.nu)

        squares = average(state.weighted_squares, rate**2 * dot(grads, scaled(grads)), decay3)
        s, norm = moved.grad_sum, l1_norm(moved.grad_sum)
        found = distance.estimate(dot(s, scaled(s)) / (1 - decay3) - squares, norm, state.count)
        back = inverse(rate)
        ahead = jax.tree.map(lambda m, c: times(back, m + times(decay2, c)), moved.mu, moved.change)
        d, adapted = distance.grown(state.d, found, state.count, base), counted(state.adapted, norm > 0)
        return scaled(ahead), moved._replace(d=d, weighted_squares=squares, adapted=adapted)

    direction = Direction(DAdaptAdanState, init, apply, pace)
    return descent(direction, learning_rate, weight_decay=weight_decay)


def _moments(
    grads: optax.Updates, state: DAdaptAdanState, rate: jax.Array, b1: jax.Array, b2: jax.Array, b3: jax.Array
) -> DAdaptAdanState:
    """The state with the new moments, sums and last gradients."""
    change = jax.tree.map(lambda g, old: jnp.where(state.adapted > 0, g - old, 0), grads, state.previous)
    return state._replace(
        mu=jax.tree.map(lambda m, g: average(m, times(rate, g), b1), state.mu, grads),
        change=jax.tree.map(lambda m, c: average(m, times(rate, c), b2), state.change, change),
        nu=jax.tree.map(lambda v, g, c: average(v, square(g + times(b2, c)), b3), state.nu, grads, change),
        grad_sum=jax.tree.map(lambda s, g: average(s, times(rate, g), b3), state.grad_sum, grads),
        previous=copied(grads),
    )
