"""Adafactor: the gradient over a root mean square that is remembered by rows and columns."""

from typing import Literal, NamedTuple

import chex
import jax
import jax.numpy as jnp
import optax
from jax.typing import ArrayLike

from lropt_jax._core.absent import unboxed
from lropt_jax._core.accumulators import average, divide, square, times, wide, zeros
from lropt_jax._core.decay import as_decay
from lropt_jax._core.kinds import Average, Epsilon, LearningRate, Limit, Size, Strength, WeightDecay
from lropt_jax._core.lifting import lift
from lropt_jax._core.magnitudes import rms
from lropt_jax._core.momentum import after_rate
from lropt_jax._core.numbers import real, value_at
from lropt_jax._core.refusal import Refused, needed
from lropt_jax._core.slots import Others
from lropt_jax.optimizers._factored import Factored, factored, moved, roots
from lropt_jax.optimizers.descent import Direction, descent


class AdafactorState(NamedTuple):
    """State of `adafactor`."""

    count: jax.Array  # type: ignore[assignment]
    learning_rate: jax.Array
    rate: chex.ArrayTree
    mu: Others | None
    nu: Factored


@lift
def adafactor(
    learning_rate: LearningRate,
    *,
    b1: Average | None = None,
    rate_in_momentum: bool = False,
    decay_exponent: Strength = 0.8,
    eps: Epsilon = 1e-30,
    eps_as_floor: bool = False,
    clip_threshold: Limit | None = 1.0,
    parameter_scale: bool = True,
    min_scale: Strength = 1e-3,
    min_dim_size_to_factor: Size = 128,
    factored_axes: Literal["longest", "last"] = "longest",
    weight_decay: WeightDecay | None = None,
    scale_decay: bool = False,
) -> optax.GradientTransformationExtraArgs:
    """Adafactor: Adam's division by the recent size of the gradients, for the memory of a row and a column.

    With `share = t^-decay_exponent`, `t = 1, 2, ...`, `nu <- (1 - share) * nu + share * (g^2 + eps)`. For a matrix only
    the means of `nu` along its rows and along its columns are kept, and `nu = row * col / mean(row)`. Then
    `u = g / sqrt(nu)`, `u <- u / max(1, RMS(u) / clip_threshold)`, and the direction is `max(min_scale, RMS(p)) * u`.
    RMS is the root mean square of one leaf (Shazeer and Stern 2018, arXiv:1804.04235, algorithms 4 and 5).

    Choose it if Adam's second moment does not fit into memory. The rate is a share of the parameters' own size. The
    paper takes `power(1e-2, 10_000, exponent=0.5)`, which is `min(1e-2, 1 / sqrt(t))`, or with a warmup
    `inverse_sqrt(1e-2, 10_000)`, which is `min(1e-6 t, 1 / sqrt(t))`.

    Args:
        learning_rate: A number >= 0, a schedule or a `Rate`: the relative step size.
        b1: Decay of a moving average `mu` of the directions, in [0, 1), or a schedule. None: no momentum.
        rate_in_momentum: Average the directions times their rates, as Optax and transformers do. False: the present
            rate multiplies the average, so a change of the rate acts at once.
        decay_exponent: How fast the average of squares gets longer, >= 0, or a schedule.
        eps: Added to the squared gradients, >= 0, or a schedule.
        eps_as_floor: Add nothing to the squares, and keep `sqrt(nu)` and `mean(row)` at `eps` or above.
        clip_threshold: Largest root mean square of `u`, > 0, or a schedule. None: unlimited.
        parameter_scale: Multiply by the parameters' size. False: rates are absolute, about as large as Adam's.
        min_scale: Least size of parameters that counts, >= 0, or a schedule. It lets parameters leave 0.
        min_dim_size_to_factor: A leaf is kept by rows and columns if two of its axes are at least this long, a whole
            number >= 1. Every index of its other axes has rows and columns of its own.
        factored_axes: Which two axes: the "longest", as in Optax, the last of equal ones; or the "last", as in PyTorch
            and transformers.
        weight_decay: Strength, >= 0, a schedule, or `decay(...)` with a mask or another `goes_with`. None: no decay.
        scale_decay: Multiply the decay by `max(min_scale, RMS(p))` too. Then the decay must go with the rate.

    Returns:
        An optimizer; `update` needs `params` for their scale and for decay. State: `count`, `learning_rate`, `rate`,
        `mu` (None without `b1`), and `nu` with the trees `whole`, `row` and `col`; a leaf stands in `whole`, or in
        `row` and `col`, and is None elsewhere. Memory, float32: `m + n` for a leaf (m, n) by rows and columns, 1 x
        params for any other; with `b1` 1 x params more.

    Raises:
        ValueError: A number is outside its range, or `update` is called without the `params` that it needs.

    The defaults are the paper's, but the paper, PyTorch and transformers keep every matrix by rows and columns:
    `min_dim_size_to_factor=1`. PyTorch's `Adafactor(lr)` is `power(lr, lr**-2, exponent=0.5)` with `eps_as_floor=True`
    and the dtype's epsilon as `eps`. transformers is `scale_decay=True`. The decay of `optax.adafactor` goes with
    "nothing".

    Example:
        >>> import jax.numpy as jnp
        >>> tx, params = adafactor(0.1), jnp.array([3.0, -3.0])
        >>> updates, state = tx.update(jnp.array([1e-3, -2.0]), tx.init(params), params)
        >>> updates.round(3)
        Array([-0.3,  0.3], dtype=float32)
    """
    decay = as_decay(weight_decay)

    def sized(leaf: ArrayLike, p: ArrayLike, count: jax.Array) -> jax.Array:
        return times(jnp.maximum(rms(p), value_at(min_scale, count)), wide(leaf))

    def averaged(steps: optax.Updates, state: AdafactorState, count: jax.Array) -> tuple:
        mu = jax.tree.map(lambda m, u: average(m, u, value_at(b1, count)), state.mu, steps)  # type: ignore[arg-type]
        return mu, state._replace(mu=mu)

    def init(params: optax.Params) -> dict:
        nu = factored(jax.tree.map(square, zeros(params)), min_dim_size_to_factor, factored_axes)
        return {"mu": None if b1 is None else zeros(params), "nu": nu}

    def apply(grads: optax.Updates, state: AdafactorState, params: optax.Params | None) -> tuple:
        share = real(optax.safe_increment(state.count)) ** -value_at(decay_exponent, state.count)
        added, floor = (real(0), value_at(eps, state.count)) if eps_as_floor else (value_at(eps, state.count), real(0))
        squares = jax.tree.map(lambda s: s + added.astype(s.dtype), jax.tree.map(square, grads))
        nu = moved(state.nu, squares, share, min_dim_size_to_factor, factored_axes)
        towards = jax.tree.map(lambda g, size: divide(wide(g), size), grads, roots(grads, nu, floor, factored_axes))
        if clip_threshold is not None:
            top = value_at(clip_threshold, state.count)
            towards = jax.tree.map(lambda u: times(1 / jnp.maximum(1, rms(u) / top), u), towards)
        if parameter_scale:
            towards = jax.tree.map(lambda u, p: sized(u, p, state.count), towards, needed(params, "for their scale"))
        state = state._replace(nu=unboxed(nu))
        return (towards, state) if b1 is None or rate_in_momentum else averaged(towards, state, state.count)

    def then(steps: optax.Updates, state: AdafactorState, count: jax.Array, params: optax.Params | None) -> tuple:
        if b1 is not None and rate_in_momentum:
            steps, state = averaged(steps, state, count)
        if scale_decay:
            sizes = jax.tree.map(lambda p: sized(p, p, count), params)
            steps = decay.of_updates(steps, sizes, count, state.learning_rate)
        return steps, state

    plain = descent(Direction(AdafactorState, init, apply), learning_rate)
    return after_rate(plain, then, None if scale_decay else decay)


@adafactor.requires
def _(weight_decay: WeightDecay | None, scale_decay: bool) -> None:
    coupling = as_decay(weight_decay).goes_with
    if scale_decay and coupling != "rate":
        raise Refused(f"weight_decay must go with the rate when scale_decay is True, got {coupling!r}.")
