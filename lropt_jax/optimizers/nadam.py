"""NAdam: Adam with Nesterov's momentum."""

from typing import NamedTuple

import chex
import jax
import jax.numpy as jnp
import optax
from jax.typing import ArrayLike

from lropt_jax._core.accumulators import debias, over_root, times, wide
from lropt_jax._core.kinds import Average, Epsilon, LearningRate, Limit, PerStep, WeightDecay
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import real, value_at
from lropt_jax._core.slots import Moments, Squares
from lropt_jax.optimizers._moments import Now, moments
from lropt_jax.optimizers.descent import Direction, descent


class NAdamState(NamedTuple):
    """State of `nadam`."""

    count: jax.Array  # type: ignore[assignment]
    learning_rate: jax.Array
    rate: chex.ArrayTree
    mu: Moments
    nu: Squares
    momentum_product: jax.Array


@lift(scaling="sqrt", elementwise=True)
def nadam(
    learning_rate: LearningRate,
    *,
    b1: Average = 0.9,
    b2: Average = 0.999,
    eps: Epsilon = 1e-8,
    momentum_decay: PerStep | None = 4e-3,
    clip_threshold: Limit | None = None,
) -> optax.GradientTransformationExtraArgs:
    """NAdam: Adam that looks one step of its momentum ahead.

    `mu` and `nu` are Adam's. With the momenta `a_t = b1 * (1 - 0.96^(t * momentum_decay) / 2)`, `t = 1, 2, ...`, and
    their products `p_t = a_1 ... a_t`, `a_(t+1) * mu / (1 - p_(t+1)) + (1 - a_t) * g / (1 - p_t)` takes the place of
    Adam's corrected `mu` (Dozat 2016, ICLR workshop, algorithm 2).

    Choose it in the place of `adam`: the present gradient counts a little more.

    Args:
        learning_rate: A number >= 0, a schedule or a `Rate`.
        b1: Decay of `mu`, in [0, 1), or a schedule.
        b2: Decay of `nu`, in [0, 1), or a schedule.
        eps: Added to the root, >= 0, or a schedule.
        momentum_decay: How fast the momenta rise from `b1 / 2` to `b1`, >= 0, or a schedule. None: `a_t` is `b1`.
        clip_threshold: Largest root mean square of `g / sqrt(nu / (1 - b2^t))` over an array, > 0, or a schedule, as
            in `adamw`. None: unlimited.

    Returns:
        An optimizer. State: `count`, `learning_rate`, `rate`, `mu`, `nu`, `momentum_product` (`p_t`). Memory: 2 x
        params, float32.

    Raises:
        ValueError: A number is outside its range.

    The defaults are PyTorch's. As in PyTorch, `mu` decays with `b1`. In the paper it decays with `a_t`: here that is a
    schedule of `b1` with `momentum_decay=None`. As in PyTorch and Optax, the paper's factor `b2` of the corrected `nu`
    is left out. `optax.nadam` is `momentum_decay=None`.

    Example:
        >>> import jax.numpy as jnp
        >>> tx = nadam(0.1, momentum_decay=None)
        >>> updates, state = tx.update(jnp.array([1e-3, -2.0]), tx.init(jnp.zeros(2)))
        >>> updates.round(3)
        Array([-0.147,  0.147], dtype=float32)
    """
    return descent(_ahead(b1, b2, eps, momentum_decay, clip_threshold), learning_rate)


@lift(scaling="sqrt", elementwise=True)
def nadamw(
    learning_rate: LearningRate,
    *,
    b1: Average = 0.9,
    b2: Average = 0.999,
    eps: Epsilon = 1e-8,
    momentum_decay: PerStep | None = 4e-3,
    clip_threshold: Limit | None = None,
    weight_decay: WeightDecay = 1e-4,
) -> optax.GradientTransformationExtraArgs:
    """NAdam with decoupled weight decay.

    `params <- params - rate * (nadam's direction + weight_decay * params)`: the step of Dozat (2016, ICLR workshop,
    algorithm 2) with the decay of Loshchilov and Hutter (2019, arXiv:1711.05101, algorithm 2).

    Choose it in the place of `adamw`.

    Args:
        learning_rate: A number >= 0, a schedule or a `Rate`.
        b1: Decay of `mu`, in [0, 1), or a schedule.
        b2: Decay of `nu`, in [0, 1), or a schedule.
        eps: Added to the root, >= 0, or a schedule.
        momentum_decay: How fast the momenta rise from `b1 / 2` to `b1`, >= 0, or a schedule. None: they are `b1`.
        clip_threshold: Largest root mean square of `g / sqrt(nu / (1 - b2^t))` over an array, > 0, or a schedule, as
            in `adamw`. None: unlimited.
        weight_decay: Strength, >= 0, a schedule, or `decay(...)` with a mask or another `goes_with`. The default
            is Optax's; PyTorch's is 0.

    Returns:
        An optimizer; `update` needs `params`. State: `count`, `learning_rate`, `rate`, `mu`, `nu`, `momentum_product`.
        Memory: 2 x params, float32.

    Raises:
        ValueError: A number is outside its range, or `update` is called without `params`.

    `optax.nadamw` is `momentum_decay=None`.

    Example:
        >>> import jax.numpy as jnp
        >>> tx, params = nadamw(0.1, weight_decay=0.5), jnp.array([1.0, 2.0])
        >>> updates, state = tx.update(jnp.zeros(2), tx.init(params), params)
        >>> updates
        Array([-0.05, -0.1 ], dtype=float32)
    """
    direction = _ahead(b1, b2, eps, momentum_decay, clip_threshold)
    return descent(direction, learning_rate, weight_decay=weight_decay)


def _ahead(
    b1: Average, b2: Average, eps: Epsilon, momentum_decay: PerStep | None, clip_threshold: Limit | None
) -> Direction:
    """The direction of `nadam` and `nadamw`."""

    def momentum(count: jax.Array) -> jax.Array:
        if momentum_decay is None:
            return value_at(b1, count)
        return value_at(b1, count) * (1 - real(0.96) ** (value_at(momentum_decay, count) * (real(count) + 1)) / 2)

    def towards(state: NAdamState, grads: optax.Updates, now: Now) -> tuple:
        present, ahead = momentum(now.count), momentum(now.made)
        product = state.momentum_product * present
        of_mean, of_gradient = ahead / (1 - product * ahead), (1 - present) / (1 - product)

        _, second = now.weights

        def divided(m: jax.Array, v: jax.Array, g: ArrayLike) -> jax.Array:
            corrected = times(of_mean, m) + times(of_gradient, wide(g))
            return over_root(corrected, debias(v, second), now.eps)

        return jax.tree.map(divided, state.mu, state.nu, grads), state._replace(momentum_product=product)

    def slots(params: optax.Params) -> dict:
        return {"momentum_product": jnp.ones_like(real(1))}

    return moments(b1, b2, eps, towards=towards, state=NAdamState, slots=slots, clip_threshold=clip_threshold)
