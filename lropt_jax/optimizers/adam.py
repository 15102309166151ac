"""Adam: the moving average of the gradient over the root of that of its squares, both free of their start."""

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import chex
import jax
import jax.numpy as jnp
import optax

from lropt_jax._core.accumulators import average, full, root, square, times, weight, wide, zeros
from lropt_jax._core.kinds import Average, Epsilon, LearningRate, WeightDecay
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import value_at
from lropt_jax._core.slots import Moments, Squares
from lropt_jax.optimizers._idle import adam_alone
from lropt_jax.optimizers._stability import averaged, last, over_second
from lropt_jax.optimizers.descent import Direction, descent


class AdamState(NamedTuple):
    """State of `adam` and of relatives that remember no more than it does."""

    count: jax.Array  # type: ignore[assignment]
    learning_rate: jax.Array
    rate: chex.ArrayTree
    mu: Moments
    nu: Squares


@lift(scaling="sqrt", elementwise=True)
def adam(
    learning_rate: LearningRate,
    *,
    b1: Average = 0.9,
    b2: Average = 0.999,
    eps: Epsilon = 1e-8,
    eps_in_sqrt: bool = False,
) -> optax.GradientTransformationExtraArgs:
    """Adam: momentum, divided in each parameter by the recent size of its gradients.

    `mu <- b1 * mu + (1 - b1) * g`, `nu <- b2 * nu + (1 - b2) * g^2`; the direction is
    `mu / (1 - b1^t) / (sqrt(nu / (1 - b2^t)) + eps)`, `t = 1, 2, ...` (Kingma and Ba 2015, arXiv:1412.6980,
    algorithm 1).

    The usual first choice for neural networks. No update is much larger than `rate` in any coordinate, so good rates of
    most problems lie within one or two decades. If the last bit of generalisation counts, compare `sgd` with momentum.
    For weight decay take `adamw`.

    Args:
        learning_rate: A number >= 0, a schedule or a `Rate`.
        b1: Decay of `mu`, in [0, 1), or a schedule.
        b2: Decay of `nu`, in [0, 1), or a schedule.
        eps: Added to the root, >= 0, or a schedule. Gradients below `eps` hardly move their parameters.
        eps_in_sqrt: Add `eps` inside the root instead: `sqrt(nu / (1 - b2^t) + eps)`, Optax's `eps_root`.

    Returns:
        An optimizer. State: `count`, `learning_rate`, `rate`, `mu`, `nu`. Memory: 2 x params, float32.

    Raises:
        ValueError: A number is outside its range.

    As in the paper, PyTorch and Optax. Unlike in `optax.adam`, moments and hyper-parameters stay in float32 when
    parameters are bf16 or f16. If `b1` or `b2` follows a schedule, the start is corrected as if its present value had
    held from the beginning.

    Example:
        >>> import jax.numpy as jnp
        >>> tx = adam(0.1)
        >>> updates, state = tx.update(jnp.array([1e-3, -2.0]), tx.init(jnp.zeros(2)))
        >>> updates.round(3)
        Array([-0.1,  0.1], dtype=float32)
    """
    return descent(_adams(b1, b2, eps, eps_in_sqrt), learning_rate)


@lift(scaling="sqrt", elementwise=True)
def adamw(
    learning_rate: LearningRate,
    *,
    b1: Average = 0.9,
    b2: Average = 0.999,
    eps: Epsilon = 1e-8,
    eps_in_sqrt: bool = False,
    weight_decay: WeightDecay = 1e-4,
) -> optax.GradientTransformationExtraArgs:
    """Adam with decoupled weight decay.

    `params <- params - rate * (adam's direction + weight_decay * params)` (Loshchilov and Hutter 2019,
    arXiv:1711.05101, algorithm 2, with the rate in front of the decay too, as PyTorch and Optax have it).

    Choose it for transformers; there `b2=0.95` and a decay of 0.1 are a usual start. The product `rate * weight_decay`
    counts: one over it is the number of steps that a parameter remembers.

    Args:
        learning_rate: A number >= 0, a schedule or a `Rate`.
        b1: Decay of `mu`, in [0, 1), or a schedule.
        b2: Decay of `nu`, in [0, 1), or a schedule.
        eps: Added to the root, >= 0, or a schedule.
        eps_in_sqrt: Add `eps` inside the root instead, as in `adam`.
        weight_decay: Strength, >= 0, a schedule, or `decay(...)` with a mask or another `goes_with`. The default
            is Optax's; PyTorch's is 1e-2.

    Returns:
        An optimizer; `update` needs `params`. State: `count`, `learning_rate`, `rate`, `mu`, `nu`. Memory: 2 x params,
        float32.

    Raises:
        ValueError: A number is outside its range, or `update` is called without `params`.

    Example:
        >>> import jax.numpy as jnp
        >>> tx, params = adamw(0.1, weight_decay=0.5), jnp.array([1.0, 2.0])
        >>> updates, state = tx.update(jnp.zeros(2), tx.init(params), params)
        >>> updates
        Array([-0.05, -0.1 ], dtype=float32)
    """
    return descent(_adams(b1, b2, eps, eps_in_sqrt), learning_rate, weight_decay=weight_decay)


def _adams(b1: Average, b2: Average, eps: Epsilon, eps_in_sqrt: bool) -> Direction:
    """The direction of `adam` and `adamw`."""
    towards, scale = (functools.partial(part, eps_in_sqrt=eps_in_sqrt) for part in (corrected, over_second))
    direction = moments(b1, b2, eps, towards=towards, scale=scale)
    return direction._replace(idle=adam_alone(b1, b2, eps, eps_in_sqrt))


class Now(NamedTuple):
    """What Adam's family knows at an update: how many were made before, how many with this one, and its numbers."""

    count: jax.Array  # type: ignore[assignment]
    made: jax.Array
    b1: jax.Array
    b2: jax.Array
    eps: jax.Array

    @property
    def weights(self) -> tuple[jax.Array, jax.Array]:
        """The weights that `mu` and `nu` have gathered since they started at 0."""
        return weight(self.b1, self.made), weight(self.b2, self.made)


def mean_square(v: jax.Array, g: jax.Array, m: jax.Array, now: Now) -> jax.Array:
    """Adam's second moment of a leaf."""
    return average(v, square(g), now.b2)


def corrected(state: AdamState, grads: optax.Updates, now: Now, eps_in_sqrt: bool = False) -> tuple:
    """Adam's direction, `(mu / weight) / (sqrt(nu / weight') + eps)`. Only numbers are divided by the weights."""
    first, second = now.weights
    ratio, nothing = first / jnp.sqrt(second), jnp.zeros_like(first)
    inside, outside = (second * now.eps, nothing) if eps_in_sqrt else (nothing, first * now.eps)
    return jax.tree.map(lambda m, v: _corrected(m, v, ratio, inside, outside), state.mu, state.nu), state


@jax.jit
def _corrected(m: jax.Array, v: jax.Array, ratio: jax.Array, inside: jax.Array, outside: jax.Array) -> jax.Array:
    return m / (times(ratio, root(v, inside, eps_in_sqrt=True)) + outside.astype(v.dtype))


def moments(
    b1: Average,
    b2: Average,
    eps: Epsilon,
    *,
    towards: Callable[[Any, optax.Updates, Now], tuple[optax.Updates, Any]] = corrected,
    second: Callable[[jax.Array, jax.Array, jax.Array, Now], jax.Array] = mean_square,
    start: Epsilon = 0.0,
    state: type = AdamState,
    slots: Callable[[optax.Params], dict[str, Any]] = lambda params: {},
    scale: Callable[[Any, Now], optax.Updates] | None = None,
) -> Direction:
    """The form that Adam's family shares: `mu`, the average of the gradients, and `nu`, a second moment.

    A relative says where it differs from Adam. `towards(state, grads, now)` makes the direction, and gives the state
    too. `second(v, g, m, now)` gives the next value of a leaf of `nu`. `start` is where `nu` begins. `slots(params)`
    gives the other fields of `state`. `scale(state, now)` gives what multiplied `mu` over its weight in the last
    update. None: the direction has another form, and no known limit.
    """

    def at(count: jax.Array) -> Now:
        return Now(count, optax.safe_increment(count), *(value_at(number, count) for number in (b1, b2, eps)))

    def init(params: optax.Params) -> dict:
        return {"mu": zeros(params), "nu": full(params, value_at(start, 0)), **slots(params)}

    def apply(grads: optax.Updates, state: Any, params: optax.Params | None) -> tuple:
        now = at(state.count)
        mu = jax.tree.map(lambda m, g: average(m, wide(g), now.b1), state.mu, grads)
        nu = jax.tree.map(lambda v, g, m: second(v, wide(g), m, now), state.nu, grads, mu)
        return towards(state._replace(mu=mu, nu=nu), grads, now)

    def last_scale(state: Any, params: optax.Params) -> optax.Updates:
        return scale(state, at(last(state.count)))  # type: ignore[misc]

    def limit(state: Any) -> jax.Array:
        return averaged(at(last(state.count)).b1, state.count)

    return Direction(state, init, apply, scale=scale and last_scale, limit=scale and limit)
