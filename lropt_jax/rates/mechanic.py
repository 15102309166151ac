"""A scale of the whole path from the start, learned by betting on its slope."""

from collections.abc import Sequence
from typing import Annotated, NamedTuple

import jax
import jax.numpy as jnp
import optax
from jax.typing import ArrayLike
from typing_extensions import TypeAliasType

from lropt_jax._core.accumulators import divide, square_root, times, zeros
from lropt_jax._core.kinds import AnySchedule, NonNegative, Positive, unit
from lropt_jax._core.lifting import lift
from lropt_jax._core.magnitudes import added, largest
from lropt_jax._core.numbers import real, value_at
from lropt_jax._core.rate import Rate, Reading
from lropt_jax._core.refusal import Refused
from lropt_jax._core.vectors import dot, norm

Averages = TypeAliasType("Averages", Annotated[Sequence[ArrayLike], unit, "decays, one after another"])


class MechanicState(NamedTuple):
    """State of `mechanic`."""

    delta: optax.Updates
    r: jax.Array
    m: jax.Array
    v: jax.Array
    s: jax.Array


@lift
def mechanic(
    base: AnySchedule = 1.0,
    *,
    betas: Averages = (0.9, 0.99, 0.999, 0.9999, 0.99999, 0.999999),
    s_init: Positive = 1e-8,
    weight_decay: NonNegative | None = 1e-2,
    eps: NonNegative = 1e-8,
    clip: bool = False,
) -> Rate:
    """Mechanic: learn the one number that a schedule is to be multiplied by, and apply it to all steps made so far.

    With `delta`, the sum of all `base * direction`, the parameters are `x = x_0 - S * delta`. `S` is the sum of several
    scales `s`, one for each `beta`. The slope of the loss along the path is
    `h = <delta, g + weight_decay * S * |g| * x / |x|>`, and elementwise in `beta`,

        m <- max(beta * m, |h|),  v <- beta^2 * v + h^2,  r <- max(0, beta * r + s * h),
        s <- (s_init / n * m + r) / (sqrt(v) + eps)

    where `n` is the number of the `betas` (Cutkosky, Defazio and Mehta 2023, arXiv:2306.00144, algorithm 1). The rate
    is `S * base`. A second term of the update, `-(S after - S before) * delta`, gives the earlier steps the new scale.

    Choose it where you know the shape of the schedule but not its height: `lion(mechanic())`,
    `adam(mechanic(cosine(1.0, steps)))`. It does not replace the schedule. Do not choose it for directions of a fixed
    length, such as those of `lars` and `lamb`. It starts slowly: a step at most doubles the scale.

    Args:
        base: A number >= 0, or a schedule. Its height matters at the start only, where the scale is `s_init`.
        betas: How slowly the scales forget, each in [0, 1]; at least one.
        s_init: The sum of the scales at the start, > 0.
        weight_decay: Strength of the pull towards 0 in the estimated slope, >= 0. It decays no parameter. None: off.
        eps: Added to the root, >= 0.
        clip: Limit each `h` to the largest `|h|` before it. The authors added this later.

    Returns:
        A rate that revises earlier steps; `update` needs `params` for `weight_decay`. State: `delta`; `r`,
        `m`, `v`, `s`, one number for each of the `betas`. Memory: 1 x params, float32.

    Raises:
        ValueError: A number is outside its range, or there are no `betas`.

    It follows the paper, with `|h|` as in the authors' program. That program differs in two points: it takes `x` after
    the step of the base, and `m` begins at 1e-6. The decoupled decay of an optimizer is not part of `delta` here: the
    rate of its own time multiplies it, and no later one. `optax.contrib.mechanize` is `clip=True, s_init=1e-6`, but its
    `r` can stay below 0, and it computes `delta` by a division by `S + eps`. The first gradient only gives the path its
    direction: the parameters move from the second update on, with `clip` from the first.

    Example:
        >>> import jax.numpy as jnp
        >>> from lropt_jax import learning_rate
        >>> from lropt_jax.optimizers import sgd
        >>> tx, x = sgd(mechanic(s_init=0.01)), jnp.array([1.0])
        >>> state = tx.init(x)
        >>> for _ in range(10):
        ...     updates, state = tx.update(x, state, x)
        ...     x = x + updates
        >>> print(f"{x[0]:.3f} at a rate of {learning_rate(state):.3f}")
        0.005 at a rate of 0.139
    """
    share, small = real(s_init) / len(betas), real(eps)

    def init(params: optax.Params) -> tuple[jax.Array, MechanicState]:
        scales = [jnp.full(len(betas), start, real(0).dtype) for start in (0, 0, 0, share)]
        state = MechanicState(zeros(params), *scales)
        return jnp.sum(state.s) * value_at(base, 0), state

    def slope(state: MechanicState, reading: Reading) -> jax.Array:
        along = dot(state.delta, reading.grads)
        if weight_decay is None:
            return along
        params = reading.need("params")
        length, steepness = norm(params), norm(reading.grads)
        pull = real(weight_decay) * jnp.sum(state.s) * steepness
        return along + divide(pull * dot(state.delta, params), length)

    def next_rate(state: MechanicState, reading: Reading) -> tuple[jax.Array, MechanicState]:
        most = largest(real(0)) ** 0.46  # its square is finite
        h, now = jnp.clip(slope(state, reading), -most, most), value_at(base, reading.count)
        keep = real(jnp.stack([real(beta) for beta in betas]))
        won = jnp.clip(h, -state.m, state.m) if clip else h
        m = jnp.maximum(keep * state.m, jnp.abs(h) + (small if clip else 0))
        v = added(keep**2 * state.v, h**2)
        r = jnp.maximum(keep * state.r + state.s * won, 0)
        s = divide(share * m + r, square_root(v) + small)
        delta = jax.tree.map(lambda path, d: path + times(now, d), state.delta, reading.direction)
        return jnp.sum(s) * now, MechanicState(delta, r, m, v, s)

    def revise(before: MechanicState, after: MechanicState) -> optax.Updates:
        back = jnp.sum(before.s) - jnp.sum(after.s)
        return jax.tree.map(lambda path: times(back, path), before.delta)

    return Rate(init, next_rate, revise)


@mechanic.requires
def _(betas: Averages) -> None:
    if not len(betas):
        raise Refused("betas must be at least one, got none.")
