"""The straight rise from 0 that most schedules of Hugging Face transformers begin with."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import optax
from jax.typing import ArrayLike

from lropt_jax._core import rises
from lropt_jax._core.ends import with_end
from lropt_jax._core.numbers import minus, real


def decay_steps(num_warmup_steps: ArrayLike, num_training_steps: ArrayLike) -> jax.Array:
    """The steps after the warmup, at least 1, as in the library."""
    return jnp.maximum(minus(num_training_steps, num_warmup_steps), 1)


def risen(
    base_lr: ArrayLike,
    num_warmup_steps: ArrayLike,
    factor: Callable[[jax.Array], jax.Array],
    end: ArrayLike | None = None,
) -> optax.Schedule:
    """`base_lr t / num_warmup_steps` during the warmup, then `base_lr` times a factor of the steps after it."""

    def curve(time: jax.Array) -> jax.Array:
        return real(base_lr) * factor(time)

    return with_end(rises.with_rise(curve, 0.0, base_lr, num_warmup_steps), end)
