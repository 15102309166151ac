"""How far to trust a second moment that rests on few gradients."""

import jax
import jax.numpy as jnp

from lropt_jax._core.numbers import real


def rectifier(decay: jax.Array, made: jax.Array, threshold: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Whether the average behind a second moment is long enough to divide by it, and what to multiply by then.

    With `l = (1 + b2) / (1 - b2)` and the length of the average so far `l_t = l - 2 t b2^t / (1 - b2^t)`, it is long
    enough above a `threshold` >= 4, and the factor is `sqrt((l_t - 4) (l_t - 2) l / ((l - 4) (l - 2) l_t))` (Liu et al.
    2020, arXiv:1908.03265, algorithm 2); where it is not, the factor is 1.
    """
    length, limit = _length(decay, made), 2 / (1 - decay) - 1
    enough = length > threshold
    length, limit = jnp.where(enough, length, 5), jnp.where(enough, limit, 5)
    return enough, jnp.sqrt((length - 4) * (length - 2) * limit / ((limit - 4) * (limit - 2) * length))


def _length(decay: jax.Array, made: jax.Array) -> jax.Array:
    """`2 / (1 - b) - 1 - 2 t b^t / (1 - b^t)`; its start, `t` and a little less, would be lost in the difference."""
    fall, t = -jnp.log(jnp.maximum(decay, jnp.finfo(decay.dtype).tiny)), real(made)
    early = fall * t < 0.03
    near, far = jnp.where(early, fall, 0), jnp.where(early, 1, fall)
    series = t - (t**2 - 1) * near / 6 + (t**4 - 1) * near**3 / 360
    return jnp.where(early, series, 1 + 2 / jnp.expm1(far) - 2 * t / jnp.expm1(jnp.minimum(far * t, 80)))
