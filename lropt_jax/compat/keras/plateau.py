"""Keras's controller."""

import jax.numpy as jnp
import optax
from jax.typing import ArrayLike

from lropt_jax._core import checks
from lropt_jax._core.lifting import lift
from lropt_jax.rates import Rate, plateau


@lift
def ReduceLROnPlateau(
    learning_rate: optax.ScalarOrSchedule,
    monitor: str = "val_loss",
    factor: ArrayLike = 0.1,
    patience: ArrayLike = 10,
    mode: str = "auto",
    min_delta: ArrayLike = 1e-4,
    cooldown: ArrayLike = 0,
    min_lr: ArrayLike = 0.0,
) -> Rate:
    """Lower the rate after `patience` results in a row that are no better.

    It counts otherwise than PyTorch and `rates.plateau`: `patience` results without a better one make it fall, not one
    more, and 0 is the same as 1; of the `cooldown` results after a fall the last one counts already. What is better is
    an absolute difference.

    Args:
        learning_rate: The optimizer's rate, >= 0, or a schedule.
        monitor: The name of what is fed, from which "auto" takes the mode.
        factor: In (0, 1).
        patience: Results without a better one that make the rate fall, a whole number >= 0.
        mode: "min", "max", or "auto": "max" where the name has "acc" in it, else "min". For an ELBO say "max".
        min_delta: How much better counts, >= 0.
        cooldown: Results after a fall until they count again, a whole number >= 0.
        min_lr: The rate does not fall below it, >= 0.

    Returns:
        A rate; the end of an epoch in Keras is `tx.update(..., value=result)`.

    Raises:
        ValueError: An argument is outside its range, or `mode` is another word.

    "auto" is the rule of Keras 2; Keras 3.15 looks up the compiled metric of that name, which there is none of here.
    Keras forgets its state at each `fit`; here it is in checkpoints.

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
    owner = "keras.ReduceLROnPlateau"
    checks.one_of(owner, ("auto", "min", "max"), mode=mode)
    checks.nonnegative(owner, patience=patience, cooldown=cooldown)
    known = {"auto": "max" if "acc" in monitor else "min"}.get(mode, mode)
    one_less = [jnp.maximum(jnp.asarray(count) - 1, 0) for count in (patience, cooldown)]
    return plateau(
        learning_rate, mode=known, factor=factor, patience=one_less[0], threshold=min_delta, threshold_mode="abs",
        cooldown=one_less[1], floor=min_lr,
    )  # fmt: skip
