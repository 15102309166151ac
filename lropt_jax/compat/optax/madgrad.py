"""Optax's MADGRAD."""

from typing import Any

import jax
import jax.numpy as jnp
import optax
from jax.typing import ArrayLike

from lropt_jax import optimizers
from lropt_jax._core import checks
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import at, real


@lift
def madgrad(
    learning_rate: optax.ScalarOrSchedule,
    momentum: ArrayLike | optax.Schedule = 0.9,
    weight_decay: ArrayLike | optax.Schedule = 0.0,
    eps: ArrayLike | optax.Schedule = 1e-6,
) -> optax.GradientTransformationExtraArgs:
    """Dual averaging, divided by the cube root of the sum of squares; of `optax.contrib` since 0.2.8.

    The rate weighs the gradients in both sums and nothing multiplies the update: twice the rate makes steps 1.6 times
    as long, and a schedule that ends at 0 does not end the movement. `eps` is added to the rate as well: a rate of 0
    still moves. `optimizers.madgrad` has its rate outside.

    Args:
        learning_rate: A number >= 0 or a schedule.
        momentum: In [0, 1), or a schedule.
        weight_decay: Strength of L2: it is added to the gradients, >= 0, or a schedule.
        eps: Added to the cube root and to the rate, >= 0, or a schedule.

    Returns:
        An optimizer; `optimizers.madgrad(1.0, weight=learning_rate + eps)`. `update` needs `params`.

    Raises:
        ValueError: A number is outside its range, or `update` is called without `params`.

    Example:
        >>> import jax.numpy as jnp
        >>> tx, params = madgrad(0.125, momentum=0.0), jnp.zeros(2)
        >>> tx.update(jnp.array([8.0, -1.0]), tx.init(params), params)[0].round(3)
        Array([-0.5 ,  0.25], dtype=float32)
    """
    checks.schedulable(checks.nonnegative, "optax.madgrad", learning_rate=learning_rate)
    tx = optimizers.madgrad(
        1.0, momentum=momentum, eps=eps, weight=lambda step: at(learning_rate, step) + at(eps, step),
        weight_decay=weight_decay, decay_coupling="gradients",
    )  # fmt: skip

    def told(state: Any, rate: ArrayLike) -> Any:
        """The state, which records the rate that was asked for."""
        return state._replace(learning_rate=jnp.array(real(rate), copy=True))

    def init(params: optax.Params) -> Any:
        return told(tx.init(params), at(learning_rate, 0))

    def update(grads: optax.Updates, state: Any, params: optax.Params | None = None, **extra: jax.Array) -> tuple:
        updates, moved = tx.update(grads, state, params, **extra)
        return updates, told(moved, at(learning_rate, state.count))

    return optax.GradientTransformationExtraArgs(init, update)
