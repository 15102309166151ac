"""timm's drops."""

from typing import Any

import jax
import jax.numpy as jnp
import optax
from jax.typing import ArrayLike

from lropt_jax._core.ends import with_end
from lropt_jax._core.kinds import Boundaries, Finite, Height, Positive, Steps, StepsFromZero
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import minus, passed, plus, raised, real
from lropt_jax._core.periods import whole_periods
from lropt_jax.compat.timm.warmup import warmed, without_noise


@lift
def StepLRScheduler(
    base_lr: Height,
    decay_t: Steps,
    decay_rate: Positive = 1.0,
    warmup_t: StepsFromZero = 0,
    warmup_lr_init: Height = 0.0,
    warmup_prefix: bool = True,
    t_in_epochs: bool = True,
    noise_range_t: Any = None,
    noise_pct: Finite = 0.67,
    noise_std: Finite = 1.0,
    noise_seed: Finite = 42,
    initialize: bool = True,
) -> optax.Schedule:
    """Multiply by `decay_rate` after every `decay_t` steps, which may be a fraction; before it a straight rise.

    `rate(t) = base_lr decay_rate^floor(s / decay_t)` with `s = t - warmup_t`, or `s = t` without `warmup_prefix`. Then
    the drops during the rise are made at its end. For `t < warmup_t` it is a line from `warmup_lr_init` to `base_lr`.
    In float32 a step that differs from a multiple of `decay_t` by rounding alone counts as a multiple.

    Args:
        base_lr: The optimizer's rate, >= 0.
        decay_t: Steps between drops, > 0.
        decay_rate: The factor of a drop, > 0. timm's default does nothing.
        warmup_t: Length of the rise in steps, >= 0.
        warmup_lr_init: The first rate of the rise, >= 0.
        warmup_prefix: Count the steps to a drop from the end of the rise.
        t_in_epochs: Without effect. A step here is what timm counts, an epoch or an update.
        noise_range_t: None: off. timm draws its noise from PyTorch's generator, so nothing else is accepted.
        noise_pct: Without effect.
        noise_std: Without effect.
        noise_seed: Without effect.
        initialize: Without effect.

    Returns:
        A schedule.

    Raises:
        ValueError: An argument is outside its range, or there is noise.

    Example:
        >>> import jax.numpy as jnp
        >>> StepLRScheduler(1.0, 2.5, 0.5)(jnp.arange(6))
        Array([1.  , 1.  , 1.  , 0.5 , 0.5 , 0.25], dtype=float32)
    """

    def curve(step: ArrayLike) -> jax.Array:
        return real(base_lr) * raised(decay_rate, whole_periods(step, decay_t)[0])

    return warmed(curve, base_lr, warmup_t, warmup_lr_init, warmup_prefix, base_lr)


StepLRScheduler.requires(without_noise)


@lift
def MultiStepLRScheduler(
    base_lr: Height,
    decay_t: Boundaries,
    decay_rate: Positive = 1.0,
    warmup_t: StepsFromZero = 0,
    warmup_lr_init: Height = 0.0,
    warmup_prefix: bool = True,
    t_in_epochs: bool = True,
    noise_range_t: Any = None,
    noise_pct: Finite = 0.67,
    noise_std: Finite = 1.0,
    noise_seed: Finite = 42,
    initialize: bool = True,
) -> optax.Schedule:
    """Multiply by `decay_rate` one step before each milestone; before it a straight rise.

    `rate(t) = base_lr decay_rate^#{m in decay_t: m <= s + 1}` with `s = t - warmup_t`, or `s = t` without
    `warmup_prefix`. Then the drops during the rise are made at its end. For `t < warmup_t` it is a line from
    `warmup_lr_init` to `base_lr`. timm drops early on purpose; PyTorch's `MultiStepLR` drops at the milestone. Without
    a warmup, update 0 always has `base_lr`: a milestone at 1 works from update 1 on.

    Args:
        base_lr: The optimizer's rate, >= 0.
        decay_t: The milestones in ascending order, each > 0. A milestone that stands twice counts twice.
        decay_rate: The factor of a drop, > 0. timm's default does nothing.
        warmup_t: Length of the rise in steps, >= 0.
        warmup_lr_init: The first rate of the rise, >= 0.
        warmup_prefix: Count the steps to a drop from the end of the rise.
        t_in_epochs: Without effect. A step here is what timm counts, an epoch or an update.
        noise_range_t: None: off. timm draws its noise from PyTorch's generator, so nothing else is accepted.
        noise_pct: Without effect.
        noise_std: Without effect.
        noise_seed: Without effect.
        initialize: Without effect.

    Returns:
        A schedule.

    Raises:
        ValueError: An argument is outside its range, or there is noise.

    Example:
        >>> import jax.numpy as jnp
        >>> MultiStepLRScheduler(1.0, [2, 4], 0.5)(jnp.arange(5))
        Array([1.  , 0.5 , 0.5 , 0.25, 0.25], dtype=float32)
    """

    def curve(step: ArrayLike) -> jax.Array:
        return real(base_lr) * raised(decay_rate, passed(decay_t, plus(step, 1)))

    end = jnp.maximum(minus(decay_t[-1], 1), 1) if len(decay_t) else 0
    return warmed(with_end(curve, end), base_lr, warmup_t, warmup_lr_init, warmup_prefix, base_lr)


MultiStepLRScheduler.requires(without_noise)
