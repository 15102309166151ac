"""Adam-atan2: Adam with an angle in the place of the quotient, and so without `eps`."""

import jax
import jax.numpy as jnp
import optax

from lropt_jax._core.accumulators import debias, root, times
from lropt_jax._core.kinds import Average, LearningRate, Limit, WeightDecay
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import real, value_at
from lropt_jax.optimizers._moments import AdamState, Now, moments
from lropt_jax.optimizers.descent import descent


@lift(scaling="sqrt", elementwise=True)
def adam_atan2(
    learning_rate: LearningRate,
    *,
    b1: Average = 0.9,
    b2: Average = 0.999,
    a: Limit = 1.27,
    b: Limit = 1.0,
    weight_decay: WeightDecay | None = None,
) -> optax.GradientTransformationExtraArgs:
    """Adam without `eps`: gradients of any size, however small, make the same steps.

    `mu` and `nu` are Adam's. The direction is `a * atan2(mu / (1 - b1^t), b * sqrt(nu / (1 - b2^t)))`, `t = 1, 2, ...`
    (Everett et al. 2024, arXiv:2407.05872). The angle of 0 and 0 is 0, so nothing is added to the root.
    Then `params <- params - rate * (direction + weight_decay * params)`.

    Choose it for large networks whose gradients fall below Adam's `eps`, or differ by many decades between layers. With
    the defaults a steady gradient makes a step of `rate`, as in Adam; a coordinate moves at most by `a * pi / 2 *
    rate`, which is twice that. So a coordinate whose gradients have just grown makes shorter steps than in Adam, and
    small ones make steps up to 1.27 times as long. It loses time on a CPU, where XLA's `atan2` is slow: an update there
    takes ten times as long as Adam's (`benchmarks/newer_updates.py`).

    Args:
        learning_rate: A number >= 0, a schedule or a `Rate`.
        b1: Decay of `mu`, in [0, 1), or a schedule.
        b2: Decay of `nu`, in [0, 1), or a schedule.
        a: What multiplies the angle, > 0, or a schedule. 1.27 is about `4 / pi`, with which the angle of 1 and 1 is 1.
        b: What multiplies the root, > 0, or a schedule. With large `a = b` the direction is Adam's.
        weight_decay: Strength, >= 0, a schedule, or `decay(...)` with a mask or another `goes_with`. None: no decay.

    Returns:
        An optimizer; `update` needs `params` for `weight_decay`. State: `count`, `learning_rate`, `rate`, `mu`, `nu`.
        Memory: 2 x params, float32.

    Raises:
        ValueError: A number is outside its range, or `update` is called without the `params` that it needs.

    The paper has no constants; `a` and `b` are those of public programs. Gradients below 1e-19 are 0 in float32 where
    they are squared, and count as small ones there.

    Example:
        >>> import jax.numpy as jnp
        >>> tx = adam_atan2(0.1)
        >>> updates, state = tx.update(jnp.array([1e-9, -2.0]), tx.init(jnp.zeros(2)))
        >>> updates.round(3)
        Array([-0.1,  0.1], dtype=float32)
    """

    def towards(state: AdamState, grads: optax.Updates, now: Now) -> tuple:
        first, second = now.weights
        factor, steep = value_at(a, now.count), value_at(b, now.count)

        def turned(m: jax.Array, v: jax.Array) -> jax.Array:
            size = times(steep, root(debias(v, second), real(0), eps_in_sqrt=False))
            return times(factor, _angle(debias(m, first), size))

        return jax.tree.map(turned, state.mu, state.nu), state

    return descent(moments(b1, b2, 0.0, towards=towards), learning_rate, weight_decay=weight_decay)


@jax.jit
def _angle(leaf: jax.Array, size: jax.Array) -> jax.Array:
    """`atan2(leaf, size)`; of complex numbers that of their length, in their direction."""
    if not jnp.issubdtype(leaf.dtype, jnp.complexfloating):
        return jnp.arctan2(leaf, size)
    length = jnp.abs(leaf)
    return jnp.where(length > 0, leaf / jnp.where(length > 0, length, 1), 0) * jnp.arctan2(length, size)
