"""CAME: Adafactor whose momentum is divided by how much the steps differ from it."""

from typing import Literal, NamedTuple

import chex
import jax
import jax.numpy as jnp
import optax

from lropt_jax._core.absent import completed, unboxed
from lropt_jax._core.accumulators import average, divide, square, times, wide, zeros
from lropt_jax._core.kinds import Average, Epsilon, LearningRate, Limit, Size, Strength, WeightDecay
from lropt_jax._core.lifting import lift
from lropt_jax._core.magnitudes import rms
from lropt_jax._core.numbers import real, value_at
from lropt_jax._core.slots import Others
from lropt_jax.optimizers._factored import Factored, by_rows, factored, moved, roots
from lropt_jax.optimizers.descent import Direction, descent


class CAMEState(NamedTuple):
    """State of `came`."""

    count: jax.Array  # type: ignore[assignment]
    learning_rate: jax.Array
    rate: chex.ArrayTree
    mu: Others
    nu: Factored
    residual: Factored


@lift
def came(
    learning_rate: LearningRate,
    *,
    b1: Average = 0.9,
    b2: Average = 0.999,
    b3: Average = 0.9999,
    eps: Epsilon = 1e-30,
    residual_eps: Strength = 1e-16,
    clip_threshold: Limit | None = 1.0,
    min_dim_size_to_factor: Size = 1,
    factored_axes: Literal["longest", "last"] = "last",
    weight_decay: WeightDecay | None = None,
) -> optax.GradientTransformationExtraArgs:
    """CAME: Adam's two moments for the memory of one, with longer steps where the steps agree.

    `nu <- b2 * nu + (1 - b2) * (g^2 + eps)`, of which a matrix keeps the means along its rows and columns, as in
    `adafactor`. `u = g / sqrt(nu)`, `u <- u / max(1, RMS(u) / clip_threshold)`, `mu <- b1 * mu + (1 - b1) * u`. What
    the steps are apart from `mu` is averaged too, by rows and columns: `residual <- b3 * residual + (1 - b3) * ((u -
    mu)^2 + residual_eps)`. The direction of a matrix is `mu / sqrt(residual)`; that of a vector is `mu` (Luo et al.
    2023, arXiv:2307.02047, algorithm 2). Then `params <- params - rate * (direction + weight_decay * params)`.

    Choose it in the place of `adamw` for large language models, if memory is short: its rates are absolute. Start with
    a warmup. No average is corrected for its start, and `residual` fills slowly: the first direction of a matrix has
    entries near `(1 - b1) / (b1 * sqrt(1 - b3))`, which is 11 with the defaults, and they come down over thousands of
    steps. Short runs are those in which it loses: there take a smaller `b3`.

    Args:
        learning_rate: A number >= 0, a schedule or a `Rate`.
        b1: Decay of `mu`, in [0, 1), or a schedule.
        b2: Decay of `nu`, in [0, 1), or a schedule.
        b3: Decay of `residual`, in [0, 1), or a schedule.
        eps: Added to the squared gradients, >= 0, or a schedule.
        residual_eps: Added to the squared differences, >= 0, or a schedule.
        clip_threshold: Largest root mean square of `u`, > 0, or a schedule. None: unlimited.
        min_dim_size_to_factor: An array is kept by rows and columns if two of its axes are at least this long, a whole
            number >= 1. Every index of its other axes has rows and columns of its own.
        factored_axes: Which two axes: the "longest", or the "last", as in the authors' program.
        weight_decay: Strength, >= 0, a schedule, or `decay(...)` with a mask or another `goes_with`. None: no decay.

    Returns:
        An optimizer; `update` needs `params` for `weight_decay`. State: `count`, `learning_rate`, `rate`, `mu`, and
        `nu` and `residual` with the trees `whole`, `row` and `col`; a leaf stands in `whole`, or in `row` and `col`,
        and is None elsewhere. In `residual` nothing is whole. Memory, float32: 1 x params, and `2 (m + n)` for an array
        (m, n) by rows and columns, 1 x params more for any other.

    Raises:
        ValueError: A number is outside its range, or `update` is called without the `params` that it needs.

    This is the authors' program, and `pytorch_optimizer.CAME`. They take `weight_decay` away before the step, which is
    the same.

    Example:
        >>> import jax.numpy as jnp
        >>> tx = came(0.1)
        >>> updates, state = tx.update(jnp.array([0.5, -2.0]), tx.init(jnp.zeros(2)))
        >>> updates.round(3)
        Array([-0.01,  0.01], dtype=float32)
    """

    def kept(squares: optax.Updates) -> Factored:
        return factored(squares, min_dim_size_to_factor, factored_axes)

    def matrices(tree: optax.Updates) -> optax.Updates:
        return by_rows(tree, min_dim_size_to_factor, factored_axes)

    def after(means: Factored, squares: optax.Updates, added: jax.Array, decay: jax.Array) -> Factored:
        more = jax.tree.map(lambda s: s + added.astype(s.dtype), squares)
        return moved(means, more, 1 - decay, min_dim_size_to_factor, factored_axes)

    def over(tree: optax.Updates, means: Factored) -> optax.Updates:
        return jax.tree.map(divide, tree, roots(tree, means, real(0), factored_axes))

    def init(params: optax.Params) -> dict:
        squares = jax.tree.map(square, zeros(params))
        return {"mu": zeros(params), "nu": kept(squares), "residual": kept(matrices(squares))}

    def apply(grads: optax.Updates, state: CAMEState, params: optax.Params | None) -> tuple:
        decay1, decay2, decay3 = (value_at(number, state.count) for number in (b1, b2, b3))
        nu = after(state.nu, jax.tree.map(square, grads), value_at(eps, state.count), decay2)
        steps = over(jax.tree.map(wide, grads), nu)
        if clip_threshold is not None:
            top = value_at(clip_threshold, state.count)
            steps = jax.tree.map(lambda u: times(1 / jnp.maximum(1, rms(u) / top), u), steps)
        mu = jax.tree.map(lambda m, u: average(m, u, decay1), state.mu, steps)
        apart = matrices(jax.tree.map(lambda u, m: square(u - m), steps, mu))
        residual = after(state.residual, apart, value_at(residual_eps, state.count), decay3)
        towards = completed(over(matrices(mu), residual), mu)
        return towards, state._replace(mu=mu, nu=unboxed(nu), residual=unboxed(residual))

    return descent(Direction(CAMEState, init, apply), learning_rate, weight_decay=weight_decay)
