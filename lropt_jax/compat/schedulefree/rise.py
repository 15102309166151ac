"""What the optimizers of schedulefree have in common: their warmup, and how their average is checked."""

from typing import Any

import jax
import jax.numpy as jnp
import optax
from jax.typing import ArrayLike

from lropt_jax._core import checks
from lropt_jax._core.numbers import plus, progress
from lropt_jax.schedules import product


def rising(lr: optax.ScalarOrSchedule, warmup_steps: ArrayLike) -> optax.ScalarOrSchedule:
    """The rate, times `(t + 1) / warmup_steps` until that is 1."""

    def rise(step: ArrayLike) -> jax.Array:
        return progress(plus(step, 1), jnp.maximum(jnp.asarray(warmup_steps), 1))

    return product(lr, rise)


def check_average(owner: str, b1: dict[str, Any], **numbers: Any) -> None:
    """Refuse a place of `y` that is not between `z` and `x`, and weights and warmups below 0."""
    checks.schedulable(checks.fraction, owner, **b1)
    checks.nonnegative(owner, **numbers)
