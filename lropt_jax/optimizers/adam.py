"""Adam: the moving average of the gradient over the root of that of its squares, both free of their start."""

from typing import Any, NamedTuple

import chex
import jax
import optax
from jax.typing import ArrayLike

from lropt_jax._core import checks
from lropt_jax._core.accumulators import average, debias, divide, full, root, square, wide, zeros
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import at, real
from lropt_jax.optimizers.descent import Direction, descent


class AdamState(NamedTuple):
    """State of `adam` and `adamw`."""

    count: jax.Array  # type: ignore[assignment]
    learning_rate: jax.Array
    rate: chex.ArrayTree
    mu: optax.Updates
    nu: optax.Updates


@lift
def adam(
    learning_rate: optax.ScalarOrSchedule,
    *,
    b1: ArrayLike | optax.Schedule = 0.9,
    b2: ArrayLike | optax.Schedule = 0.999,
    eps: ArrayLike | optax.Schedule = 1e-8,
) -> optax.GradientTransformationExtraArgs:
    """Adam: momentum, divided in each parameter by the recent size of its gradients.

    `mu <- b1 * mu + (1 - b1) * g`, `nu <- b2 * nu + (1 - b2) * g^2`; the direction is
    `mu / (1 - b1^t) / (sqrt(nu / (1 - b2^t)) + eps)`, `t = 1, 2, ...` (Kingma and Ba 2015, arXiv:1412.6980,
    algorithm 1).

    The usual first choice for neural networks; no update is much larger than `rate` in any coordinate, so good rates
    lie within a decade or two on most problems. Where the last bit of generalisation counts, compare `sgd` with
    momentum; with weight decay use `adamw`.

    Args:
        learning_rate: A number >= 0, a schedule or a `Rate`.
        b1: Decay of `mu`, in [0, 1), or a schedule.
        b2: Decay of `nu`, in [0, 1), or a schedule.
        eps: Added to the root, >= 0, or a schedule. Compare it with the gradients: below `eps` they hardly move.

    Returns:
        An optimizer. State: `count`, `learning_rate`, `rate`, `mu`, `nu`. Memory: 2 x params, float32.

    Raises:
        ValueError: A number is outside its range.

    As in the paper, PyTorch and Optax; unlike `optax.adam`, moments and hyper-parameters stay in float32 when
    parameters are bf16 or f16. Under a schedule of `b1` or `b2` the start is corrected as if the present value had
    held throughout.

    Example:
        >>> import jax.numpy as jnp
        >>> tx = adam(0.1)
        >>> updates, state = tx.update(jnp.array([1e-3, -2.0]), tx.init(jnp.zeros(2)))
        >>> updates.round(3)
        Array([-0.1,  0.1], dtype=float32)
    """
    return descent("adam", _direction("adam", b1, b2, eps), learning_rate)


@lift
def adamw(
    learning_rate: optax.ScalarOrSchedule,
    *,
    b1: ArrayLike | optax.Schedule = 0.9,
    b2: ArrayLike | optax.Schedule = 0.999,
    eps: ArrayLike | optax.Schedule = 1e-8,
    weight_decay: ArrayLike | optax.Schedule = 1e-4,
    mask: Any = None,
) -> optax.GradientTransformationExtraArgs:
    """Adam with decoupled weight decay.

    `params <- params - rate * (adam's direction + weight_decay * params)` (Loshchilov and Hutter 2019,
    arXiv:1711.05101, algorithm 2, with the rate in front of the decay too, as PyTorch and Optax have it).

    Choose it for transformers, with `b2=0.95` and a decay of 0.1 as the usual start there. What counts is the product
    `rate * weight_decay`: its inverse is the number of steps that a parameter remembers.

    Args:
        learning_rate: A number >= 0, a schedule or a `Rate`.
        b1: Decay of `mu`, in [0, 1), or a schedule.
        b2: Decay of `nu`, in [0, 1), or a schedule.
        eps: Added to the root, >= 0, or a schedule.
        weight_decay: Strength of the decay, >= 0, or a schedule. The default is Optax's; PyTorch's is 1e-2.
        mask: Which parameters decay: a tree of bools like the parameters, or a function of them; None for all.

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
    return descent("adamw", _direction("adamw", b1, b2, eps), learning_rate, weight_decay=weight_decay, mask=mask)


def _direction(owner: str, b1: Any, b2: Any, eps: Any) -> Direction:
    checks.schedulable(checks.below_one, owner, b1=b1, b2=b2)
    checks.schedulable(checks.nonnegative, owner, eps=eps)

    def init(params: optax.Params) -> dict:
        return {"mu": zeros(params), "nu": full(params, real(0))}

    def apply(grads: optax.Updates, state: AdamState, params: optax.Params | None) -> tuple:
        decay1, decay2, small = (at(number, state.count) for number in (b1, b2, eps))
        made = optax.safe_increment(state.count)
        mu = jax.tree.map(lambda m, g: average(m, wide(g), decay1), state.mu, grads)
        nu = jax.tree.map(lambda v, g: average(v, square(g), decay2), state.nu, grads)

        def towards(m: jax.Array, v: jax.Array) -> jax.Array:
            return divide(debias(m, decay1, made), root(debias(v, decay2, made), small, eps_in_sqrt=False))

        return jax.tree.map(towards, mu, nu), state._replace(mu=mu, nu=nu)

    return Direction(AdamState, init, apply)
