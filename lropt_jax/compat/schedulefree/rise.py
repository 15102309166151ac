"""What the optimizers of schedulefree have in common: their warmup."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from lropt_jax._core.kinds import PortedRate, StepsFromZero
from lropt_jax._core.numbers import plus, progress
from lropt_jax.schedules import product


def rising(lr: PortedRate, warmup_steps: StepsFromZero) -> PortedRate:
    """The rate, times `(t + 1) / warmup_steps` until that is 1."""

    def rise(step: ArrayLike) -> jax.Array:
        return progress(plus(step, 1), jnp.maximum(jnp.asarray(warmup_steps), 1))

    return product(lr, rise)
