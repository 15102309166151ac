"""AdaBelief: Adam, divided by how far the gradients are from what was expected."""

import jax
import optax

from lropt_jax._core.accumulators import average, square
from lropt_jax._core.kinds import Average, Epsilon, LearningRate, SquaredScale, WeightDecay
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import value_at
from lropt_jax.optimizers._moments import Now, moments
from lropt_jax.optimizers._stability import over_second
from lropt_jax.optimizers.descent import descent


@lift(elementwise=True)
def adabelief(
    learning_rate: LearningRate,
    *,
    b1: Average = 0.9,
    b2: Average = 0.999,
    eps: Epsilon = 1e-16,
    eps_root: SquaredScale = 1e-16,
    weight_decay: WeightDecay | None = None,
) -> optax.GradientTransformationExtraArgs:
    """AdaBelief: long steps where the gradient is as its average foretells, short ones where it surprises.

    `mu <- b1 * mu + (1 - b1) * g`, `nu <- b2 * nu + (1 - b2) * (g - mu)^2 + eps_root`; the direction is
    `mu / (1 - b1^t) / (sqrt(nu / (1 - b2^t)) + eps)`, `t = 1, 2, ...` (Zhuang et al. 2020, arXiv:2010.07468,
    algorithm 2). Then `params <- params - rate * (direction + weight_decay * params)`.

    Choose it in place of `adam` where gradients are small but steady. If they are constant, only `eps` and `eps_root`
    bound the updates: unlike Adam's, they may be many times the rate.

    Args:
        learning_rate: A number >= 0, a schedule or a `Rate`.
        b1: Decay of `mu`, in [0, 1), or a schedule.
        b2: Decay of `nu`, in [0, 1), or a schedule.
        eps: Added to the root, >= 0, or a schedule.
        eps_root: Added to `nu` at every step, >= 0, or a schedule. It adds up to `eps_root / (1 - b2)`.
        weight_decay: Strength, >= 0, a schedule, or `decay(...)` with a mask or another `goes_with`. None: no decay.

    Returns:
        An optimizer; `update` needs `params` for `weight_decay`. State: `count`, `learning_rate`, `rate`, `mu`, `nu`.
        Memory: 2 x params, float32.

    Raises:
        ValueError: A number is outside its range, or `update` is called without the `params` that it needs.

    The paper has one `eps` for both places. These defaults are Optax's.

    Example:
        >>> import jax.numpy as jnp
        >>> tx = adabelief(0.1)
        >>> updates, state = tx.update(jnp.array([1e-3, -2.0]), tx.init(jnp.zeros(2)))
        >>> updates.round(2)
        Array([-0.11,  0.11], dtype=float32)
    """

    def second(v: jax.Array, g: jax.Array, m: jax.Array, now: Now) -> jax.Array:
        return average(v, square(g - m), now.b2) + value_at(eps_root, now.count).astype(v.dtype)

    direction = moments(b1, b2, eps, second=second, scale=over_second)
    return descent(direction, learning_rate, weight_decay=weight_decay)
