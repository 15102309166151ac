"""Adafactor, compared with transformers 5.23.0."""

from typing import Any

import optax
from jax.typing import ArrayLike

from lropt_jax._core import checks
from lropt_jax._core.lifting import lift
from lropt_jax.optimizers import adafactor
from lropt_jax.rates import Rate
from lropt_jax.schedules import inverse_sqrt, power


@lift
def Adafactor(
    lr: optax.ScalarOrSchedule | None = None,
    eps: tuple[ArrayLike, ArrayLike] = (1e-30, 1e-3),
    clip_threshold: ArrayLike | optax.Schedule = 1.0,
    decay_rate: ArrayLike = -0.8,
    beta1: ArrayLike | optax.Schedule | None = None,
    weight_decay: ArrayLike | optax.Schedule | None = None,
    scale_parameter: bool = True,
    relative_step: bool = True,
    warmup_init: bool = False,
) -> optax.GradientTransformationExtraArgs:
    """Adafactor, which has a rate of its own unless `relative_step=False`.

    The rate of update `t`, counted from 1, is `min(1e-2, 1 / sqrt(t))`, or with `warmup_init` `min(1e-6 t,
    1 / sqrt(t))`, which takes 10,000 updates to its peak of 1e-2; a scheduler does nothing to it. With
    `scale_parameter` all rates are shares of a parameter's size, and so is the decay. The momentum holds what the rate
    has multiplied: a change of `lr` acts after `1 / (1 - beta1)` updates. Each leaf is factored along its last two
    axes, also a convolution's height and width.

    Args:
        lr: A number >= 0, a schedule or a `Rate`, with `relative_step=False` only.
        eps: What is added to the squared gradients, >= 0, and the least size of a parameter, >= 0.
        clip_threshold: Largest root mean square of an update before it is sized, > 0, or a schedule.
        decay_rate: Power of `t` in the share of a new square, <= 0.
        beta1: Decay of the momentum, in [0, 1), or a schedule. None: no momentum, and no memory for it.
        weight_decay: Strength of the decay, >= 0, or a schedule. None: the library's 0.
        scale_parameter: Multiply by the parameters' size.
        relative_step: Set the rate from the step.
        warmup_init: Begin with a warmup.

    Returns:
        An optimizer; `optimizers.adafactor`. The state records the rate before it is multiplied by sizes.

    Raises:
        ValueError: A number is outside its range, or not exactly one of `lr` and `relative_step` is given, or
            `warmup_init` without `relative_step`.

    Example:
        >>> import jax.numpy as jnp
        >>> tx, params = Adafactor(0.1, relative_step=False), jnp.array([3.0, -3.0])
        >>> tx.update(jnp.array([1e-3, -2.0]), tx.init(params), params)[0].round(3)
        Array([-0.3,  0.3], dtype=float32)
    """
    owner = "transformers.Adafactor"
    if (lr is None) != relative_step:
        raise ValueError(f"{owner}: lr or relative_step must be given, one of them, got {lr} and {relative_step}.")
    if warmup_init and not relative_step:
        raise ValueError(f"{owner}: warmup_init must be False without relative_step, got True.")
    exponent = -decay_rate  # type: ignore[operator]
    _check(owner, lr, eps, clip_threshold, exponent, beta1, weight_decay)
    if lr is None:
        lr = inverse_sqrt(1e-2, 10_000) if warmup_init else power(1e-2, 10_000, exponent=0.5)
    return adafactor(
        lr, b1=beta1, rate_in_momentum=True, decay_exponent=exponent, eps=eps[0],
        clip_threshold=clip_threshold, parameter_scale=scale_parameter, min_scale=eps[1], min_dim_size_to_factor=1,
        factored_axes="last", weight_decay=weight_decay, scale_decay=scale_parameter,
    )  # fmt: skip


def _check(owner: str, lr: Any, eps: Any, clip_threshold: Any, exponent: Any, beta1: Any, weight_decay: Any) -> None:
    if lr is not None and not isinstance(lr, Rate):
        checks.schedulable(checks.nonnegative, owner, lr=lr)
    if not isinstance(eps, (tuple, list)) or len(eps) != 2:
        raise ValueError(f"{owner}: eps must be two numbers, got {eps!r}.")
    checks.nonnegative(owner, eps=eps)
    checks.schedulable(checks.positive, owner, clip_threshold=clip_threshold)
    checks.nonnegative(owner, **{"-decay_rate": exponent})
    if beta1 is not None:
        checks.schedulable(checks.below_one, owner, beta1=beta1)
    if weight_decay is not None:
        checks.schedulable(checks.nonnegative, owner, weight_decay=weight_decay)
