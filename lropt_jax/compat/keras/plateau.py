"""Keras's controller."""

from typing import Literal

import jax.numpy as jnp

from lropt_jax._core.kinds import AnySchedule, CountFromZero, Height, NonNegative, ProperFraction
from lropt_jax._core.lifting import lift
from lropt_jax.compat._results import nan_is_bad
from lropt_jax.rates import Rate, plateau


@lift
def ReduceLROnPlateau(
    learning_rate: AnySchedule,
    monitor: str = "val_loss",
    factor: ProperFraction = 0.1,
    patience: CountFromZero = 10,
    mode: Literal["auto", "min", "max"] = "auto",
    min_delta: NonNegative = 1e-4,
    cooldown: CountFromZero = 0,
    min_lr: Height = 0.0,
) -> Rate:
    """Lower the rate after `patience` results in a row that are no better.

    Keras counts one less than PyTorch and `rates.plateau`. The rate falls at result number `patience` in a row that is
    no better, not at the next one; 0 is the same as 1. The last of the `cooldown` results after a fall counts already.
    A result is better if it is better by more than `min_delta`, an absolute number.
    A result that is NaN is a bad one.

    Args:
        learning_rate: The optimizer's rate, >= 0, or a schedule.
        monitor: The name of the results. "auto" takes the mode from it.
        factor: The factor of a fall, in (0, 1).
        patience: Results in a row without a better one that make the rate fall, a whole number >= 0.
        mode: "min", "max", or "auto": "max" where `monitor` contains "acc", else "min". For an ELBO say "max".
        min_delta: How much better a result must be to count as better, >= 0.
        cooldown: Results after a fall until they count again, a whole number >= 0.
        min_lr: The rate does not fall below it, >= 0.

    Returns:
        A rate. What Keras does at the end of an epoch is `tx.update(..., value=result)` here.

    Raises:
        ValueError: An argument is outside its range, or `mode` is another word.

    "auto" is the rule of Keras 2. Keras 3.15 looks up the compiled metric of that name; here there is none. Keras
    forgets its state at each `fit`; here the state is in checkpoints.

    Example:
        >>> import jax.numpy as jnp
        >>> from lropt_jax.optimizers import sgd
        >>> tx, x = sgd(ReduceLROnPlateau(1.0, patience=2)), jnp.ones(1)
        >>> state = tx.init(x)
        >>> for loss in (3.0, 3.0, 3.0):
        ...     _, state = tx.update(x, state, x, value=loss)
        >>> print(state.learning_rate)
        0.1
    """
    known = {"auto": "max" if "acc" in monitor else "min"}.get(mode, mode)
    one_less = [jnp.maximum(jnp.asarray(count) - 1, 0) for count in (patience, cooldown)]
    rate = plateau(
        learning_rate, mode=known, factor=factor, patience=one_less[0], threshold=min_delta, threshold_mode="abs",
        cooldown=one_less[1], floor=min_lr,
    )  # fmt: skip
    return nan_is_bad(rate, known)
