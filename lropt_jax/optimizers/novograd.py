"""NovoGrad: momentum of gradients that are divided by the recent length of their whole array."""

from typing import NamedTuple

import chex
import jax
import jax.numpy as jnp
import optax
from jax.typing import ArrayLike

from lropt_jax._core.accumulators import average, over_root, square, times, zeros
from lropt_jax._core.decay import OWN, as_decay
from lropt_jax._core.kinds import Average, Epsilon, LearningRate, OwnDecay
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import value_at
from lropt_jax._core.slots import Others
from lropt_jax.optimizers.descent import Direction, descent


class NovoGradState(NamedTuple):
    """State of `novograd`."""

    count: jax.Array  # type: ignore[assignment]
    learning_rate: jax.Array
    rate: chex.ArrayTree
    mu: Others
    nu: optax.Updates


@lift
def novograd(
    learning_rate: LearningRate,
    *,
    b1: Average = 0.95,
    b2: Average = 0.98,
    eps: Epsilon = 1e-8,
    eps_in_sqrt: bool = False,
    grad_averaging: bool = False,
    weight_decay: OwnDecay | None = None,
) -> optax.GradientTransformationExtraArgs:
    """NovoGrad: momentum, with one size of the gradients for each array of parameters.

    `nu` is one number for each array. It begins as the first `|g|^2` that is not 0, then
    `nu <- b2 * nu + (1 - b2) * |g|^2`; the direction is `mu <- b1 * mu + g / (sqrt(nu) + eps) + weight_decay * params`
    (Ginsburg et al. 2019, arXiv:1905.11286, algorithm 1).

    Choose it to halve Adam's memory, or to do without a warmup: the first direction of every array has length 1, for
    any gradient. Under a constant gradient the direction grows to the length `1 / (1 - b1)`, 20 by default.

    Args:
        learning_rate: A number >= 0, a schedule or a `Rate`.
        b1: Decay of `mu`, in [0, 1), or a schedule.
        b2: Decay of `nu`, in [0, 1), or a schedule.
        eps: Added to the root, >= 0, or a schedule.
        eps_in_sqrt: Add `eps` inside the root instead, `g / sqrt(nu + eps)`, as the authors' program does.
        grad_averaging: Multiply by `1 - b1` what is added to `mu`. So `mu` becomes a moving average.
        weight_decay: Strength, >= 0, a schedule, or `decay(...)` with a mask or another `goes_with`. None: no decay.
            A number decays inside the momentum, as above.

    Returns:
        An optimizer; `update` needs `params` for `weight_decay`. State: `count`, `learning_rate`, `rate`, `mu`, `nu`.
        Memory: 1 x params, float32, and one number for each array.

    Raises:
        ValueError: A number is outside its range, or `update` is called without the `params` that it needs.

    `b1`, `b2` and `eps` are those of the authors' program. `optax.novograd` is `b1=0.9, b2=0.25, eps=1e-6`. It starts
    `nu` at the first gradient even if that is 0, and then divides the next gradient by too little.

    Example:
        >>> import jax.numpy as jnp
        >>> tx = novograd(1.0)
        >>> updates, state = tx.update(jnp.array([3.0, -4.0]), tx.init(jnp.zeros(2)))
        >>> updates.round(3)
        Array([-0.6,  0.8], dtype=float32)
    """
    decay = as_decay(weight_decay, OWN)  # a number is added to gradients that are already divided

    def init(params: optax.Params) -> dict:
        return {"mu": zeros(params), "nu": jax.tree.map(lambda p: jnp.zeros((), square(p).dtype), params)}

    def apply(grads: optax.Updates, state: NovoGradState, params: optax.Params | None) -> tuple:
        carry, keep, small = (value_at(number, state.count) for number in (b1, b2, eps))

        def size(v: jax.Array, g: ArrayLike) -> jax.Array:
            length = jnp.sum(square(g))
            return jnp.where(v > 0, average(v, length, keep), length)

        nu = jax.tree.map(size, state.nu, grads)
        fresh = jax.tree.map(lambda v, g: over_root(g, v, small, eps_in_sqrt), nu, grads)
        fresh = decay.of_steps(fresh, params, state.count)
        if grad_averaging:
            fresh = jax.tree.map(lambda f: times(1 - carry, f), fresh)
        mu = jax.tree.map(lambda m, f: times(carry, m) + f, state.mu, fresh)
        return mu, state._replace(mu=mu, nu=nu)

    return descent(Direction(NovoGradState, init, apply), learning_rate, weight_decay=decay)
