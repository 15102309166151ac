"""COCOB: each parameter is a bet on the sign of its next gradient."""

from typing import NamedTuple

import chex
import jax
import jax.numpy as jnp
import optax

from lropt_jax._core.accumulators import divide, full, times, wide, zeros
from lropt_jax._core.decay import as_decay
from lropt_jax._core.kinds import Epsilon, Growth, LearningRate, OwnDecay
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import minus, value_at
from lropt_jax.optimizers.descent import Direction, descent


class COCOBState(NamedTuple):
    """State of `cocob`."""

    count: jax.Array  # type: ignore[assignment]
    learning_rate: jax.Array
    rate: chex.ArrayTree
    largest: optax.Updates
    grad_sum_abs: optax.Updates
    reward: optax.Updates
    grad_sum: optax.Updates


@lift
def cocob(
    learning_rate: LearningRate = 1.0,
    *,
    alpha: Growth = 100.0,
    eps: Epsilon = 1e-8,
    weight_decay: OwnDecay | None = None,
) -> optax.GradientTransformationExtraArgs:
    """COCOB-Backprop: betting on a coin in each parameter, without a learning rate.

    With the largest gradient so far `L <- max(L, |g|)`, the sums `G <- G + |g|` and `theta <- theta - g`, and the money
    won so far, `reward <- max(reward - g * bet, 0)`, the next bet is `theta / (L max(G + L, alpha L)) * (L + reward)`,
    and the parameters are where they began plus the bet (Orabona and Tommasi 2017, arXiv:1705.07795, algorithm 2). The
    direction is the decrease of the bet.

    Choose it for a first result without any search, on deep networks from random parameters. A bet begins at
    `1 / alpha`, and each parameter's bet grows while it wins. In noise only the growing sums lower it, so add a
    schedule or an average.

    Args:
        learning_rate: The unit of the bets: a number >= 0, a schedule or a `Rate`. 1, as published, suits parameters
            that should move by about 1. A schedule multiplies each move by the rate of its step; that is ours.
        alpha: How slowly the bets begin, >= 1, or a schedule: the first bet is `1 / alpha`.
        eps: The first `L`, >= 0, or a schedule, whose step 0 counts. Gradients below it hardly count.
        weight_decay: Strength of L2, added to the gradients, >= 0, or a schedule. None: no decay.

    Returns:
        An optimizer; `update` needs `params` for `weight_decay`. State: `count`, `learning_rate`, `rate`, `largest`
        (`L`), `grad_sum_abs` (`G`), `reward`, `grad_sum` (`-theta`). Memory: 4 x params, float32.

    Raises:
        ValueError: A number is outside its range, or `update` is called without the `params` that it needs.

    It follows the authors' program; in the paper `L` begins at 0. Both keep the first parameters and read the bet from
    where the parameters are now. Here the bet follows from the sums, so no parameters are kept, and other changes to
    the parameters win nothing. `optax.contrib.cocob` multiplies the gradients by its `learning_rate`, which changes
    nothing: the bets do not depend on the unit of the gradients.

    Example:
        >>> import jax.numpy as jnp
        >>> tx = cocob()
        >>> updates, state = tx.update(jnp.array([3.0, -1e-3]), tx.init(jnp.zeros(2)))
        >>> updates
        Array([-0.01,  0.01], dtype=float32)
    """

    def init(params: optax.Params) -> dict:
        sums = {name: zeros(params) for name in ("grad_sum_abs", "reward", "grad_sum")}
        return {"largest": full(params, value_at(eps, 0)), **sums}

    def bets(state: COCOBState, slowness: jax.Array) -> optax.Updates:
        slots = (state.largest, state.grad_sum_abs, state.reward, state.grad_sum)
        return jax.tree.map(lambda *leaves: _bet(*leaves, slowness), *slots)

    def apply(grads: optax.Updates, state: COCOBState, params: optax.Params | None) -> tuple:
        before = bets(state, value_at(alpha, jnp.maximum(minus(state.count, 1), 0)))
        grads = jax.tree.map(wide, grads)
        after = state._replace(
            largest=jax.tree.map(lambda top, g: jnp.maximum(top, jnp.abs(g)), state.largest, grads),
            grad_sum_abs=jax.tree.map(lambda total, g: total + jnp.abs(g), state.grad_sum_abs, grads),
            reward=jax.tree.map(lambda won, g, bet: jnp.maximum(won - g * bet, 0), state.reward, grads, before),
            grad_sum=jax.tree.map(jnp.add, state.grad_sum, grads),
        )
        return jax.tree.map(jnp.subtract, before, bets(after, value_at(alpha, state.count))), after

    direction = Direction(COCOBState, init, apply)
    return descent(direction, learning_rate, weight_decay=as_decay(weight_decay, "gradients"))


@jax.jit
def _bet(top: jax.Array, total: jax.Array, won: jax.Array, grad_sum: jax.Array, slowness: jax.Array) -> jax.Array:
    """`theta / (L max(G + L, alpha L)) (L + reward)`, without numbers as large or small as `L^2`."""
    return divide(-grad_sum, jnp.maximum(total + top, times(slowness, top))) * (1 + divide(won, top))
