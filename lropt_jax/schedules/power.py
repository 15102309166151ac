"""A constant rate, then a power of the time."""

import jax
import optax
from jax.typing import ArrayLike

from lropt_jax._core import arrays as xp
from lropt_jax._core.kinds import Height, Positive, Steps
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import precise


@lift
def power(peak: Height, steps: Steps, *, exponent: Positive = 0.51, floor: Height = 0.0) -> optax.Schedule:
    """Stay at `peak` for `steps`, then fall like a power of the time, and never go below `floor`.

    `rate(t) = max(peak min(1, (steps / (t + 1)) ^ exponent), floor)`

    Choose it for language models whose training may go on or stop at any time: at every step the rate is the best one
    for the tokens seen so far. The power scheduler (Shen et al. 2024, arXiv:2408.13359, equation 7) is
    `min(peak, B a n^b)` at `n` tokens with `B` sequences in a batch. With `m` tokens in a batch that is `exponent=-b`
    and `steps = (peak / (B a))^(1 / b) / m`. The paper's `a = 4`, `b = -0.51` and peak of 0.02 give a constant rate for
    6190 steps with 1024 sequences of 4096 tokens.

    The paper counts the steps of the warmup too, `warmup(shift(power(peak, steps), 500), 500)`, and ends in a
    `cooldown`.

    Args:
        peak: The largest rate, >= 0.
        steps: Updates before the fall begins, > 0.
        exponent: Of the fall, > 0.
        floor: The least rate, >= 0.

    Returns:
        A schedule.

    Raises:
        ValueError: An argument is outside its range.

    Example:
        >>> import jax.numpy as jnp
        >>> power(1.0, 4, exponent=0.5)(jnp.array([0, 3, 15, 63]))
        Array([1.  , 1.  , 0.5 , 0.25], dtype=float32)
    """

    def schedule(step: ArrayLike) -> jax.Array:
        passed = xp.maximum((precise(step) + 1) / precise(steps), 1)
        return xp.maximum(precise(peak) * passed ** -precise(exponent), precise(floor))

    return schedule
