"""Warmup, stable, decay, compared with transformers 5.23.0."""

from typing import Literal, TypeAlias

import jax
import jax.numpy as jnp
import optax
from jax.typing import ArrayLike

from lropt_jax._core.curves import half_cosine
from lropt_jax._core.ends import with_end
from lropt_jax._core.kinds import Fraction, Height, NonNegative, Steps, StepsFromZero
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import before, count, minus, plus, progress, real, remaining
from lropt_jax._core.refusal import Refused
from lropt_jax._core.relations import at_least
from lropt_jax.compat.transformers.cosines import waves

Shape: TypeAlias = Literal["linear", "cosine", "1-sqrt"]


@lift
def get_wsd_schedule(
    base_lr: Height,
    num_warmup_steps: StepsFromZero,
    num_decay_steps: StepsFromZero,
    num_training_steps: Steps | None = None,
    num_stable_steps: StepsFromZero | None = None,
    warmup_type: Shape = "linear",
    decay_type: Shape = "cosine",
    min_lr_ratio: Fraction = 0,
    num_cycles: NonNegative = 0.5,
) -> optax.Schedule:
    """Rise from a least rate, stay, fall back to the least rate, and stay there.

    `base_lr (m + (1 - m) h)` with `m = min_lr_ratio`, where `h` goes from 0 to 1 over the warmup, is 1 while stable,
    and falls to 0 over the decay, both as

    * linear: `h(u) = u`, falling `1 - u`
    * cosine: `(1 - cos(pi u)) / 2`, falling `(1 + cos(2 pi num_cycles u)) / 2`
    * 1-sqrt: `1 - sqrt(1 - u)`, falling `1 - sqrt(u)`

    The rise begins at the least rate, not at 0. Where warmup and decay together are longer than `num_training_steps`,
    the rate jumps from the end of the warmup into the middle of the decay. A cosine decay ends in a jump unless
    `num_cycles` is half an odd number.

    Args:
        base_lr: The optimizer's rate, >= 0.
        num_warmup_steps: Length of the rise, >= 0.
        num_decay_steps: Length of the fall, >= 0.
        num_training_steps: Length of the run, > 0 and >= `num_warmup_steps`. None: warmup, stable steps and decay make
            the run. With `num_stable_steps` it has no effect.
        num_stable_steps: Steps between rise and fall, >= 0. None: what the run leaves for them.
        warmup_type: "linear", "cosine" or "1-sqrt": the shape of the rise.
        decay_type: "linear", "cosine" or "1-sqrt": the shape of the fall.
        min_lr_ratio: The least rate over `base_lr`, in [0, 1].
        num_cycles: Waves in a decay that is a cosine, >= 0.

    Returns:
        A schedule.

    Raises:
        ValueError: An argument is outside its range, or neither `num_training_steps` nor `num_stable_steps` is given.

    Example:
        >>> import jax.numpy as jnp
        >>> get_wsd_schedule(1.0, 2, 4, 8, decay_type="linear")(jnp.arange(9))
        Array([0.  , 0.5 , 1.  , 1.  , 1.  , 0.75, 0.5 , 0.25, 0.  ], dtype=float32)
    """
    end: ArrayLike = num_training_steps  # type: ignore[assignment]
    if num_stable_steps is not None:
        end = plus(plus(num_warmup_steps, num_stable_steps), num_decay_steps)

    def schedule(step: ArrayLike) -> jax.Array:
        to_rise = jnp.maximum(count(num_warmup_steps), 1)
        warmed_up = _rise(warmup_type, progress(step, to_rise), remaining(step, to_rise))
        left = jnp.maximum(minus(end, step), 0)
        time, to_fall = jnp.maximum(minus(num_decay_steps, left), 0), jnp.maximum(count(num_decay_steps), 1)
        if decay_type == "cosine":
            fallen = waves(minus(to_fall, time), to_fall, num_cycles)
        else:
            fallen = _rise(decay_type, remaining(time, to_fall), progress(time, to_fall))
        height = jnp.where(before(step, num_warmup_steps), warmed_up, jnp.where(left > 0, fallen, 0))
        return real(base_lr) * (real(min_lr_ratio) + (1 - real(min_lr_ratio)) * height)

    return with_end(schedule, end)


@get_wsd_schedule.requires
def _(
    num_warmup_steps: StepsFromZero, num_training_steps: Steps | None, num_stable_steps: StepsFromZero | None
) -> None:
    if num_stable_steps is not None:
        return
    if num_training_steps is None:
        raise Refused("num_training_steps or num_stable_steps must be given, got neither.")
    at_least(num_warmup_steps, "num_warmup_steps", num_training_steps=num_training_steps)


def _rise(shape: str, done: jax.Array, left: jax.Array) -> jax.Array:
    """From 0 where nothing is done to 1 where nothing is left, exact near 0. Both arguments are in [0, 1]."""
    if shape == "cosine":
        return half_cosine(done)
    if shape == "linear":
        return done
    some = left > 0
    return done / (1 + jnp.where(some, jnp.sqrt(jnp.where(some, left, 1)), 0))
