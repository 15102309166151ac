"""Power, stepwise and one-over-time decays, compared with Keras 3.15.1."""

from collections.abc import Sequence
from typing import Annotated

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax.typing import ArrayLike
from typing_extensions import TypeAliasType

from lropt_jax._core.curves import fall
from lropt_jax._core.ends import with_end
from lropt_jax._core.kinds import Ascending, Height, Heights, NonNegative, Positive, Steps, nonnegative
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import before, minus, plus, raised, real, remaining
from lropt_jax._core.periods import whole_periods
from lropt_jax._core.refusal import Refused

LastSteps = TypeAliasType(
    "LastSteps",
    Annotated[
        Sequence[ArrayLike] | jax.Array | np.ndarray, nonnegative, Ascending(), "steps in ascending order, 0 allowed"
    ],
)


@lift
def ExponentialDecay(
    initial_learning_rate: Height, decay_steps: Steps, decay_rate: Positive, staircase: bool = False
) -> optax.Schedule:
    """Multiply by `decay_rate` over every `decay_steps`: `initial_learning_rate decay_rate^(t / decay_steps)`.

    Args:
        initial_learning_rate: The rate at step 0, >= 0.
        decay_steps: Updates in which the rate is multiplied by `decay_rate` once, > 0.
        decay_rate: The factor, > 0.
        staircase: Round the exponent down: multiply at the end of every `decay_steps`, and not between.

    Returns:
        A schedule.

    Raises:
        ValueError: An argument is outside its range.

    Example:
        >>> import jax.numpy as jnp
        >>> ExponentialDecay(1.0, 2, 0.25)(jnp.arange(4))
        Array([1.   , 0.5  , 0.25 , 0.125], dtype=float32)
    """

    def schedule(step: ArrayLike) -> jax.Array:
        periods, into = _periods(step, decay_steps)
        rate = real(initial_learning_rate) * raised(decay_rate, periods)
        return rate if staircase else rate * raised(decay_rate, real(into) / real(decay_steps))

    return schedule


@lift
def InverseTimeDecay(
    initial_learning_rate: Height, decay_steps: Steps, decay_rate: NonNegative, staircase: bool = False
) -> optax.Schedule:
    """Fall like one over the time: `initial_learning_rate / (1 + decay_rate t / decay_steps)`.

    Args:
        initial_learning_rate: The rate at step 0, >= 0.
        decay_steps: Updates in which the denominator grows by `decay_rate`, > 0.
        decay_rate: How much the denominator grows in `decay_steps`, >= 0.
        staircase: Round `t / decay_steps` down: fall at the end of every `decay_steps`, and not between.

    Returns:
        A schedule.

    Raises:
        ValueError: An argument is outside its range.

    Example:
        >>> import jax.numpy as jnp
        >>> InverseTimeDecay(1.0, 2, 3.0, staircase=True)(jnp.arange(4))
        Array([1.  , 1.  , 0.25, 0.25], dtype=float32)
    """

    def schedule(step: ArrayLike) -> jax.Array:
        time = _periods(step, decay_steps)[0] if staircase else real(step) / real(decay_steps)
        return real(initial_learning_rate) / (1 + real(decay_rate) * time)

    return schedule


@lift
def PiecewiseConstantDecay(boundaries: LastSteps, values: Heights) -> optax.Schedule:
    """Keep each rate up to its boundary and including it: `values[#{b in boundaries: b < t}]`.

    The first update with the next value is number `b + 1`, counted from 0. With PyTorch, Optax and
    `schedules.piecewise` it is number `b`.

    Args:
        boundaries: The last step of each value but the last, >= 0, in ascending order; at least one.
        values: The rates, >= 0; one more than boundaries.

    Returns:
        A schedule.

    Raises:
        ValueError: A number is negative, the boundaries are not in order, there is none, or the counts do not fit.

    Example:
        >>> import jax.numpy as jnp
        >>> PiecewiseConstantDecay([1, 3], [1.0, 0.5, 0.1])(jnp.arange(5))
        Array([1. , 1. , 0.5, 0.5, 0.1], dtype=float32)
    """

    def schedule(step: ArrayLike) -> jax.Array:
        rates = jnp.stack([real(value) for value in values])
        passed = sum(before(boundary, step).astype(jnp.int32) for boundary in boundaries)
        return rates[passed]

    return with_end(schedule, plus(boundaries[-1], 1))


@PiecewiseConstantDecay.requires
def _(boundaries: LastSteps, values: Heights) -> None:
    if not len(boundaries) or len(boundaries) != len(values) - 1:
        got = f"{len(boundaries)} for {len(values)} values"
        raise Refused(f"boundaries must be one fewer than values and not none, got {got}.")


@lift
def PolynomialDecay(
    initial_learning_rate: Height,
    decay_steps: Steps,
    end_learning_rate: Height = 0.0001,
    power: Positive = 1.0,
    cycle: bool = False,
) -> optax.Schedule:
    """Fall to `end_learning_rate` over `decay_steps` as a power of what is left, then stay, or begin anew and longer.

    `end_learning_rate + (initial_learning_rate - end_learning_rate) (1 - min(t, T) / T)^power` with `T = decay_steps`.
    With `cycle`, `T = decay_steps ceil(t / decay_steps)`, and `T = decay_steps` at step 0. Each multiple of
    `decay_steps` has the rate `end_learning_rate`; at the next step the rate jumps up.

    Args:
        initial_learning_rate: The rate at step 0, >= 0.
        decay_steps: Length of the fall, > 0.
        end_learning_rate: The rate at the end of the fall, >= 0.
        power: Exponent, > 0.
        cycle: Begin anew after every multiple of `decay_steps`, each time with a longer fall.

    Returns:
        A schedule.

    Raises:
        ValueError: An argument is outside its range.

    Example:
        >>> import jax.numpy as jnp
        >>> PolynomialDecay(1.0, 2, 0.0, cycle=True)(jnp.arange(6)).round(2)
        Array([1.  , 0.5 , 0.  , 0.25, 0.  , 0.17], dtype=float32)
    """

    def schedule(step: ArrayLike) -> jax.Array:
        left = _left_of_cycle(step, decay_steps) if cycle else remaining(step, decay_steps)
        end = real(end_learning_rate)
        return end + (real(initial_learning_rate) - end) * fall("polynomial", left, power=power)

    return with_end(schedule, None if cycle else decay_steps)


def _periods(step: ArrayLike, decay_steps: ArrayLike) -> tuple[jax.Array, jax.Array]:
    """The number of whole periods that are over, and the steps since then."""
    periods, into = whole_periods(step, decay_steps)
    return real(periods), into


def _left_of_cycle(step: ArrayLike, decay_steps: ArrayLike) -> jax.Array:
    """The share that is left of the steps from 0 to the next multiple of `decay_steps`."""
    _, into = _periods(step, decay_steps)
    left = jnp.where((into > 0) | (real(step) == 0), minus(decay_steps, into), 0)
    return real(left) / real(plus(step, left))
