"""Yogi: Adam, whose second moment moves by additions of limited size."""

import jax
import jax.numpy as jnp
import optax

from lropt_jax._core.accumulators import over_root, square, times
from lropt_jax._core.kinds import Average, Epsilon, LearningRate, SquaredScale
from lropt_jax._core.lifting import lift
from lropt_jax.optimizers._moments import AdamState, Now, corrected, moments
from lropt_jax.optimizers._stability import over_second
from lropt_jax.optimizers.descent import descent


@lift(scaling="sqrt", elementwise=True)
def yogi(
    learning_rate: LearningRate,
    *,
    b1: Average = 0.9,
    b2: Average = 0.999,
    eps: Epsilon = 1e-3,
    initial_accumulator_value: SquaredScale = 1e-6,
    bias_correction: bool = False,
) -> optax.GradientTransformationExtraArgs:
    """Yogi: Adam whose rates rise slowly when gradients become small.

    `mu <- b1 * mu + (1 - b1) * g`, `nu <- nu - (1 - b2) * sign(nu - g^2) * g^2`; the direction is
    `mu / (sqrt(nu) + eps)` (Zaheer et al. 2018, NeurIPS, algorithm 2). Adam's `nu` falls by a share of itself, Yogi's
    by a share of `g^2`: if gradients vanish, it stays.

    Choose it for sparse or noisy gradients, if Adam's updates jump up after some steps with small gradients.

    Args:
        learning_rate: A number >= 0, a schedule or a `Rate`.
        b1: Decay of `mu`, in [0, 1), or a schedule.
        b2: One minus the share of `g^2` by which `nu` moves, in [0, 1), or a schedule.
        eps: Added to the root, >= 0, or a schedule.
        initial_accumulator_value: Where `nu` begins, >= 0, or a schedule, whose step 0 counts.
        bias_correction: Correct both moments for their start at 0 as in `adam`. Without it the first update of a
            large gradient is `(1 - b1) / sqrt(1 - b2)` times the rate, 3.2 by default.

    Returns:
        An optimizer. State: `count`, `learning_rate`, `rate`, `mu`, `nu`. Memory: 2 x params, float32.

    Raises:
        ValueError: A number is outside its range.

    As in the paper. `optax.yogi` is `bias_correction=True`, and its `mu` begins at 1e-6 too.

    Example:
        >>> import jax.numpy as jnp
        >>> tx = yogi(0.1, bias_correction=True)
        >>> updates, state = tx.update(jnp.array([100.0, -200.0]), tx.init(jnp.zeros(2)))
        >>> updates.round(3)
        Array([-0.1,  0.1], dtype=float32)
    """

    def second(v: jax.Array, g: jax.Array, m: jax.Array, now: Now) -> jax.Array:
        return v - times(1 - now.b2, jnp.sign(v - square(g)) * square(g))

    def plain(state: AdamState, grads: optax.Updates, now: Now) -> tuple:
        return jax.tree.map(lambda m, v: over_root(m, v, now.eps), state.mu, state.nu), state

    towards = corrected if bias_correction else plain
    scale = over_second if bias_correction else None
    direction = moments(b1, b2, eps, towards=towards, second=second, start=initial_accumulator_value, scale=scale)
    return descent(direction, learning_rate)
