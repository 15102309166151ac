"""PyTorch's optimizers that know about matrices."""

from typing import Literal

import jax
import jax.numpy as jnp
import optax
from jax.typing import ArrayLike

from lropt_jax._core.kinds import (
    Epsilon,
    Finite,
    Limit,
    Momentum,
    NonPositive,
    PortedPlainRate,
    PortedRate,
    Size,
    Strength,
)
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import real, value_at
from lropt_jax._core.refusal import Refused
from lropt_jax.compat.torch.arguments import climbing
from lropt_jax.optimizers import adafactor, decay, muon


@lift
def Adafactor(
    lr: PortedPlainRate = 1e-2,
    beta2_decay: NonPositive = -0.8,
    eps: tuple[Strength | None, Strength] = (None, 1e-3),
    d: Limit = 1.0,
    weight_decay: Strength | None = None,
    *,
    maximize: bool = False,
) -> optax.GradientTransformationExtraArgs:
    """Adafactor without momentum, whose rate is a share of each parameter's size.

    Update `t`, counted from 1, is made at the rate `min(lr, 1 / sqrt(t))`. So the rate falls once `1 / sqrt(t)` is
    below `lr`, by default after 10,000 updates. The decay takes the share `lr weight_decay` and does not fall then.
    Each leaf is factored along its last two axes; those of a convolution may be its height and width.

    Args:
        lr: The largest rate, >= 0, or a schedule of it.
        beta2_decay: Power of `t` in the share of a new square, <= 0.
        eps: The least divisor, >= 0, and the least size of a parameter, >= 0, or schedules. None: the machine epsilon
            of the accumulators, which are in float32 or wider; PyTorch takes that of the parameters, 0.0078 in bf16.
        d: Largest root mean square of an update before rate and size multiply it, > 0, or a schedule.
        weight_decay: Strength of the decay, >= 0, or a schedule. None: no decay.
        maximize: Go up.

    Returns:
        An optimizer: `optimizers.adafactor`. `update` needs `params`. The state records `min(lr, 1 / sqrt(t))`.

    Raises:
        ValueError: A number is outside its range, or `update` is called without `params`.

    Example:
        >>> import jax.numpy as jnp
        >>> tx, params = Adafactor(0.1), jnp.array([3.0, -3.0])
        >>> tx.update(jnp.array([1e-3, -2.0]), tx.init(params), params)[0].round(3)
        Array([-0.3,  0.3], dtype=float32)
    """
    least, size = eps
    least = float(jnp.finfo(real(0).dtype).eps) if least is None else least

    def rate(step: ArrayLike) -> jax.Array:
        return jnp.minimum(value_at(lr, step), (real(step) + 1) ** -0.5)

    def share(step: ArrayLike) -> jax.Array:
        return value_at(lr, step) * value_at(weight_decay, step)  # type: ignore[arg-type]

    tx = adafactor(
        rate, decay_exponent=-beta2_decay, eps=least, eps_as_floor=True, clip_threshold=d,  # type: ignore[operator]
        min_scale=size, min_dim_size_to_factor=1, factored_axes="last",
        weight_decay=None if weight_decay is None else decay(share, goes_with="nothing"),
    )  # fmt: skip
    return climbing(tx, maximize)


@lift
def Muon(
    lr: PortedRate = 1e-3,
    weight_decay: Strength | None = 0.1,
    momentum: Momentum = 0.95,
    nesterov: bool = True,
    ns_coefficients: tuple[Finite, Finite, Finite] = (3.4445, -4.775, 2.0315),
    eps: Epsilon = 1e-7,
    ns_steps: Size = 5,
    adjust_lr_fn: Literal["original", "match_rms_adamw"] | None = None,
) -> optax.GradientTransformationExtraArgs:
    """Momentum with all its singular values near 1, for matrices only.

    It expects matrices (out, in), as PyTorch and Equinox keep them. For the (in, out) of Flax and Haiku its scale is
    wrong: use `optimizers.muon`, which also takes parameters that are no matrices. The iterations are made in bf16.

    Args:
        lr: A number >= 0, a schedule or a `Rate`.
        weight_decay: Strength of the decay, >= 0, or a schedule: each update takes the share `lr weight_decay` of the
            parameters. None: no decay.
        momentum: The share that is kept, in [0, 1), or a schedule. The momentum is a moving average.
        nesterov: Look ahead along the momentum.
        ns_coefficients: The polynomial of the iterations: three numbers.
        eps: Added to the norm, >= 0, or a schedule.
        ns_steps: Iterations, a whole number >= 1.
        adjust_lr_fn: Factor of the rate. None or "original": `sqrt(max(1, out / in))`. "match_rms_adamw":
            `0.2 sqrt(max(out, in))`, so that the rates of `AdamW` hold.

    Returns:
        An optimizer: `optimizers.muon` with `ns_dtype="bfloat16"`.

    Raises:
        ValueError: An argument is outside its range, or a parameter is no matrix.

    Example:
        >>> import jax.numpy as jnp
        >>> tx, params = Muon(0.1), jnp.eye(2)
        >>> updates, state = tx.update(jnp.array([[3.0, 0.0], [0.0, -2.0]]), tx.init(params), params)
        >>> jnp.diag(updates).round(1)
        Array([-0.1,  0.1], dtype=float32)
    """
    tx = muon(
        lr, momentum=momentum, nesterov=nesterov, scale="rms" if adjust_lr_fn == "match_rms_adamw" else "spectral",
        layout="out_in", eps=eps, ns_coefficients=(tuple(ns_coefficients),) * ns_steps, ns_dtype="bfloat16",
        weight_decay=weight_decay,
    )  # fmt: skip

    def init(params: optax.Params) -> optax.OptState:
        for shape in map(jnp.shape, jax.tree.leaves(params)):
            if len(shape) != 2:
                raise Refused(f"parameters must be matrices, got shape {shape}; use wrappers.groups.")
        return tx.init(params)

    return optax.GradientTransformationExtraArgs(init, tx.update)
