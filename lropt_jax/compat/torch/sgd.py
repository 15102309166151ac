"""PyTorch's SGD, and ASGD, which averages its parameters."""

import jax
import jax.numpy as jnp
import optax
from jax.typing import ArrayLike

from lropt_jax._core.kinds import Momentum, NonNegative, PortedPlainRate, PortedRate, Share, StepNumber, Strength
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import minus, plus, real, value_at
from lropt_jax._core.relations import absent, equal
from lropt_jax.compat.torch.arguments import climbing, l2
from lropt_jax.optimizers import sgd
from lropt_jax.wrappers import polyak_ruppert


@lift
def SGD(
    lr: PortedRate = 1e-3,
    momentum: Momentum | None = None,
    dampening: Share | None = None,
    weight_decay: Strength | None = None,
    nesterov: bool = False,
    *,
    maximize: bool = False,
) -> optax.GradientTransformationExtraArgs:
    """Gradient descent, with momentum if asked for.

    The first gradient enters the momentum in full, later ones times `1 - dampening`. The rate multiplies the whole
    momentum: a change of `lr` acts at once. `weight_decay` is added to the gradients, and so enters the momentum.

    Args:
        lr: A number >= 0, a schedule or a `Rate`.
        momentum: The share that is kept, in [0, 1), or a schedule. None: no momentum.
        dampening: The share of a gradient that is left out, in [0, 1], or a schedule; without momentum it has no
            effect. None: 0.
        weight_decay: Strength of L2, >= 0, or a schedule. None: no decay.
        nesterov: Look ahead along the momentum.
        maximize: Go up.

    Returns:
        An optimizer: `optimizers.sgd`, with a decay that goes with the "gradients".

    Raises:
        ValueError: A number is outside its range, or `nesterov` is True without momentum or with dampening.

    Example:
        >>> import jax.numpy as jnp
        >>> tx = SGD(0.1, momentum=0.9)
        >>> tx
        torch.SGD(lr=0.1, momentum=0.9, nesterov=False, maximize=False)
        >>> tx.update(jnp.array([1.0, -2.0]), tx.init(jnp.zeros(2)))[0]
        Array([-0.1,  0.2], dtype=float32)
    """

    def later(step: ArrayLike) -> jax.Array:
        return jnp.where(jnp.asarray(step) > 0, value_at(dampening, step), 0)  # type: ignore[arg-type]

    tx = sgd(
        lr, momentum=momentum, dampening=None if momentum is None or dampening is None else later, nesterov=nesterov,
        weight_decay=l2(weight_decay),
    )  # fmt: skip
    return climbing(tx, maximize)


@SGD.requires
def _(momentum: Momentum | None, dampening: Share | None, nesterov: bool) -> None:
    if momentum is None:
        absent("momentum", nesterov=nesterov)
    if nesterov and dampening is not None:
        equal(0, dampening=dampening)


@lift
def ASGD(
    lr: PortedPlainRate = 1e-2,
    lambd: NonNegative = 1e-4,
    alpha: NonNegative = 0.75,
    t0: StepNumber = 1e6,
    weight_decay: Strength | None = None,
    *,
    maximize: bool = False,
) -> optax.GradientTransformationExtraArgs:
    """Gradient descent at a falling rate, whose parameters are averaged on the side.

    Update `t`, counted from 0, is made at the rate `lr / (1 + lambd lr t)^alpha` and takes the share
    `rate (lambd + weight_decay)` of the parameters (Polyak and Juditsky 1992 for the average).

    Four traps are PyTorch's. The average does not begin before `t0`, by default a million steps; until then it equals
    the parameters. The model never gets the average: read `wrappers.averaged(state)`, PyTorch's `ax`. A schedule of
    `lr` acts one step late. And `lambd` not only lowers the rate, it also decays the parameters.

    Args:
        lr: The first rate, >= 0, or a schedule of it.
        lambd: How fast the rate falls, and the strength of a decay, >= 0.
        alpha: Power of the fall, >= 0.
        t0: The average is over the parameters after update `t0 + 1` and later ones, counted from 0, >= 0.
        weight_decay: Strength of L2, >= 0, or a schedule. None: no decay but that of `lambd`.
        maximize: Go up.

    Returns:
        An optimizer: `wrappers.polyak_ruppert` around `optimizers.sgd`. `update` needs `params`.

    Raises:
        ValueError: A number is outside its range, or `update` is called without `params`.

    Example:
        >>> import jax.numpy as jnp
        >>> from lropt_jax.wrappers import averaged
        >>> tx, params = ASGD(0.5, lambd=0.0, t0=0.0), jnp.array([1.0, 2.0])
        >>> state = tx.init(params)
        >>> for _ in range(4):
        ...     updates, state = tx.update(jnp.ones(2), state, params)
        ...     params = params + updates
        >>> params, averaged(state)  # the mean after the last three updates
        (Array([-1.,  0.], dtype=float32), Array([-0.5,  0.5], dtype=float32))
    """

    def rate(step: ArrayLike) -> jax.Array:
        base = value_at(lr, jnp.maximum(minus(step, 1), 0))
        return base / (1 + real(lambd) * base * real(step)) ** real(alpha)

    def decay(step: ArrayLike) -> jax.Array:
        return real(lambd) + (0 if weight_decay is None else value_at(weight_decay, step))

    return polyak_ruppert(climbing(sgd(rate, weight_decay=decay), maximize), start=plus(t0, 1))
