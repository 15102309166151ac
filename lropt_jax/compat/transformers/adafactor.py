"""Adafactor, compared with transformers 5.23.0."""

import optax

from lropt_jax._core.kinds import Average, Limit, NonNegative, NonPositive, PortedRate, Strength
from lropt_jax._core.lifting import lift
from lropt_jax._core.refusal import Refused
from lropt_jax.optimizers import adafactor
from lropt_jax.schedules import inverse_sqrt, power


@lift
def Adafactor(
    lr: PortedRate | None = None,
    eps: tuple[NonNegative, NonNegative] = (1e-30, 1e-3),
    clip_threshold: Limit = 1.0,
    decay_rate: NonPositive = -0.8,
    beta1: Average | None = None,
    weight_decay: Strength | None = None,
    scale_parameter: bool = True,
    relative_step: bool = True,
    warmup_init: bool = False,
) -> optax.GradientTransformationExtraArgs:
    """Adafactor, which has a rate of its own unless `relative_step=False`.

    The rate of update `t`, counted from 1, is `min(1e-2, 1 / sqrt(t))`. With `warmup_init` it is `min(1e-6 t,
    1 / sqrt(t))`, which takes 10,000 updates to its peak of 1e-2. A scheduler has no effect on either. With
    `scale_parameter` every rate, and so the decay too, is multiplied by the size of the parameter. The momentum holds
    updates that the rate has multiplied: a change of `lr` acts little by little, over about `1 / (1 - beta1)` updates.
    Each leaf is factored along its last two axes; those of a convolution may be its height and width.

    Args:
        lr: A number >= 0, a schedule or a `Rate`; for `relative_step=False` alone. None: the rate above.
        eps: The number added to the squared gradients, >= 0, and the least size of a parameter, >= 0.
        clip_threshold: Largest root mean square of an update before rate and size multiply it, > 0, or a schedule.
        decay_rate: Power of `t` in the share of a new square, <= 0.
        beta1: Decay of the momentum, in [0, 1), or a schedule. None: no momentum, and no memory for it.
        weight_decay: Strength of the decay, >= 0, or a schedule. None: no decay.
        scale_parameter: Multiply by the parameters' size.
        relative_step: Set the rate from the step.
        warmup_init: Begin with a warmup.

    Returns:
        An optimizer: `optimizers.adafactor`. The state records the rate before it is multiplied by sizes.

    Raises:
        ValueError: A number is outside its range, or not exactly one of `lr` and `relative_step` is given, or
            `warmup_init` without `relative_step`.

    Example:
        >>> import jax.numpy as jnp
        >>> tx, params = Adafactor(0.1, relative_step=False), jnp.array([3.0, -3.0])
        >>> tx.update(jnp.array([1e-3, -2.0]), tx.init(params), params)[0].round(3)
        Array([-0.3,  0.3], dtype=float32)
    """
    if lr is None:
        lr = inverse_sqrt(1e-2, 10_000) if warmup_init else power(1e-2, 10_000, exponent=0.5)
    return adafactor(
        lr, b1=beta1, rate_in_momentum=True, decay_exponent=-decay_rate, eps=eps[0],  # type: ignore[operator]
        clip_threshold=clip_threshold, parameter_scale=scale_parameter, min_scale=eps[1], min_dim_size_to_factor=1,
        factored_axes="last", weight_decay=weight_decay, scale_decay=scale_parameter,
    )  # fmt: skip


@Adafactor.requires
def _(lr: PortedRate | None, relative_step: bool, warmup_init: bool) -> None:
    if (lr is None) != relative_step:
        raise Refused(f"lr or relative_step must be given, one of them, got {lr} and {relative_step}.")
    if warmup_init and not relative_step:
        raise Refused("warmup_init must be False without relative_step, got True.")
