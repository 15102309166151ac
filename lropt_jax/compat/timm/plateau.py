"""timm's controller."""

from typing import Any, Literal, NamedTuple

import jax
import jax.numpy as jnp
import optax
from jax.typing import ArrayLike

from lropt_jax._core.kinds import CountFromZero, Finite, Height, NonNegative, ProperFraction, StepsFromZero
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import progress, real
from lropt_jax.compat._results import nan_is_bad
from lropt_jax.compat.timm.warmup import without_noise
from lropt_jax.rates import Rate, Reading, plateau


class PlateauLRSchedulerState(NamedTuple):
    """State of `PlateauLRScheduler`."""

    results: jax.Array
    plateau: Any


@lift
def PlateauLRScheduler(
    base_lr: Height,
    decay_rate: ProperFraction = 0.1,
    patience_t: CountFromZero = 10,
    threshold: NonNegative = 1e-4,
    cooldown_t: CountFromZero = 0,
    warmup_t: StepsFromZero = 0,
    warmup_lr_init: Height = 0.0,
    lr_min: Height = 0.0,
    mode: Literal["max", "min"] = "max",
    noise_range_t: Any = None,
    noise_type: str = "normal",
    noise_pct: Finite = 0.67,
    noise_std: Finite = 1.0,
    noise_seed: Finite | None = None,
    initialize: bool = True,
) -> Rate:
    """Rise on a straight line for `warmup_t` results, then be PyTorch's `ReduceLROnPlateau`.

    Results during the rise are counted and not compared. Higher is better unless `mode` is "min". PyTorch's two
    defects are kept; see `torch.ReduceLROnPlateau`. A result that is NaN is a bad one.

    Args:
        base_lr: The optimizer's rate, >= 0.
        decay_rate: The factor of a fall, in (0, 1).
        patience_t: Results that may pass without a better one, a whole number >= 0; the rate falls at the next.
        threshold: How much better a result must be to count as better, as a share of the best, >= 0.
        cooldown_t: Results after a fall that are not counted as bad, a whole number >= 0.
        warmup_t: Length of the rise in results, timm's epochs, >= 0.
        warmup_lr_init: The first rate of the rise, >= 0.
        lr_min: The rate does not fall below it, >= 0.
        mode: "max" or "min".
        noise_range_t: None: off. timm draws its noise from PyTorch's generator, so nothing else is accepted.
        noise_type: Without effect.
        noise_pct: Without effect.
        noise_std: Without effect.
        noise_seed: Without effect.
        initialize: Without effect.

    Returns:
        A rate. timm's `step(epoch, metric)` is `tx.update(..., value=metric)` here, once an epoch. State: `results`,
        the number of results so far, () int32; `plateau`.

    Raises:
        ValueError: An argument is outside its range, or there is noise.

    timm's checkpoints keep only the best result; ours keep all counters too.

    Example:
        >>> import jax.numpy as jnp
        >>> from lropt_jax.optimizers import sgd
        >>> tx, x = sgd(PlateauLRScheduler(1.0, patience_t=0, warmup_t=2)), jnp.ones(1)
        >>> state = tx.init(x)
        >>> for accuracy in (0.5, 0.4, 0.3, 0.3):
        ...     _, state = tx.update(x, state, x, value=accuracy)
        ...     print(state.learning_rate)
        0.5
        1.0
        1.0
        0.1
    """
    after_rise = plateau(
        base_lr, mode=mode, factor=decay_rate, patience=patience_t, threshold=threshold, threshold_mode="signed",
        cooldown=cooldown_t, floor=lr_min, eps=1e-8,
    )  # fmt: skip
    inner = nan_is_bad(after_rise, mode)

    def rate(results: jax.Array, after: ArrayLike) -> jax.Array:
        share = progress(results, jnp.where(jnp.asarray(warmup_t) > 0, warmup_t, 1))
        rise = real(warmup_lr_init) * (1 - share) + real(base_lr) * share
        return jnp.where(results <= jnp.asarray(warmup_t), jnp.where(jnp.asarray(warmup_t) > 0, rise, after), after)

    def init(params: Any) -> tuple[jax.Array, PlateauLRSchedulerState]:
        first, state = inner.init(params)
        none = jnp.zeros((), jnp.int32)
        return rate(none, first), PlateauLRSchedulerState(none, state)

    def next_rate(state: PlateauLRSchedulerState, reading: Reading) -> tuple[jax.Array, PlateauLRSchedulerState]:
        results = state.results if reading.value is None else optax.safe_increment(state.results)
        number, moved = inner.next(state.plateau, reading)
        looked_at = results > jnp.asarray(warmup_t)
        kept = jax.tree.map(lambda new, old: jnp.where(looked_at, new, old), moved, state.plateau)
        return rate(results, number), PlateauLRSchedulerState(results, kept)

    return Rate(init, next_rate)


PlateauLRScheduler.requires(without_noise)
