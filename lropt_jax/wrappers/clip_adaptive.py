"""Limit the gradients of every unit to a share of its weights."""

import jax
import jax.numpy as jnp
import optax

from lropt_jax._core.accumulators import precisely, times
from lropt_jax._core.kinds import Limit, SteadyOptimizer
from lropt_jax._core.lifting import lift
from lropt_jax._core.magnitudes import lengths
from lropt_jax._core.numbers import value_at
from lropt_jax._core.refusal import Refused, needed
from lropt_jax._core.wrapping import before, like


@lift
def clip_adaptive(
    optimizer: SteadyOptimizer, max_ratio: Limit = 0.01, *, eps: Limit = 1e-3
) -> optax.GradientTransformationExtraArgs:
    """Shorten the gradients of a unit to `max_ratio` times the length of its weights, where they are longer.

    `g * min(1, max_ratio * max(|w|, eps) / |g|)`. The norms are over the weights that lead into one output unit (Brock
    et al. 2021, arXiv:2102.06171, equation 3).

    Choose it for networks without normalisation, at large batches. The authors do not clip the last layer: `groups`
    can leave it out.

    Args:
        optimizer: Any, of this library or of Optax.
        max_ratio: The largest length of a gradient in lengths of the weights, > 0, or a schedule. The authors take 0.01
            to 0.16, less for larger batches.
        eps: The smallest length of weights that counts, > 0, or a schedule. It lets weights leave 0.

    Returns:
        An optimizer; `update` needs `params`. State: `count`, updates made, () int32; `inner`. Memory: nothing.

    Raises:
        TypeError: `optimizer` is not a gradient transformation.
        ValueError: A number is outside its range, `update` is called without `params`, or a leaf has more than five
            axes.

    It is `optax.adaptive_grad_clip`, and works in float32 on bf16 and f16 too. Kernels are (in, out) or (height, width,
    in, out), and a vector counts as one unit.

    Example:
        >>> import jax.numpy as jnp
        >>> from lropt_jax.optimizers import sgd
        >>> tx, params = clip_adaptive(sgd(1.0), max_ratio=0.5), jnp.array([3.0, 4.0])
        >>> tx.update(jnp.array([6.0, 8.0]), tx.init(params), params)[0]
        Array([-1.5, -2. ], dtype=float32)
    """

    def shortened(grads: optax.Updates, params: optax.Params | None, count: jax.Array) -> optax.Updates:
        ratio, least = value_at(max_ratio, count), value_at(eps, count)

        def short(g: jax.Array, w: jax.Array) -> jax.Array:
            size, limit = _lengths(g), ratio * jnp.maximum(_lengths(w), least)
            down = jnp.where(size > jnp.maximum(limit, 2.0**96), 2.0**-64, 1)  # else the share may be 0 in float32
            share = jnp.where(size < limit, 1, limit / jnp.maximum(size * down, 1e-6))  # never that small: no 0 below
            return times(share, g * down)

        clipped = jax.tree.map(short, precisely(grads), precisely(needed(params)))
        return like(clipped, grads)  # under x64 the limits are wider than the gradients

    return before(optimizer, shortened)


def _lengths(leaf: jax.Array) -> jax.Array:
    """The length of the weights of each unit, with axes of length 1 in the place of those that lead into it."""
    if leaf.ndim > 5:
        raise Refused(f"parameters must have at most 5 axes, got an array of the shape {leaf.shape}.")
    into = 0 if leaf.ndim in (2, 3) else tuple(range(leaf.ndim - 1))
    return lengths(leaf, None if jnp.squeeze(leaf).ndim < 2 else into)
