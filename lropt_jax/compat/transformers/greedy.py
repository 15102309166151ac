"""GreedyLR of transformers."""

from typing import Literal

from lropt_jax._core.kinds import AnySchedule, Count, CountFromZero, Height, NonNegative, Positive, ProperFraction, Size
from lropt_jax._core.lifting import lift
from lropt_jax._core.relations import above
from lropt_jax.compat._results import nan_is_bad
from lropt_jax.rates import Rate, greedy


@lift
def GreedyLR(
    base_lr: AnySchedule,
    mode: Literal["min", "max"] = "min",
    factor: ProperFraction = 0.95,
    patience: CountFromZero = 10,
    threshold: NonNegative = 1e-6,
    threshold_mode: Literal["rel", "abs"] = "abs",
    cooldown: CountFromZero = 0,
    warmup: CountFromZero = 0,
    min_lr: Height = 1e-3,
    max_lr: Positive = 1.0,
    eps: NonNegative = 1e-8,
    smooth: bool = False,
    window_size: Size = 50,
    reset_start: Count = 500,
) -> Rate:
    """Divide the rate by `factor` after more than `patience` better results in a row, multiply after so many others.

    Mind the limits: `min_lr=1e-3` is above the usual rates of Adam, which then never fall. The defects are those of
    PyTorch's `ReduceLROnPlateau`, as `compat.torch` describes them. `rates.greedy` has neither limits nor defects by
    default.

    Args:
        base_lr: The optimizer's rate, >= 0, or a schedule.
        mode: "min" or "max": which results are better.
        factor: Factor of a fall, and divisor of a rise, in (0, 1).
        patience: Results in a row of one kind that may pass, a whole number >= 0; the rate changes at the next.
        threshold: How much better counts, >= 0.
        threshold_mode: "abs" or "rel".
        cooldown: Results after a fall that are ignored, a whole number >= 0.
        warmup: Results after a rise that are ignored, a whole number >= 0.
        min_lr: The least rate, >= 0.
        max_lr: The largest rate, > 0 and > `min_lr`.
        eps: Changes of the rate up to this are not made, >= 0.
        smooth: Judge the mean of the last `window_size` results.
        window_size: Results in the mean, a whole number >= 1. It decides a shape, so it is static.
        reset_start: Falls to `min_lr` without a rise between them after which all begins anew, a whole number >= 1.

    Returns:
        A rate; `step(metrics)` of transformers is `tx.update(..., value=metrics)`.

    Raises:
        ValueError: A number is outside its range, or a word is none of those.

    A result that is NaN is a bad one. With `smooth`, it makes all later results bad in
    transformers; here those while it is in the window.

    Example:
        >>> import jax.numpy as jnp
        >>> from lropt_jax.optimizers import sgd
        >>> tx, x = sgd(GreedyLR(0.1, factor=0.5, patience=1)), jnp.ones(1)
        >>> state = tx.init(x)
        >>> for loss in (3.0, 2.0):
        ...     _, state = tx.update(x, state, x, value=loss)
        >>> print(state.learning_rate)
        0.2
    """
    rate = greedy(
        base_lr, mode=mode, factor=factor, patience=patience, threshold=threshold,
        threshold_mode="signed" if threshold_mode == "rel" else "abs", cooldown=cooldown, warmup=warmup,
        floor=min_lr, ceiling=max_lr, eps=eps,
        window=window_size if smooth else None, reset_after=reset_start,
    )  # fmt: skip
    return nan_is_bad(rate, mode)


@GreedyLR.requires
def _(min_lr: Height, max_lr: Positive) -> None:
    above(min_lr, "min_lr", max_lr=max_lr)
