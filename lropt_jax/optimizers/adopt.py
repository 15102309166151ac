"""ADOPT: Adam whose second moment does not know the gradient that it divides."""

from typing import NamedTuple

import chex
import jax
import jax.numpy as jnp
import optax
from jax.typing import ArrayLike

from lropt_jax._core.accumulators import average, divide, full, root, square, wide, zeros
from lropt_jax._core.kinds import Average, Epsilon, LearningRate, Limit, Strength, WeightDecay
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import real, value_at
from lropt_jax._core.relations import absent
from lropt_jax._core.slots import Others, Squares
from lropt_jax.optimizers.descent import Direction, descent


class AdoptState(NamedTuple):
    """State of `adopt`."""

    count: jax.Array  # type: ignore[assignment]
    learning_rate: jax.Array
    rate: chex.ArrayTree
    mu: Others
    nu: Squares


@lift(elementwise=True)
def adopt(
    learning_rate: LearningRate,
    *,
    b1: Average = 0.9,
    b2: Average = 0.9999,
    eps: Epsilon = 1e-6,
    clip: Limit | None = None,
    clip_growth: Strength | None = None,
    weight_decay: WeightDecay | None = None,
) -> optax.GradientTransformationExtraArgs:
    """ADOPT: Adam that converges with any `b2`, as it divides each gradient by the size of those before it.

    The first gradient sets `nu = g^2` and moves nothing. After that the direction is
    `mu <- b1 * mu + (1 - b1) * g / max(sqrt(nu), eps)`, and then `nu <- b2 * nu + (1 - b2) * g^2` (Taniguchi et al.
    2024, arXiv:2411.02853; the clipped form since its second version). Then
    `params <- params - rate * (direction + weight_decay * params)`.

    Choose it for rare, large gradients or small batches: with these, Adam with a small `b2` may go the wrong way. If a
    first gradient is near 0, as below a last layer that starts at 0, the next direction is huge: set `clip`, or begin
    with a warmup.

    Args:
        learning_rate: A number >= 0, a schedule or a `Rate`.
        b1: Decay of `mu`, in [0, 1), or a schedule.
        b2: Decay of `nu`, in [0, 1), or a schedule.
        eps: The smallest divisor, >= 0, or a schedule.
        clip: The largest absolute value of a divided gradient, > 0, or a schedule. None: unlimited.
        clip_growth: After `t` updates, `clip` is multiplied by `t^clip_growth`, >= 0, or a schedule. None: no growth.
        weight_decay: Strength, >= 0, a schedule, or `decay(...)` with a mask or another `goes_with`. None: no decay.

    Returns:
        An optimizer; `update` needs `params` for `weight_decay`. State: `count`, `learning_rate`, `rate`, `mu`, `nu`.
        Memory: 2 x params, float32.

    Raises:
        ValueError: A number is outside its range, `clip_growth` is given without `clip`, or `update` is called without
            the `params` that it needs.

    The default of `optax.contrib.adopt` and of the authors' program is `clip=1.0, clip_growth=0.25`. That clip spoils
    what the method is for: a gradient `k` times the usual one, once in `k` steps, counts in full only after `k^4`
    steps, and until then a small `b2` leads away from the minimum. The first step decays the parameters, but moves
    nothing else.

    Example:
        >>> import jax.numpy as jnp
        >>> tx, grads = adopt(0.1, b1=0.0), jnp.array([1e-3, -2.0])
        >>> updates, state = tx.update(grads, tx.init(jnp.zeros(2)))
        >>> updates, state = tx.update(2 * grads, state)
        >>> updates
        Array([-0.2,  0.2], dtype=float32)
    """

    def clipped(divided: jax.Array, count: jax.Array) -> jax.Array:
        if clip is None:
            return divided
        bound = value_at(clip, count)
        if clip_growth is not None:
            bound = bound * jnp.maximum(real(count), 1) ** value_at(clip_growth, count)
        return jnp.clip(divided, -bound.astype(divided.dtype), bound.astype(divided.dtype))

    def init(params: optax.Params) -> dict:
        return {"mu": zeros(params), "nu": full(params, real(0))}

    def apply(grads: optax.Updates, state: AdoptState, params: optax.Params | None) -> tuple:
        keep, decay, least = (value_at(number, state.count) for number in (b1, b2, eps))
        begun = state.count > 0

        def mean(m: jax.Array, v: jax.Array, g: ArrayLike) -> jax.Array:
            size = jnp.where(v > 0, root(v, real(0), eps_in_sqrt=False), 0)
            size = jnp.maximum(size, least.astype(v.dtype))
            return jnp.where(begun, average(m, clipped(divide(wide(g), size), state.count), keep), m)

        mu = jax.tree.map(mean, state.mu, state.nu, grads)
        nu = jax.tree.map(lambda v, g: jnp.where(begun, average(v, square(g), decay), square(g)), state.nu, grads)
        return mu, state._replace(mu=mu, nu=nu)

    direction = Direction(AdoptState, init, apply)
    return descent(direction, learning_rate, weight_decay=weight_decay)


@adopt.requires
def _(clip: Limit | None, clip_growth: Strength | None) -> None:
    if clip is None:
        absent("clip", clip_growth=clip_growth)
