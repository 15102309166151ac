"""MADGRAD: dual averaging, divided by the cube root of the sum of squares."""

from typing import NamedTuple

import chex
import jax
import jax.numpy as jnp
import optax

from lropt_jax._core.accumulators import divide, full, square, times, wide, zeros
from lropt_jax._core.kinds import Epsilon, LearningRate, Momentum, Strength, WeightDecay
from lropt_jax._core.lifting import lift
from lropt_jax._core.magnitudes import added
from lropt_jax._core.numbers import real, value_at
from lropt_jax._core.slots import Others
from lropt_jax.optimizers.descent import Direction, descent


class MadgradState(NamedTuple):
    """State of `madgrad`."""

    count: jax.Array  # type: ignore[assignment]
    learning_rate: jax.Array
    rate: chex.ArrayTree
    s: Others
    grad_sum_sq: Others
    moved: optax.Updates | None


@lift(elementwise=True)
def madgrad(
    learning_rate: LearningRate,
    *,
    momentum: Momentum | None = 0.9,
    eps: Epsilon = 1e-6,
    weight: Strength = 1.0,
    weight_decay: WeightDecay | None = None,
) -> optax.GradientTransformationExtraArgs:
    """MADGRAD: the sum of all gradients over the cube root of that of their squares, with momentum.

    With the weights `w = weight * sqrt(k + 1)`, `k = 0, 1, ...`, `s <- s + w * g` and `nu <- nu + w * g^2`. Then `p`
    follows `z = s / (cbrt(nu) + eps)` by `p <- momentum * p + (1 - momentum) * z`, and the direction is the change of
    `p`: at a constant rate the parameters are their first values minus `rate * p` (Defazio and Jelassi 2021,
    arXiv:2101.11075, algorithm 1 with `c = 1 - momentum`). Then `params <- params - rate * (direction + weight_decay *
    params)`.

    Choose it for sparse features, with `momentum=None`, and for problems where both `sgd` and `adam` might be right.
    Its sums forget nothing, but late gradients have larger weights. It needs little decay.

    Args:
        learning_rate: A number >= 0, a schedule or a `Rate`. The authors' default of 0.01 is 0.046 here; see below.
        momentum: The share of `p` that is kept, in [0, 1), or a schedule. None: no momentum, and no memory for it.
        eps: Added to the cube root, >= 0, or a schedule.
        weight: Weight of a gradient in both sums, >= 0, or a schedule. The paper has its rate in this place.
        weight_decay: Strength, >= 0, a schedule, or `decay(...)` with a mask or another `goes_with`. None: no decay.

    Returns:
        An optimizer; `update` needs `params` for `weight_decay`. State: `count`, `learning_rate`, `rate`, `s`,
        `grad_sum_sq` (`nu`), `moved` (`p`; None without momentum). Memory: 3 x params, float32; without momentum 2 x.

    Raises:
        ValueError: A number is outside its range, or `update` is called without the `params` that it needs.

    The paper's rate `gamma` is `madgrad(1.0, weight=gamma)`, also under a schedule. It weighs the gradients in both
    sums, so even when it is 0 the parameters still move to `z`. Here the rate multiplies each move. If `gamma` is
    constant, the paper is `madgrad(gamma ** (2 / 3), eps=gamma ** (-1 / 3) * eps)` too. The authors' program and
    `optax.contrib.madgrad` add `eps` to the rate: `weight=gamma + eps`. Their decay goes with "gradients". The
    program's decoupled decay is undone as the parameters follow `z`; the decay here is not undone.

    Example:
        >>> import jax.numpy as jnp
        >>> tx = madgrad(0.1, momentum=None)
        >>> updates, state = tx.update(jnp.array([8.0, -1.0]), tx.init(jnp.zeros(2)))
        >>> updates.round(3)
        Array([-0.2,  0.1], dtype=float32)
    """

    def init(params: optax.Params) -> dict:
        moved = None if momentum is None else zeros(params)
        return {"s": zeros(params), "grad_sum_sq": full(params, real(0)), "moved": moved}

    def dual(state: MadgradState, step: jax.Array) -> optax.Updates:
        small = value_at(eps, step)
        return jax.tree.map(lambda s, v: divide(s, _cube_root(v) + small.astype(v.dtype)), state.s, state.grad_sum_sq)

    def apply(grads: optax.Updates, state: MadgradState, params: optax.Params | None) -> tuple:
        w = value_at(weight, state.count) * jnp.sqrt(real(state.count) + 1)
        s = jax.tree.map(lambda s, g: s + times(w, wide(g)), state.s, grads)
        sums = jax.tree.map(lambda v, g: added(v, times(w, square(g))), state.grad_sum_sq, grads)
        after = state._replace(s=s, grad_sum_sq=sums)
        z = dual(after, state.count)
        if momentum is None:
            before = dual(state, jnp.maximum(state.count, 1) - 1)
            return jax.tree.map(jnp.subtract, z, before), after
        share = 1 - value_at(momentum, state.count)
        towards = jax.tree.map(lambda z, p: times(share, z - p), z, state.moved)
        return towards, after._replace(moved=jax.tree.map(jnp.add, state.moved, towards))

    direction = Direction(MadgradState, init, apply)
    return descent(direction, learning_rate, weight_decay=weight_decay)


def _cube_root(leaf: jax.Array) -> jax.Array:
    """The cube root of a leaf >= 0. Its gradient is finite where the leaf is 0."""
    above = leaf > 0
    return jnp.where(above, jnp.cbrt(jnp.where(above, leaf, 1)), 0)
