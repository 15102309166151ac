"""LaProp: momentum of gradients that were divided by their size before."""

from typing import NamedTuple

import chex
import jax
import optax

from lropt_jax._core.accumulators import average, debias, full, over_root, square, wide, zeros
from lropt_jax._core.kinds import Average, Epsilon, LearningRate, WeightDecay
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import real, value_at
from lropt_jax._core.slots import Others, Squares
from lropt_jax.optimizers._moments import Now
from lropt_jax.optimizers._stability import averaged, last, over_second
from lropt_jax.optimizers.descent import Direction, descent


class LaPropState(NamedTuple):
    """State of `laprop`."""

    count: jax.Array  # type: ignore[assignment]
    learning_rate: jax.Array
    rate: chex.ArrayTree
    mu: Others
    nu: Squares


@lift(scaling="sqrt", elementwise=True)
def laprop(
    learning_rate: LearningRate,
    *,
    b1: Average = 0.9,
    b2: Average = 0.999,
    eps: Epsilon = 1e-15,
    weight_decay: WeightDecay | None = None,
) -> optax.GradientTransformationExtraArgs:
    """LaProp: Adam that divides by the size of the gradients before it takes the momentum, not after.

    `nu <- b2 * nu + (1 - b2) * g^2`, `mu <- b1 * mu + (1 - b1) * g / (sqrt(nu / (1 - b2^t)) + eps)`; the direction is
    `mu / (1 - b1^t)`, `t = 1, 2, ...` (Ziyin, Wang and Ueda 2020, arXiv:2002.04839, algorithm 1). Then `params <-
    params - rate * (direction + weight_decay * params)`.

    Choose it where Adam is unstable with a short memory `b2` below `b1`: here any pair is stable, and no step is longer
    than `rate / sqrt(1 - b2)`. One large gradient stays in `mu` with its bounded size, while in Adam old momentum is
    divided by the new `nu`. With the usual `b1` and `b2` the two make nearly the same steps, so there it gains nothing.

    Args:
        learning_rate: A number >= 0, a schedule or a `Rate`.
        b1: Decay of `mu`, in [0, 1), or a schedule.
        b2: Decay of `nu`, in [0, 1), or a schedule.
        eps: Added to the root, >= 0, or a schedule.
        weight_decay: Strength, >= 0, a schedule, or `decay(...)` with a mask or another `goes_with`. None: no decay.

    Returns:
        An optimizer; `update` needs `params` for `weight_decay`. State: `count`, `learning_rate`, `rate`, `mu`, `nu`.
        Memory: 2 x params, float32.

    Raises:
        ValueError: A number is outside its range, or `update` is called without the `params` that it needs.

    The defaults are those of the authors' program. Its decay goes with "nothing", after the step. It gathers steps
    times their rates in `mu`, so a change of the rate acts late. Here the present rate multiplies `mu`.
    `pytorch_optimizer.LaProp` is that program, whose decay goes with the rate by default.

    Example:
        >>> import jax.numpy as jnp
        >>> tx = laprop(0.1)
        >>> updates, state = tx.update(jnp.array([1e-3, -2.0]), tx.init(jnp.zeros(2)))
        >>> updates.round(3)
        Array([-0.1,  0.1], dtype=float32)
    """

    def at(count: jax.Array) -> Now:
        return Now(count, optax.safe_increment(count), *(value_at(number, count) for number in (b1, b2, eps)))

    def init(params: optax.Params) -> dict:
        return {"mu": zeros(params), "nu": full(params, real(0))}

    def apply(grads: optax.Updates, state: LaPropState, params: optax.Params | None) -> tuple:
        now = at(state.count)
        first, second = now.weights
        nu = jax.tree.map(lambda v, g: average(v, square(g), now.b2), state.nu, grads)
        mu = jax.tree.map(
            lambda m, g, v: average(m, over_root(wide(g), debias(v, second), now.eps), now.b1), state.mu, grads, nu
        )
        return jax.tree.map(lambda m: debias(m, first), mu), state._replace(mu=mu, nu=nu)

    def scale(state: LaPropState, params: optax.Params) -> optax.Updates:
        return over_second(state, at(last(state.count)))

    def limit(state: LaPropState) -> jax.Array:
        return averaged(at(last(state.count)).b1, state.count)

    direction = Direction(LaPropState, init, apply, scale=scale, limit=limit)
    return descent(direction, learning_rate, weight_decay=weight_decay)
