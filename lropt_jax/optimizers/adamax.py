"""AdaMax: Adam, divided by the largest of the fading gradients."""

import jax
import jax.numpy as jnp
import optax

from lropt_jax._core.accumulators import debias, divide, times
from lropt_jax._core.kinds import Average, Epsilon, LearningRate, WeightDecay
from lropt_jax._core.lifting import lift
from lropt_jax.optimizers._moments import AdamState, Now, moments
from lropt_jax.optimizers.descent import descent


@lift(scaling="sqrt", elementwise=True)
def adamax(
    learning_rate: LearningRate,
    *,
    b1: Average = 0.9,
    b2: Average = 0.999,
    eps: Epsilon = 0.0,
    weight_decay: WeightDecay | None = None,
) -> optax.GradientTransformationExtraArgs:
    """AdaMax: Adam with the infinity norm in place of the root of the mean square.

    `mu <- b1 * mu + (1 - b1) * g`, `nu <- max(b2 * nu, |g| + eps)`; the direction is `mu / (1 - b1^t) / nu`,
    `t = 1, 2, ...` (Kingma and Ba 2015, arXiv:1412.6980, algorithm 2). The maximum needs no correction of its start.
    Then `params <- params - rate * (direction + weight_decay * params)`.

    Choose it for sparse gradients, as those of embeddings: `nu` is as large as the gradients that come, while Adam's
    average counts the zeros between them too.

    Args:
        learning_rate: A number >= 0, a schedule or a `Rate`. The paper's is 0.002.
        b1: Decay of `mu`, in [0, 1), or a schedule.
        b2: Decay of `nu`, in [0, 1), or a schedule.
        eps: Added to the gradient's size, >= 0, or a schedule. A coordinate without any gradient stays where it is.
        weight_decay: Strength, >= 0, a schedule, or `decay(...)` with a mask or another `goes_with`. None: no decay.

    Returns:
        An optimizer; `update` needs `params` for `weight_decay`. State: `count`, `learning_rate`, `rate`, `mu`, `nu`.
        Memory: 2 x params, float32.

    Raises:
        ValueError: A number is outside its range, or `update` is called without the `params` that it needs.

    As in the paper, which has no weight decay. PyTorch and Optax have `eps=1e-8`. `weight_decay` is that of
    `optax.adamaxw`; PyTorch's goes with "gradients".

    Example:
        >>> import jax.numpy as jnp
        >>> tx = adamax(0.1)
        >>> updates, state = tx.update(jnp.array([1e-3, -2.0]), tx.init(jnp.zeros(2)))
        >>> updates.round(3)
        Array([-0.1,  0.1], dtype=float32)
    """

    def second(v: jax.Array, g: jax.Array, m: jax.Array, now: Now) -> jax.Array:
        return jnp.maximum(times(now.b2, v), jnp.abs(g) + now.eps.astype(v.dtype))

    def towards(state: AdamState, grads: optax.Updates, now: Now) -> tuple:
        first, _ = now.weights
        return jax.tree.map(lambda m, v: divide(debias(m, first), v), state.mu, state.nu), state

    direction = moments(b1, b2, eps, towards=towards, second=second)
    return descent(direction, learning_rate, weight_decay=weight_decay)
