"""AdaGrad that finds its rate by D-Adaptation."""

from typing import NamedTuple

import chex
import jax
import jax.numpy as jnp
import optax

from lropt_jax._core.accumulators import full, over_root, square, times, wide, zeros
from lropt_jax._core.kinds import Count, Epsilon, Growth, Limit, Momentum, PlainRate, SquaredScale, WeightDecay
from lropt_jax._core.lifting import lift
from lropt_jax._core.magnitudes import added
from lropt_jax._core.numbers import real, value_at
from lropt_jax._core.slots import Others
from lropt_jax._core.vectors import dot, l1_norm
from lropt_jax.optimizers._distance import Distance, inverse, pace
from lropt_jax.optimizers.descent import Direction, descent


class DAdaptAdaGradState(NamedTuple):
    """State of `dadapt_adagrad`."""

    count: jax.Array  # type: ignore[assignment]
    learning_rate: jax.Array
    rate: chex.ArrayTree
    trace: Others | None
    grad_sum: Others
    sum_of_squares: Others
    d: jax.Array
    weighted_squares: jax.Array


@lift
def dadapt_adagrad(
    learning_rate: PlainRate = 1.0,
    *,
    momentum: Momentum | None = None,
    eps: Epsilon = 1e-6,
    initial_accumulator_value: SquaredScale = 1e-6,
    d0: Limit = 1e-6,
    d_coefficient: Limit = 1.0,
    growth_limit: Growth | None = None,
    d_max: Limit | None = None,
    stop_after: Count | None = None,
    weight_decay: WeightDecay | None = None,
) -> optax.GradientTransformationExtraArgs:
    """AdaGrad by dual averaging, whose rate is an estimate `d` of how far the solution is from the start.

    With the rate `r = d * learning_rate`: `s <- s + r * g`, `a <- a + g^2`, `A = sqrt(a) + eps`, `q <- q + r^2 * <g,
    g / A>`, and `d <- max(d, (<s, s / A> - q) / |s|_1)`. The parameters move as `-s / A` does, in each coordinate
    (Defazio and Mishchenko 2023, arXiv:2301.07733, D-Adapted AdaGrad); with momentum by `-(1 - momentum) * m`, where
    `m <- momentum * m` and what `s / A` has moved.

    Choose it for convex problems with sparse features, and `prodigy` for everything else: the authors say that its `d`
    grows slowly.

    Args:
        learning_rate: Multiplies `d`: a number >= 0, or a schedule. Take 1, or a schedule whose peak is 1.
        momentum: Decay of `m`, in [0, 1), or a schedule. None: no momentum, and no memory for it.
        eps: Added to the root, >= 0, or a schedule.
        initial_accumulator_value: The first `a`, >= 0, or a schedule, whose step 0 counts.
        d0: The first `d`, > 0, or a schedule, whose step 0 counts. Choose it far too small rather than too large: `d`
            only grows.
        d_coefficient: Multiplies the estimate, > 0, or a schedule.
        growth_limit: The largest factor by which `d` grows in one update, >= 1, or a schedule. None:
            unlimited.
        d_max: The largest `d`, > 0, or a schedule. None: unlimited.
        stop_after: The number of updates after which `d` stays as it is, a whole number >= 1. None: off.
        weight_decay: Strength of the decay, >= 0, or a schedule. None: no decay.

    Returns:
        An optimizer. State: `count`; `learning_rate`, `r`; `rate`, `trace` (`m`; None without momentum), `grad_sum`
        (`s`), `sum_of_squares` (`a`), and () each, `d` and `weighted_squares` (`q`). Memory: 2 x params, float32; with
        momentum 3 x.

    Raises:
        ValueError: A number is outside its range, or `update` is called without the `params` that decay needs.
        TypeError: `learning_rate` is a rate that sets itself; here `d` does that.

    The authors' program, `compat.dadaptation.DAdaptAdaGrad`, holds the parameters at `params_0 - s / A`. Here the
    effects of decay and of other changes to the parameters remain. At a rate of 0 nothing moves; there the change of
    `A` still moves them. `d_coefficient`, `d_max` and `stop_after` are ours.

    Example:
        >>> import jax.numpy as jnp
        >>> tx, x = dadapt_adagrad(d0=1e-2), jnp.array([1.0, -2.0])
        >>> state = tx.init(x)
        >>> for _ in range(100):
        ...     updates, state = tx.update(x, state, x)
        ...     x = x + updates
        >>> bool(jnp.max(jnp.abs(x)) < 0.1), bool(0.1 < state.d < 2.0)
        (True, True)
    """
    distance = Distance(d0, d_coefficient, growth_limit, d_max, stop_after)
    start = initial_accumulator_value

    def init(params: optax.Params) -> dict:
        slots = {"trace": None if momentum is None else zeros(params), "grad_sum": zeros(params)}
        slots["sum_of_squares"] = full(params, value_at(start, 0))
        return {**slots, "d": distance.start(), "weighted_squares": real(0.0)}

    def apply(grads: optax.Updates, state: DAdaptAdaGradState, params: optax.Params | None) -> tuple:
        base, small, grads = value_at(learning_rate, state.count), value_at(eps, state.count), jax.tree.map(wide, grads)
        rate = base * state.d

        def scaled(tree: optax.Updates, squares: optax.Updates) -> optax.Updates:
            return jax.tree.map(lambda leaf, a: over_root(leaf, a, small), tree, squares)

        a = jax.tree.map(lambda a, g: added(a, square(g)), state.sum_of_squares, grads)
        s = jax.tree.map(lambda s, g: s + times(rate, g), state.grad_sum, grads)
        squares = added(state.weighted_squares, rate**2 * dot(grads, scaled(grads, a)))
        place = scaled(s, a)
        found = distance.estimate(dot(s, place) - squares, l1_norm(s), state.count)
        d = distance.grown(state.d, found, state.count, base)
        moved = state._replace(grad_sum=s, sum_of_squares=a, d=d, weighted_squares=squares)

        steps = jax.tree.map(jnp.subtract, place, scaled(state.grad_sum, state.sum_of_squares))
        back = inverse(rate)
        if momentum is None:
            return jax.tree.map(lambda u: times(back, u), steps), moved
        keep = value_at(momentum, state.count)
        trace = jax.tree.map(lambda m, u: times(keep, m) + u, state.trace, steps)
        return jax.tree.map(lambda m: times((1 - keep) * back, m), trace), moved._replace(trace=trace)

    direction = Direction(DAdaptAdaGradState, init, apply, pace)
    return descent(direction, learning_rate, weight_decay=weight_decay)
