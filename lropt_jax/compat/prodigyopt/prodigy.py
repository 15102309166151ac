"""Prodigy with the arguments of its authors."""

import optax

from lropt_jax._core.kinds import Average, Epsilon, Limit, PortedPlainRate, Size, Strength
from lropt_jax._core.lifting import lift
from lropt_jax.compat.dadaptation.arguments import GrowthRate, limit
from lropt_jax.compat.torch.arguments import l2
from lropt_jax.optimizers import prodigy


@lift
def Prodigy(
    lr: PortedPlainRate = 1.0,
    betas: tuple[Average, Average] = (0.9, 0.999),
    beta3: Average | None = None,
    eps: Epsilon = 1e-8,
    weight_decay: Strength | None = None,
    decouple: bool = True,
    use_bias_correction: bool = False,
    safeguard_warmup: bool = False,
    d0: Limit = 1e-6,
    d_coef: Limit = 1.0,
    growth_rate: GrowthRate | None = None,
    *,
    slice_p: Size = 1,
) -> optax.GradientTransformationExtraArgs:
    """Adam at the rate `d * lr`, where `d` estimates the distance to the solution.

    Args:
        lr: Factor of `d`, a number >= 0 or a schedule.
        betas: Decays of both moments, each in [0, 1), or a schedule.
        beta3: Decay of the estimate, in [0, 1), or a schedule. None: `sqrt(betas[1])`.
        eps: Added to the root, in units of gradients, >= 0, or a schedule.
        weight_decay: Strength of the decay, or without `decouple` of L2, >= 0, or a schedule. None: no decay.
        decouple: Decay with the rate, as `AdamW` does.
        use_bias_correction: Multiply the rate by `sqrt(1 - b2^t) / (1 - b1^t)`.
        safeguard_warmup: Leave `lr` out of the denominator of the estimate.
        d0: The first `d`, > 0.
        d_coef: Factor of the estimate, > 0, or a schedule.
        growth_rate: The most that one update, after the first growth, may multiply `d` by, >= 1, or a schedule. None,
            inf: unlimited.
        slice_p: Estimate from every `slice_p`-th entry only, a whole number >= 1.

    Returns:
        An optimizer: `optimizers.prodigy`. `update` needs `params`. The package's `d_max` is its state's `largest`.

    Raises:
        ValueError: A number is outside its range, or `update` is called without `params`.
        TypeError: `lr` is neither a number nor a schedule.

    Example:
        >>> import jax.numpy as jnp
        >>> tx, params = Prodigy(d0=0.1, use_bias_correction=True), jnp.zeros(2)
        >>> tx.update(jnp.array([3.0, -4.0]), tx.init(params), params)[0].round(3)
        Array([-0.1,  0.1], dtype=float32)
    """
    b1, b2 = betas
    return prodigy(
        lr, b1=b1, b2=b2, b3=beta3, eps=eps, bias_correction=use_bias_correction, safeguard_warmup=safeguard_warmup,
        d0=d0, d_coefficient=d_coef, growth_limit=limit(growth_rate), slice_p=slice_p,
        weight_decay=l2(weight_decay, decouple),
    )  # fmt: skip
