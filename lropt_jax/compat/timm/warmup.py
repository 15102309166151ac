"""The rise that every scheduler of timm can begin with, and what they all refuse."""

from typing import Any

import jax
import jax.numpy as jnp
import optax
from jax.typing import ArrayLike

from lropt_jax._core.ends import end_of, with_end
from lropt_jax._core.kinds import Height, StepsFromZero
from lropt_jax._core.numbers import minus, plus, progress, real
from lropt_jax._core.refusal import Refused


def without_noise(noise_range_t: Any) -> None:
    """Refuse noise: only PyTorch's generator can reproduce it."""
    if noise_range_t is not None:
        raise Refused(f"noise_range_t must be None, because PyTorch draws the noise, got {noise_range_t}.")


def warmed(
    curve: optax.Schedule,
    base_lr: Height,
    warmup_t: StepsFromZero,
    warmup_lr_init: Height,
    warmup_prefix: bool,
    top: Height,
) -> optax.Schedule:
    """A straight line to `top`, and from `warmup_t` on the curve: from its own step 0 with `warmup_prefix`.

    Without a warmup, update 0 has the rate `base_lr` of the optimizer: timm does not evaluate the curve for it.
    """

    def schedule(step: ArrayLike) -> jax.Array:
        step = jnp.asarray(step)
        share = progress(step, jnp.where(jnp.asarray(warmup_t) > 0, warmup_t, 1))
        rise = real(warmup_lr_init) * (1 - share) + real(top) * share
        since = jnp.maximum(minus(step, warmup_t), 0) if warmup_prefix else step
        return jnp.where(step < warmup_t, rise, jnp.where(step > 0, curve(since), real(base_lr)))

    end = end_of(curve)
    if end is not None:
        end = plus(end, warmup_t) if warmup_prefix else jnp.maximum(end, warmup_t)
    return with_end(schedule, end)
