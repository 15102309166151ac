"""PyTorch's controller."""

from typing import Literal

from lropt_jax._core.kinds import AnySchedule, CountFromZero, Height, NonNegative, ProperFraction
from lropt_jax._core.lifting import lift
from lropt_jax.compat._results import nan_is_bad
from lropt_jax.rates import Rate, plateau


@lift
def ReduceLROnPlateau(
    base_lr: AnySchedule,
    mode: Literal["min", "max"] = "min",
    factor: ProperFraction = 0.1,
    patience: CountFromZero = 10,
    threshold: NonNegative = 1e-4,
    threshold_mode: Literal["rel", "abs"] = "rel",
    cooldown: CountFromZero = 0,
    min_lr: Height = 0.0,
    eps: NonNegative = 1e-8,
) -> Rate:
    """Lower the rate after more than `patience` results in a row that are no better.

    PyTorch's two defects are kept. For negative results a relative threshold has the wrong sign, so that equal and
    slightly worse results count as better. And the rate does not change where it would change by `eps` or less, so
    that small rates never fall. `rates.plateau` has neither defect. A result that is NaN is a bad one; for
    `rates.plateau` it is no result.

    Args:
        base_lr: The optimizer's rate, >= 0, or a schedule.
        mode: "min" or "max": which results are better.
        factor: Factor of a fall, in (0, 1).
        patience: Results that may pass without a better one, a whole number >= 0; the rate falls at the next.
        threshold: How much better counts, >= 0.
        threshold_mode: "rel" or "abs".
        cooldown: Results after a fall that are not counted as bad, a whole number >= 0.
        min_lr: The least rate, >= 0.
        eps: Changes of the rate up to this are not made, >= 0.

    Returns:
        A rate; `step(metrics)` of PyTorch is `tx.update(..., value=metrics)`.

    Raises:
        ValueError: A number is outside its range, or a word is none of those.

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
    rate = plateau(
        base_lr, mode=mode, factor=factor, patience=patience, threshold=threshold,
        threshold_mode="signed" if threshold_mode == "rel" else "abs", cooldown=cooldown, floor=min_lr, eps=eps,
    )  # fmt: skip
    return nan_is_bad(rate, mode)
