"""AdamW and RAdam of schedulefree."""

from typing import NamedTuple

import chex
import jax
import jax.numpy as jnp
import optax
from jax.typing import ArrayLike

from lropt_jax._core import checks
from lropt_jax._core.accumulators import average, debias, full, over_root, square, weight, wide
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import at, real
from lropt_jax._core.rectifier import rectifier
from lropt_jax.compat.schedulefree.rise import check_average, rising
from lropt_jax.compat.torch.arguments import Number, check, two
from lropt_jax.optimizers import Direction, descent, rmsprop
from lropt_jax.wrappers import schedule_free


@lift
def AdamWScheduleFree(
    lr: optax.ScalarOrSchedule = 0.0025,
    betas: tuple[Number, Number] = (0.9, 0.999),
    eps: Number = 1e-8,
    weight_decay: Number | None = None,
    warmup_steps: ArrayLike = 0,
    r: ArrayLike = 0.0,
    weight_lr_power: ArrayLike = 2.0,
) -> optax.GradientTransformationExtraArgs:
    """AdamW without a schedule, and without a first moment.

    Args:
        lr: A number >= 0, a schedule or a `Rate`.
        betas: Where the gradients are taken, the share of the average in it, in [0, 1]; and the decay of the second
            moment, in [0, 1). Numbers or schedules.
        eps: Added to the corrected root, >= 0, or a schedule.
        weight_decay: Strength of a decay at `y`, >= 0, or a schedule. None: the library's 0.
        warmup_steps: Updates in which the rate rises to `lr`, >= 0.
        r: How much more later steps count in the average, >= 0.
        weight_lr_power: How much less steps at small rates count in it, >= 0.

    Returns:
        An optimizer; `wrappers.schedule_free` around `optimizers.rmsprop`, which is Adam at `b1=0`. `update` needs
        `params`. Memory: 3 x params, float32.

    Raises:
        ValueError: A number is outside its range, or `update` is called without `params`.

    Example:
        >>> import jax.numpy as jnp
        >>> tx, params = AdamWScheduleFree(0.1), jnp.zeros(2)
        >>> tx.update(jnp.array([1e-3, -2.0]), tx.init(params), params)[0].round(3)
        Array([-0.1,  0.1], dtype=float32)
    """
    owner = "schedulefree.AdamWScheduleFree"
    b1, b2 = _check(owner, lr, betas, eps, weight_decay)
    check_average(owner, {"betas": b1}, warmup_steps=warmup_steps, r=r, weight_lr_power=weight_lr_power)
    rate = rising(lr, warmup_steps)
    tx = rmsprop(rate, decay=b2, eps=eps, bias_correction=True, weight_decay=weight_decay)
    return schedule_free(tx, b1=b1, r=r, weight_power=weight_lr_power)


class RectifiedState(NamedTuple):
    """State of the optimizer inside `RAdamScheduleFree`."""

    count: jax.Array  # type: ignore[assignment]
    learning_rate: jax.Array
    rate: chex.ArrayTree
    nu: optax.Updates


@lift
def RAdamScheduleFree(
    lr: optax.ScalarOrSchedule = 0.0025,
    betas: tuple[Number, Number] = (0.9, 0.999),
    eps: Number = 1e-8,
    weight_decay: Number | None = None,
    r: ArrayLike = 0.0,
    weight_lr_power: ArrayLike = 2.0,
    silent_sgd_phase: bool = True,
) -> optax.GradientTransformationExtraArgs:
    """RAdam without a schedule and without a warmup: RAdam's factor is part of the rate, so the average has it too.

    Args:
        lr: A number >= 0, a schedule or a `Rate`.
        betas: Where the gradients are taken, the share of the average in it, in [0, 1]; and the decay of the second
            moment, in [0, 1). Numbers or schedules.
        eps: Added to the corrected root, >= 0, or a schedule.
        weight_decay: Strength of a decay at `y`, >= 0, or a schedule. None: the library's 0.
        r: How much more later steps count in the average, >= 0.
        weight_lr_power: How much less steps at small rates count in it, >= 0.
        silent_sgd_phase: Make no steps while the second moment rests on too few gradients, 4 of them by default.
            False: until then the steps are the gradients', times `lr`.

    Returns:
        An optimizer; `wrappers.schedule_free` around a direction with the slot `nu`. `update` needs `params`. Memory:
        3 x params, float32.

    Raises:
        ValueError: A number is outside its range, or `update` is called without `params`.

    Example:
        >>> import jax.numpy as jnp
        >>> from lropt_jax import learning_rate
        >>> tx, params = RAdamScheduleFree(0.1), jnp.zeros(2)
        >>> state = tx.init(params)
        >>> for _ in range(6):
        ...     _, state = tx.update(jnp.ones(2), state, params)
        ...     print(f"{learning_rate(state):.4f}")
        0.0000
        0.0000
        0.0000
        0.0000
        0.0017
        0.0026
    """
    owner = "schedulefree.RAdamScheduleFree"
    b1, b2 = _check(owner, lr, betas, eps, weight_decay)
    check_average(owner, {"betas": b1}, r=r, weight_lr_power=weight_lr_power)
    direction = _rectified(b2, eps, real(0 if silent_sgd_phase else 1))
    tx = descent(owner, direction, lr, weight_decay=weight_decay)
    return schedule_free(tx, b1=b1, r=r, weight_power=weight_lr_power)


def _rectified(b2: Number, eps: Number, first: jax.Array) -> Direction:
    """The gradient, divided once the second moment may be; the rate is multiplied by how far that is to be trusted."""

    def trust(count: jax.Array) -> tuple[jax.Array, jax.Array]:
        return rectifier(at(b2, count), optax.safe_increment(count), real(4))

    def init(params: optax.Params) -> dict:
        return {"nu": full(params, real(0))}

    def apply(grads: optax.Updates, state: RectifiedState, params: optax.Params | None) -> tuple:
        keep, small = at(b2, state.count), at(eps, state.count)
        gathered, (enough, _) = weight(keep, optax.safe_increment(state.count)), trust(state.count)
        nu = jax.tree.map(lambda v, g: average(v, square(g), keep), state.nu, grads)

        def towards(v: jax.Array, g: jax.Array) -> jax.Array:
            return jnp.where(enough, over_root(g, debias(v, gathered), small), wide(g))

        return jax.tree.map(towards, nu, grads), state._replace(nu=nu)

    def pace(before: RectifiedState, after: RectifiedState) -> jax.Array:
        enough, share = trust(before.count)
        return jnp.where(enough, share, first)

    return Direction(RectifiedState, init, apply, pace)


def _check(owner: str, lr: optax.ScalarOrSchedule, betas: tuple, eps: Number, weight_decay: Number | None) -> tuple:
    """Refuse bad numbers; gives both betas."""
    check(owner, lr, eps=eps, weight_decay=weight_decay)
    b1, b2 = two(owner, "betas", betas)
    checks.schedulable(checks.below_one, owner, betas=b2)
    return b1, b2
