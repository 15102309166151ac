"""GreedyLR of transformers."""

import optax
from jax.typing import ArrayLike

from lropt_jax._core import checks
from lropt_jax._core.lifting import lift
from lropt_jax.rates import Rate, greedy


@lift(static=["window_size"])
def GreedyLR(
    base_lr: optax.ScalarOrSchedule,
    mode: str = "min",
    factor: ArrayLike = 0.95,
    patience: ArrayLike = 10,
    threshold: ArrayLike = 1e-6,
    threshold_mode: str = "abs",
    cooldown: ArrayLike = 0,
    warmup: ArrayLike = 0,
    min_lr: ArrayLike = 1e-3,
    max_lr: ArrayLike = 1.0,
    eps: ArrayLike = 1e-8,
    smooth: bool = False,
    window_size: int = 50,
    reset_start: ArrayLike = 500,
) -> Rate:
    """Divide the rate by `factor` after more than `patience` better results in a row, multiply after so many others.

    Mind the limits: `min_lr=1e-3` is above the usual rates of Adam, which then never fall. The defects of PyTorch's
    `ReduceLROnPlateau`, see there, are kept. `rates.greedy` has neither limits nor defects by default.

    Args:
        base_lr: The optimizer's rate, >= 0, or a schedule.
        mode: "min" or "max".
        factor: In (0, 1).
        patience: Results in a row of one kind that may pass, a whole number >= 0; the rate changes at the next.
        threshold: How much better counts, >= 0.
        threshold_mode: "abs" or "rel".
        cooldown: Results after a fall that are not looked at, a whole number >= 0.
        warmup: The same after a rise.
        min_lr: The rate does not fall below it, >= 0.
        max_lr: Nor rise above it, > `min_lr`.
        eps: The smallest change, >= 0.
        smooth: Judge the mean of the last `window_size` results.
        window_size: A whole number >= 1; decides a shape.
        reset_start: Falls to `min_lr` without a rise between them after which all begins anew, a whole number >= 1.

    Returns:
        A rate; `step(metrics)` of transformers is `tx.update(..., value=metrics)`.

    Raises:
        ValueError: An argument is outside its range, or a word is none of those.

    With `smooth`, a result that is NaN spoils the mean for good in transformers, here while it is in the window.

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
    checks.one_of("transformers.GreedyLR", ("rel", "abs"), threshold_mode=threshold_mode)
    sign = {"rel": "signed", "abs": "abs"}[threshold_mode]
    return greedy(
        base_lr, mode=mode, factor=factor, patience=patience, threshold=threshold, threshold_mode=sign,
        cooldown=cooldown, warmup=warmup, floor=min_lr, ceiling=max_lr, eps=eps,
        window=window_size if smooth else None, reset_after=reset_start,
    )  # fmt: skip
