"""Prodigy with the arguments of its authors."""

import optax

from lropt_jax._core import checks
from lropt_jax._core.lifting import lift
from lropt_jax.compat.dadaptation.arguments import check, limit
from lropt_jax.compat.torch.arguments import Number, decays
from lropt_jax.optimizers import prodigy


@lift(static=["slice_p"])
def Prodigy(
    lr: optax.ScalarOrSchedule = 1.0,
    betas: tuple[Number, Number] = (0.9, 0.999),
    beta3: Number | None = None,
    eps: Number = 1e-8,
    weight_decay: Number | None = None,
    decouple: bool = True,
    use_bias_correction: bool = False,
    safeguard_warmup: bool = False,
    d0: Number = 1e-6,
    d_coef: Number = 1.0,
    growth_rate: Number | None = None,
    *,
    slice_p: int = 1,
) -> optax.GradientTransformationExtraArgs:
    """Adam at the rate `d * lr`, where `d` estimates the distance to the solution.

    Args:
        lr: What `d` is multiplied by, a number >= 0 or a schedule.
        betas: Decays of both moments, each in [0, 1), or a schedule.
        beta3: Decay of the estimate, in [0, 1), or a schedule. None: `sqrt(betas[1])`.
        eps: Added to the root, in units of gradients, >= 0, or a schedule.
        weight_decay: Strength of the decay, or without `decouple` of L2, >= 0, or a schedule. None: the package's 0.
        decouple: Decay with the rate, as `AdamW`.
        use_bias_correction: Multiply the rate by `sqrt(1 - b2^t) / (1 - b1^t)`.
        safeguard_warmup: Leave `lr` out of the denominator of the estimate.
        d0: The first `d`, > 0.
        d_coef: What the estimate is multiplied by, > 0, or a schedule.
        growth_rate: How many times itself `d` may become in one update, after the first growth, >= 1, or a schedule.
            None: the package's inf.
        slice_p: Estimate from every `slice_p`-th entry alone, a whole number >= 1.

    Returns:
        An optimizer; `optimizers.prodigy`. `update` needs `params`. The package's `d_max` is its state's `largest`.

    Raises:
        ValueError: A number is outside its range, or `update` is called without `params`.
        TypeError: `lr` is neither a number nor a schedule.

    Example:
        >>> import jax.numpy as jnp
        >>> tx, params = Prodigy(d0=0.1, use_bias_correction=True), jnp.zeros(2)
        >>> tx.update(jnp.array([3.0, -4.0]), tx.init(params), params)[0].round(3)
        Array([-0.1,  0.1], dtype=float32)
    """
    owner = "prodigyopt.Prodigy"
    check(owner, lr, d0, eps=eps, weight_decay=weight_decay)
    checks.schedulable(checks.positive, owner, d_coef=d_coef)
    b1, b2 = decays(owner, betas)
    if beta3 is not None:
        checks.schedulable(checks.below_one, owner, beta3=beta3)
    return prodigy(
        lr, b1=b1, b2=b2, b3=beta3, eps=eps, bias_correction=use_bias_correction, safeguard_warmup=safeguard_warmup,
        d0=d0, d_coefficient=d_coef, growth_limit=limit(owner, growth_rate), slice_p=slice_p,
        weight_decay=weight_decay, decay_coupling="rate" if decouple else "gradients",
    )  # fmt: skip
