"""Sign descent: the sign of the gradient, or of its average."""

from typing import NamedTuple

import chex
import jax
import jax.numpy as jnp
import optax

from lropt_jax._core.accumulators import average, wide, zeros
from lropt_jax._core.kinds import LearningRate, Momentum
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import value_at
from lropt_jax.optimizers.descent import Direction, descent


class SignSGDState(NamedTuple):
    """State of `sign_sgd`."""

    count: jax.Array  # type: ignore[assignment]
    learning_rate: jax.Array
    rate: chex.ArrayTree
    mu: optax.Updates | None


@lift(exponent=-1.0, elementwise=True)
def sign_sgd(learning_rate: LearningRate, *, momentum: Momentum | None = None) -> optax.GradientTransformationExtraArgs:
    """Each parameter moves by the rate, against the sign of its gradient.

    The direction is `sign(g)`. With momentum it is `sign(mu)`, with `mu <- momentum * mu + (1 - momentum) * g`: this is
    Signum (Bernstein et al. 2018, arXiv:1802.04434, algorithms 1 and 2).

    Choose it to send one bit per parameter between machines, or as the simplest relative of Adam. Its steps do not
    shrink near a minimum, so give it a rate that falls to 0.

    Args:
        learning_rate: A number >= 0, a schedule or a `Rate`.
        momentum: Decay of `mu`, in [0, 1), or a schedule, usually 0.9. None: no momentum, and no memory for it.

    Returns:
        An optimizer. State: `count`, `learning_rate`, `rate`, `mu` (None without momentum). Memory: with momentum 1 x
        params, float32, else nothing.

    Raises:
        ValueError: A number is outside its range.

    As in the paper and in `optax.sign_sgd` and `optax.signum`.

    Example:
        >>> import jax.numpy as jnp
        >>> tx = sign_sgd(0.1)
        >>> updates, state = tx.update(jnp.array([1e-3, -2.0]), tx.init(jnp.zeros(2)))
        >>> updates
        Array([-0.1,  0.1], dtype=float32)
    """

    def init(params: optax.Params) -> dict:
        return {"mu": None if momentum is None else zeros(params)}

    def apply(grads: optax.Updates, state: SignSGDState, params: optax.Params | None) -> tuple:
        mu = grads = jax.tree.map(wide, grads)
        if momentum is not None:
            keep = value_at(momentum, state.count)
            mu = jax.tree.map(lambda m, g: average(m, g, keep), state.mu, grads)
            state = state._replace(mu=mu)
        return jax.tree.map(jnp.sign, mu), state

    return descent(Direction(SignSGDState, init, apply), learning_rate)
