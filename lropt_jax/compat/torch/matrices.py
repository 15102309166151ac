"""PyTorch's optimizers that know about matrices."""

from collections.abc import Sequence

import jax
import jax.numpy as jnp
import optax
from jax.typing import ArrayLike

from lropt_jax._core import checks
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import at, real
from lropt_jax.compat.torch.arguments import Number, check, climbing, nonnegative, two
from lropt_jax.optimizers import adafactor, muon


@lift
def Adafactor(
    lr: optax.ScalarOrSchedule = 1e-2,
    beta2_decay: ArrayLike = -0.8,
    eps: tuple[Number | None, Number] = (None, 1e-3),
    d: Number = 1.0,
    weight_decay: Number | None = None,
    *,
    maximize: bool = False,
) -> optax.GradientTransformationExtraArgs:
    """Adafactor without momentum, whose rate is a share of each parameter's size.

    Update `t`, counted from 1, is made at the rate `min(lr, 1 / sqrt(t))`: whatever the schedule says, the rate falls
    once `1 / sqrt(t)` is below it, by default after 10,000 updates. The decay takes the share `lr weight_decay`, and
    does not fall with it. Each leaf is factored along its last two axes, also a convolution's height and width.

    Args:
        lr: The largest rate, >= 0, or a schedule of it.
        beta2_decay: Power of `t` in the share of a new square, <= 0.
        eps: The least divisor, >= 0, and the least size of a parameter, >= 0. None: the machine epsilon of the
            accumulators, which are in float32 or wider; PyTorch has that of the parameters, 0.0078 in bf16.
        d: Largest root mean square of an update before it is sized, > 0, or a schedule.
        weight_decay: Strength of the decay, >= 0, or a schedule. None: PyTorch's 0.
        maximize: Go up.

    Returns:
        An optimizer; `optimizers.adafactor`. `update` needs `params`. The state records `min(lr, 1 / sqrt(t))`.

    Raises:
        ValueError: A number is outside its range, or `update` is called without `params`.

    Example:
        >>> import jax.numpy as jnp
        >>> tx, params = Adafactor(0.1), jnp.array([3.0, -3.0])
        >>> tx.update(jnp.array([1e-3, -2.0]), tx.init(params), params)[0].round(3)
        Array([-0.3,  0.3], dtype=float32)
    """
    nonnegative("torch.Adafactor", lr=lr, weight_decay=weight_decay)
    checks.schedulable(checks.positive, "torch.Adafactor", d=d)
    exponent = -beta2_decay  # type: ignore[operator]
    checks.nonnegative("torch.Adafactor", **{"-beta2_decay": exponent})
    least, size = two("torch.Adafactor", "eps", eps)
    least = float(jnp.finfo(real(0).dtype).eps) if least is None else least
    for number in (least, size):
        nonnegative("torch.Adafactor", eps=number)

    def rate(step: ArrayLike) -> jax.Array:
        return jnp.minimum(at(lr, step), (real(step) + 1) ** -0.5)

    def decay(step: ArrayLike) -> jax.Array:
        return at(lr, step) * at(weight_decay, step)  # type: ignore[arg-type]

    tx = adafactor(
        rate, decay_exponent=exponent, eps=least, eps_as_floor=True, clip_threshold=d,
        min_scale=size, min_dim_size_to_factor=1, factored_axes="last",
        weight_decay=None if weight_decay is None else decay, decay_coupling="independent",
    )  # fmt: skip
    return climbing(tx, maximize)


@lift(static=("ns_steps",))
def Muon(
    lr: optax.ScalarOrSchedule = 1e-3,
    weight_decay: Number | None = 0.1,
    momentum: Number = 0.95,
    nesterov: bool = True,
    ns_coefficients: Sequence[ArrayLike] = (3.4445, -4.775, 2.0315),
    eps: Number = 1e-7,
    ns_steps: int = 5,
    adjust_lr_fn: str | None = None,
) -> optax.GradientTransformationExtraArgs:
    """Momentum with all its singular values near 1, for matrices only.

    Matrices are (out, in), as PyTorch and Equinox keep them; of Flax's and Haiku's (in, out) the scale would be the
    other one: use `optimizers.muon`, which also takes what is no matrix. The iterations are made in bf16.

    Args:
        lr: A number >= 0, a schedule or a `Rate`.
        weight_decay: Strength of the decay, >= 0, or a schedule: each update takes the share `lr weight_decay`.
        momentum: In [0, 1), or a schedule. The momentum is a moving average.
        nesterov: Look ahead along the momentum.
        ns_coefficients: The polynomial of the iterations: three numbers.
        eps: Added to the norm, >= 0, or a schedule.
        ns_steps: Iterations, > 0.
        adjust_lr_fn: What the rate is multiplied by. None or "original": `sqrt(max(1, out / in))`. "match_rms_adamw":
            `0.2 sqrt(max(out, in))`, so that the rates of `AdamW` hold.

    Returns:
        An optimizer; `optimizers.muon` with `ns_dtype="bfloat16"`.

    Raises:
        ValueError: An argument is outside its range, or a parameter is no matrix.

    Example:
        >>> import jax.numpy as jnp
        >>> tx, params = Muon(0.1), jnp.eye(2)
        >>> updates, state = tx.update(jnp.array([[3.0, 0.0], [0.0, -2.0]]), tx.init(params), params)
        >>> jnp.diag(updates).round(1)
        Array([-0.1,  0.1], dtype=float32)
    """
    check("torch.Muon", lr, weight_decay=weight_decay, eps=eps)
    checks.schedulable(checks.below_one, "torch.Muon", momentum=momentum)
    checks.positive("torch.Muon", ns_steps=ns_steps)
    if len(ns_coefficients) != 3:
        raise ValueError(f"torch.Muon: ns_coefficients must be three numbers, got {ns_coefficients}.")
    if adjust_lr_fn is not None:
        checks.one_of("torch.Muon", ("original", "match_rms_adamw"), adjust_lr_fn=adjust_lr_fn)
    tx = muon(
        lr, momentum=momentum, nesterov=nesterov, scale="rms" if adjust_lr_fn == "match_rms_adamw" else "spectral",
        layout="out_in", eps=eps, ns_coefficients=(tuple(ns_coefficients),) * ns_steps, ns_dtype="bfloat16",
        weight_decay=weight_decay,
    )  # fmt: skip

    def init(params: optax.Params) -> optax.OptState:
        for shape in map(jnp.shape, jax.tree.leaves(params)):
            if len(shape) != 2:
                raise ValueError(f"torch.Muon: parameters must be matrices, got shape {shape}; use wrappers.groups.")
        return tx.init(params)

    return optax.GradientTransformationExtraArgs(init, tx.update)
