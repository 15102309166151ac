"""Cosines, compared with Keras 3.15.1."""

import jax
import optax
from jax.typing import ArrayLike

from lropt_jax._core.curves import half_cosine
from lropt_jax._core.kinds import AtLeastOne, Fraction, Height, Positive, Steps, StepsFromZero
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import raised, real
from lropt_jax._core.periods import period
from lropt_jax._core.rises import with_rise
from lropt_jax.schedules import cosine


@lift
def CosineDecay(
    initial_learning_rate: Height,
    decay_steps: Steps,
    alpha: Fraction = 0.0,
    warmup_target: Height | None = None,
    warmup_steps: StepsFromZero = 0,
) -> optax.Schedule:
    """Fall along half a cosine over `decay_steps`, then stay; before it, if there is a target, rise to that.

    `peak (alpha + (1 - alpha) (1 + cos(pi min(t / decay_steps, 1))) / 2)` with `peak = initial_learning_rate`. With a
    `warmup_target` the rate first goes straight from `initial_learning_rate` to it over `warmup_steps`, and the fall
    begins there. Keras does not count `warmup_steps` in `decay_steps`; Optax does. Without a target, `warmup_steps` has
    no effect.

    Args:
        initial_learning_rate: The rate at step 0, >= 0.
        decay_steps: Length of the fall, > 0.
        alpha: The last rate as a share of the peak, in [0, 1].
        warmup_target: The rate at the end of the rise, >= 0. None: no rise.
        warmup_steps: Length of the rise, >= 0.

    Returns:
        A schedule.

    Raises:
        ValueError: An argument is outside its range.

    Example:
        >>> import jax.numpy as jnp
        >>> CosineDecay(0.0, 4, warmup_target=1.0, warmup_steps=2)(jnp.array([0, 1, 2, 4, 6])).round(2)
        Array([0. , 0.5, 1. , 0.5, 0. ], dtype=float32)
    """
    peak = initial_learning_rate if warmup_target is None else warmup_target
    fall = cosine(peak, decay_steps, floor=real(alpha) * real(peak))
    return fall if warmup_target is None else with_rise(fall, initial_learning_rate, peak, warmup_steps)


@lift
def CosineDecayRestarts(
    initial_learning_rate: Height,
    first_decay_steps: Steps,
    t_mul: AtLeastOne = 2.0,
    m_mul: Positive = 1.0,
    alpha: Fraction = 0.0,
) -> optax.Schedule:
    """Fall along half a cosine, jump back up, and again, each time longer: warm restarts.

    `initial_learning_rate (alpha + (1 - alpha) m_mul^i (1 + cos(pi c / T_i)) / 2)`, `c` steps into period `i` of length
    `T_i = first_decay_steps t_mul^i`. Keras finds `i` by a logarithm and misses some restarts: their step has the least
    rate, in float32 step 11 with `first_decay_steps=5, t_mul=1.2`, in float64 step 1210 with 10 and 3. Here no restart
    is missed. A `t_mul` below 1 is refused here; Keras returns NaN for it from some step on.

    Args:
        initial_learning_rate: The rate at step 0, >= 0.
        first_decay_steps: Length of the first period, > 0.
        t_mul: The length of each period divided by the length of the one before, >= 1.
        m_mul: The height of each period divided by the height of the one before, > 0.
        alpha: The least rate as a share of `initial_learning_rate`, in [0, 1].

    Returns:
        A schedule. In float32 the ends of periods have 24 bits. Whole ones are exact up to step 2^24. Beyond step
        10,000, a restart whose end lies between two steps may come one step early or late.

    Raises:
        ValueError: An argument is outside its range.

    Example:
        >>> import jax.numpy as jnp
        >>> CosineDecayRestarts(1.0, 2, m_mul=0.5)(jnp.array([0, 1, 2, 4, 6])).round(2)
        Array([1.  , 0.5 , 0.5 , 0.25, 0.25], dtype=float32)
    """

    def schedule(step: ArrayLike) -> jax.Array:
        index, _, left = period(step, first_decay_steps, t_mul)
        height = raised(m_mul, index) * half_cosine(left)
        return real(initial_learning_rate) * (real(alpha) + (1 - real(alpha)) * height)

    return schedule
