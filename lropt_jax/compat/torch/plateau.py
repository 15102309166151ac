"""PyTorch's controller."""

import optax
from jax.typing import ArrayLike

from lropt_jax._core import checks
from lropt_jax._core.lifting import lift
from lropt_jax.rates import Rate, plateau


@lift
def ReduceLROnPlateau(
    base_lr: optax.ScalarOrSchedule,
    mode: str = "min",
    factor: ArrayLike = 0.1,
    patience: ArrayLike = 10,
    threshold: ArrayLike = 1e-4,
    threshold_mode: str = "rel",
    cooldown: ArrayLike = 0,
    min_lr: ArrayLike = 0.0,
    eps: ArrayLike = 1e-8,
) -> Rate:
    """Lower the rate after more than `patience` results in a row that are no better.

    Its two defects are kept: a relative threshold is turned around for negative results, so that equal and slightly
    worse ones count as better; and a change of the rate by no more than `eps` is left out, which stops all falls at
    small rates. `rates.plateau` has neither.

    Args:
        base_lr: The optimizer's rate, >= 0, or a schedule.
        mode: "min" or "max".
        factor: In (0, 1).
        patience: Results that may pass without a better one, a whole number >= 0; the rate falls at the next.
        threshold: How much better counts, >= 0.
        threshold_mode: "rel" or "abs".
        cooldown: Results after a fall that are not counted as bad, a whole number >= 0.
        min_lr: The rate does not fall below it, >= 0.
        eps: The smallest change, >= 0.

    Returns:
        A rate; `step(metrics)` of PyTorch is `tx.update(..., value=metrics)`.

    Raises:
        ValueError: An argument is outside its range, or a word is none of those.

    Example:
        >>> import jax.numpy as jnp
        >>> from lropt_jax.optimizers import sgd
        >>> tx, x = sgd(ReduceLROnPlateau(1.0, patience=0)), jnp.ones(1)
        >>> state = tx.init(x)
        >>> for loss in (-5.0, -4.9999, -4.9):
        ...     _, state = tx.update(x, state, x, value=loss)
        >>> print(state.learning_rate, state.rate.best)
        0.1 -4.9999
    """
    checks.one_of("torch.ReduceLROnPlateau", ("rel", "abs"), threshold_mode=threshold_mode)
    sign = {"rel": "signed", "abs": "abs"}[threshold_mode]
    return plateau(
        base_lr, mode=mode, factor=factor, patience=patience, threshold=threshold, threshold_mode=sign,
        cooldown=cooldown, floor=min_lr, eps=eps,
    )  # fmt: skip
