"""A scale of the whole path from the start, learned by betting on its slope."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import optax
from jax.typing import ArrayLike

from lropt_jax._core import checks
from lropt_jax._core.accumulators import divide, square_root, times, zeros
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import at, real
from lropt_jax._core.rate import Rate, Reading
from lropt_jax._core.vectors import dot, norm


class MechanicState(NamedTuple):
    """State of `mechanic`."""

    delta: optax.Updates
    r: jax.Array
    m: jax.Array
    v: jax.Array
    s: jax.Array


@lift
def mechanic(
    base: optax.ScalarOrSchedule = 1.0,
    *,
    betas: tuple[ArrayLike, ...] = (0.9, 0.99, 0.999, 0.9999, 0.99999, 0.999999),
    s_init: ArrayLike = 1e-8,
    weight_decay: ArrayLike | None = 1e-2,
    eps: ArrayLike = 1e-8,
    clip: bool = False,
) -> Rate:
    """Mechanic: learn the one number that a schedule is to be multiplied by, and apply it to all steps made so far.

    With `delta`, the sum of all `base * direction`, the parameters are `x = x_0 - S * delta`, where `S` is the sum of
    several scales `s`, one for each `beta`. With `h = <delta, g + weight_decay * S * |g| * x / |x|>`, the slope of the
    loss along the path, and elementwise in `beta`,

        m <- max(beta * m, |h|),  v <- beta^2 * v + h^2,  r <- max(0, beta * r + s * h),
        s <- (s_init / n * m + r) / (sqrt(v) + eps)

    (Cutkosky, Defazio and Mehta 2023, arXiv:2306.00144, algorithm 1). The rate is `S * base`; that earlier steps
    change their scale with it is a second term of the update, `-(S after - S before) * delta`.

    Choose it where the schedule's shape is known but not its height: `lion(mechanic())`,
    `adam(mechanic(cosine(1.0, steps)))`. A schedule is still needed. It is not for directions of a fixed length such as
    those of `lars` and `lamb`. It starts slowly: at a step the scale doubles at most.

    Args:
        base: A number >= 0, or a schedule. Its height matters at the start alone, where the scale is `s_init`.
        betas: How slowly the scales forget, each in [0, 1]; at least one.
        s_init: What the scales sum to at the start, > 0.
        weight_decay: How much a way away from 0 speaks against the path, >= 0. It decays no parameter. None: not.
        eps: Added to the root, >= 0.
        clip: Let no `h` count for more than the largest before it: what the authors added later.

    Returns:
        A rate that revises earlier steps; it needs `params` at each update, for `weight_decay`. State: `delta`; `r`,
        `m`, `v`, `s`, each of the length of `betas`. Memory: 1 x params, float32.

    Raises:
        ValueError: A number is outside its range, or there are no `betas`.

    As in the paper, with `|h|` as in the authors' program, which differs by taking `x` after the step of the base and
    by `m = 1e-6` at the start. The decoupled decay of an optimizer stays outside of `delta` here: it is multiplied by
    the rate of its time, and by that only. `optax.contrib.mechanize` is `clip=True, s_init=1e-6`, but its `r` may stay
    below 0 and it finds `delta` by a division by `S + eps`. The first gradient only tells where to go: the parameters
    move from the second update on, with `clip` from the first.

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
    checks.schedulable(checks.nonnegative, "mechanic", base=base)
    if not betas:
        raise ValueError("mechanic: betas must be at least one, got none.")
    checks.fraction("mechanic", betas=betas)
    checks.positive("mechanic", s_init=s_init)
    checks.nonnegative("mechanic", eps=eps)
    if weight_decay is not None:
        checks.nonnegative("mechanic", weight_decay=weight_decay)
    share, small = real(s_init) / len(betas), real(eps)

    def init(params: optax.Params) -> tuple[jax.Array, MechanicState]:
        scales = [jnp.full(len(betas), start, real(0).dtype) for start in (0, 0, 0, share)]
        state = MechanicState(zeros(params), *scales)
        return jnp.sum(state.s) * at(base, 0), state

    def slope(state: MechanicState, reading: Reading) -> jax.Array:
        along = dot(state.delta, reading.grads)
        if weight_decay is None:
            return along
        params = reading.need("params")
        length, steepness = norm(params), norm(reading.grads)
        pull = real(weight_decay) * jnp.sum(state.s) * steepness
        return along + divide(pull * dot(state.delta, params), length)

    def next_rate(state: MechanicState, reading: Reading) -> tuple[jax.Array, MechanicState]:
        h, keep, now = slope(state, reading), real(jnp.stack([real(beta) for beta in betas])), at(base, reading.count)
        won = jnp.clip(h, -state.m, state.m) if clip else h
        m = jnp.maximum(keep * state.m, jnp.abs(h) + (small if clip else 0))
        v = keep**2 * state.v + h**2
        r = jnp.maximum(keep * state.r + state.s * won, 0)
        s = divide(share * m + r, square_root(v) + small)
        delta = jax.tree.map(lambda path, d: path + times(now, d), state.delta, reading.direction)
        return jnp.sum(s) * now, MechanicState(delta, r, m, v, s)

    def revise(before: MechanicState, after: MechanicState) -> optax.Updates:
        back = jnp.sum(before.s) - jnp.sum(after.s)
        return jax.tree.map(lambda path: times(back, path), before.delta)

    return Rate(init, next_rate, revise)
