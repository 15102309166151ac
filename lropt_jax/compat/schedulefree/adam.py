"""AdamW and RAdam of schedulefree."""

from typing import NamedTuple

import chex
import jax
import jax.numpy as jnp
import optax

from lropt_jax._core.accumulators import average, debias, full, over_root, square, weight, wide
from lropt_jax._core.kinds import Average, Epsilon, NonNegative, PortedRate, Share, StepsFromZero, Strength
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import real, value_at
from lropt_jax._core.rectifier import rectifier
from lropt_jax.compat.schedulefree.rise import rising
from lropt_jax.optimizers import Direction, descent, rmsprop
from lropt_jax.wrappers import schedule_free


@lift
def AdamWScheduleFree(
    lr: PortedRate = 0.0025,
    betas: tuple[Share, Average] = (0.9, 0.999),
    eps: Epsilon = 1e-8,
    weight_decay: Strength | None = None,
    warmup_steps: StepsFromZero = 0,
    r: NonNegative = 0.0,
    weight_lr_power: NonNegative = 2.0,
) -> optax.GradientTransformationExtraArgs:
    """AdamW without a schedule, and without a first moment.

    Args:
        lr: A number >= 0, a schedule or a `Rate`.
        betas: The share of the average in the parameters, where the gradients are taken, in [0, 1]; and the decay of
            the second moment, in [0, 1). Numbers or schedules.
        eps: Added to the corrected root, >= 0, or a schedule.
        weight_decay: Strength of the decay at the training point `y`, >= 0, or a schedule. None: no decay.
        warmup_steps: Updates in which the rate rises to `lr`, >= 0.
        r: How much more later steps count in the average, >= 0.
        weight_lr_power: How much less steps at small rates count in the average, >= 0.

    Returns:
        An optimizer: `wrappers.schedule_free` around `optimizers.rmsprop`, which is Adam at `b1=0`. `update` needs
        `params`. Memory: 3 x params, float32.

    Raises:
        ValueError: A number is outside its range, or `update` is called without `params`.

    Example:
        >>> import jax.numpy as jnp
        >>> tx, params = AdamWScheduleFree(0.1), jnp.zeros(2)
        >>> tx.update(jnp.array([1e-3, -2.0]), tx.init(params), params)[0].round(3)
        Array([-0.1,  0.1], dtype=float32)
    """
    b1, b2 = betas
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
    lr: PortedRate = 0.0025,
    betas: tuple[Share, Average] = (0.9, 0.999),
    eps: Epsilon = 1e-8,
    weight_decay: Strength | None = None,
    r: NonNegative = 0.0,
    weight_lr_power: NonNegative = 2.0,
    silent_sgd_phase: bool = True,
) -> optax.GradientTransformationExtraArgs:
    """RAdam without a schedule and without a warmup: RAdam's factor is part of the rate, so the average has it too.

    Args:
        lr: A number >= 0, a schedule or a `Rate`.
        betas: The share of the average in the parameters, where the gradients are taken, in [0, 1]; and the decay of
            the second moment, in [0, 1). Numbers or schedules.
        eps: Added to the corrected root, >= 0, or a schedule.
        weight_decay: Strength of the decay at the training point `y`, >= 0, or a schedule. None: no decay.
        r: How much more later steps count in the average, >= 0.
        weight_lr_power: How much less steps at small rates count in the average, >= 0.
        silent_sgd_phase: Make no steps while the second moment rests on too few gradients, 4 by default. False: make
            steps of `lr` times the gradients until then.

    Returns:
        An optimizer: `wrappers.schedule_free` around a direction with the slot `nu`. `update` needs `params`. Memory:
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
    b1, b2 = betas
    direction = _rectified(b2, eps, real(0 if silent_sgd_phase else 1))
    tx = descent(direction, lr, weight_decay=weight_decay)
    return schedule_free(tx, b1=b1, r=r, weight_power=weight_lr_power)


def _rectified(b2: Average, eps: Epsilon, first: jax.Array) -> Direction:
    """The gradient, divided by the second moment once that rests on enough gradients; the pace is RAdam's factor."""

    def trust(count: jax.Array) -> tuple[jax.Array, jax.Array]:
        return rectifier(value_at(b2, count), optax.safe_increment(count), real(4))

    def init(params: optax.Params) -> dict:
        return {"nu": full(params, real(0))}

    def apply(grads: optax.Updates, state: RectifiedState, params: optax.Params | None) -> tuple:
        keep, small = value_at(b2, state.count), value_at(eps, state.count)
        gathered, (enough, _) = weight(keep, optax.safe_increment(state.count)), trust(state.count)
        nu = jax.tree.map(lambda v, g: average(v, square(g), keep), state.nu, grads)

        def towards(v: jax.Array, g: jax.Array) -> jax.Array:
            return jnp.where(enough, over_root(g, debias(v, gathered), small), wide(g))

        return jax.tree.map(towards, nu, grads), state._replace(nu=nu)

    def pace(before: RectifiedState, after: RectifiedState) -> jax.Array:
        enough, share = trust(before.count)
        return jnp.where(enough, share, first)

    return Direction(RectifiedState, init, apply, pace)
