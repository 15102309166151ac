"""QHAdam: Adam whose two averages are mixed with the present gradient and its square."""

import jax
import optax
from jax.typing import ArrayLike

from lropt_jax._core.accumulators import debias, over_root, square, times, wide
from lropt_jax._core.kinds import Average, Epsilon, LearningRate, Share, WeightDecay
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import value_at
from lropt_jax.optimizers._moments import AdamState, Now, moments
from lropt_jax.optimizers.descent import descent


@lift(scaling="sqrt", elementwise=True)
def qhadam(
    learning_rate: LearningRate,
    *,
    b1: Average = 0.995,
    b2: Average = 0.999,
    nu1: Share = 0.7,
    nu2: Share = 1.0,
    eps: Epsilon = 1e-8,
    weight_decay: WeightDecay | None = None,
) -> optax.GradientTransformationExtraArgs:
    """QHAdam: Adam with a long memory of which the present gradient is a fixed part: quasi-hyperbolic moments.

    `mu` and `nu` are Adam's. With `mu' = mu / (1 - b1^t)` and `nu' = nu / (1 - b2^t)`, `t = 1, 2, ...`, the direction
    is `(nu1 * mu' + (1 - nu1) * g) / (sqrt(nu2 * nu' + (1 - nu2) * g^2) + eps)` (Ma and Yarats 2019, arXiv:1810.06801).
    Then `params <- params - rate * (direction + weight_decay * params)`.

    Choose it to average noise over several hundred steps and still turn at once: `b1` may be near 1. `nu1=1, nu2=1` is
    Adam, `nu1=b1` is nearly NAdam, and `nu1=0` is RMSprop. It has one more number to tune; at a short memory, such as
    `b1=0.9`, it gains little over Adam.

    Args:
        learning_rate: A number >= 0, a schedule or a `Rate`.
        b1: Decay of `mu`, in [0, 1), or a schedule.
        b2: Decay of `nu`, in [0, 1), or a schedule.
        nu1: The share of `mu` beside the present gradient, in [0, 1], or a schedule.
        nu2: The share of `nu` beside its square, in [0, 1], or a schedule. Below 1 it limits the steps: no coordinate
            moves by more than about `rate / sqrt(1 - nu2)` for one large gradient.
        eps: Added to the root, >= 0, or a schedule.
        weight_decay: Strength, >= 0, a schedule, or `decay(...)` with a mask or another `goes_with`. None: no decay.

    Returns:
        An optimizer; `update` needs `params` for `weight_decay`. State: `count`, `learning_rate`, `rate`, `mu`, `nu`.
        Memory: 2 x params, float32.

    Raises:
        ValueError: A number is outside its range, or `update` is called without the `params` that it needs.

    The authors' program and `pytorch_optimizer.QHAdam` have Adam's `b1=0.9` and shares of 1 by default. There
    `weight_decay` goes with "gradients", and with `decouple_weight_decay=True` (`weight_decouple=True`) with the
    "rate".

    Example:
        >>> import jax.numpy as jnp
        >>> tx = qhadam(0.1)
        >>> updates, state = tx.update(jnp.array([1e-3, -2.0]), tx.init(jnp.zeros(2)))
        >>> updates.round(3)
        Array([-0.1,  0.1], dtype=float32)
    """

    def towards(state: AdamState, grads: optax.Updates, now: Now) -> tuple:
        first, second = now.weights
        kept, kept_squares = value_at(nu1, now.count), value_at(nu2, now.count)

        def divided(m: jax.Array, v: jax.Array, g: ArrayLike) -> jax.Array:
            mixed = times(kept, debias(m, first)) + times(1 - kept, wide(g))
            squares = times(kept_squares, debias(v, second)) + times(1 - kept_squares, square(g))
            return over_root(mixed, squares, now.eps)

        return jax.tree.map(divided, state.mu, state.nu, grads), state

    return descent(moments(b1, b2, eps, towards=towards), learning_rate, weight_decay=weight_decay)
