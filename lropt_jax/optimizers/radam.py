"""RAdam: Adam, with short steps while its second moment rests on few gradients."""

from typing import Annotated

import jax
import jax.numpy as jnp
import optax
from jax.typing import ArrayLike
from typing_extensions import TypeAliasType

from lropt_jax._core.accumulators import debias, times
from lropt_jax._core.kinds import Average, Epsilon, LearningRate, Range, WeightDecay
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import value_at
from lropt_jax._core.rectifier import rectifier
from lropt_jax.optimizers._moments import AdamState, Now, corrected, moments
from lropt_jax.optimizers.descent import descent

Length = TypeAliasType("Length", Annotated[ArrayLike | optax.Schedule, Range(4), "a number of gradients"])


@lift(elementwise=True)
def radam(
    learning_rate: LearningRate,
    *,
    b1: Average = 0.9,
    b2: Average = 0.999,
    eps: Epsilon = 1e-8,
    threshold: Length = 5.0,
    weight_decay: WeightDecay | None = None,
) -> optax.GradientTransformationExtraArgs:
    """RAdam: Adam with a warmup of its own, from the variance of its second moment.

    With `l = (1 + b2) / (1 - b2)` and the length of the average so far `l_t = l - 2 t b2^t / (1 - b2^t)`, Adam's
    direction is multiplied by `sqrt((l_t - 4) (l_t - 2) l / ((l - 4) (l - 2) l_t))` once `l_t` exceeds `threshold`;
    until then the direction is the corrected momentum `mu / (1 - b1^t)` (Liu et al. 2020, arXiv:1908.03265,
    algorithm 2). Then `params <- params - rate * (direction + weight_decay * params)`.

    Choose it for `adam` without a warmup. The first updates, 5 by default, are those of momentum, so they are
    proportional to the gradients.

    Args:
        learning_rate: A number >= 0, a schedule or a `Rate`.
        b1: Decay of `mu`, in [0, 1), or a schedule.
        b2: Decay of `nu`, in [0, 1), or a schedule. If `l` is not above `threshold`, `nu` is never used.
        eps: Added to the corrected root, >= 0, or a schedule.
        threshold: Above this length of the average `nu` is used, >= 4, or a schedule. The paper's is 4.
        weight_decay: Strength, >= 0, a schedule, or `decay(...)` with a mask or another `goes_with`. None: no decay.

    Returns:
        An optimizer; `update` needs `params` for `weight_decay`. State: `count`, `learning_rate`, `rate`, `mu`, `nu`.
        Memory: 2 x params, float32.

    Raises:
        ValueError: A number is outside its range, or `update` is called without the `params` that it needs.

    The threshold is that of Optax, PyTorch and the authors' program. PyTorch adds `eps` before it corrects the root.
    Its weight decay goes with "gradients", and with `decoupled_weight_decay=True` with the "rate".

    Example:
        >>> import jax.numpy as jnp
        >>> tx = radam(0.1)
        >>> updates, state = tx.update(jnp.array([0.5, -2.0]), tx.init(jnp.zeros(2)))
        >>> updates.round(3)
        Array([-0.05,  0.2 ], dtype=float32)
    """

    def towards(state: AdamState, grads: optax.Updates, now: Now) -> tuple:
        enough, share = rectifier(now.b2, now.made, value_at(threshold, now.count))
        divided, _ = corrected(state, grads, now)
        first, _ = now.weights

        def choose(d: jax.Array, m: jax.Array) -> jax.Array:
            return jnp.where(enough, times(share, d), debias(m, first))

        return jax.tree.map(choose, divided, state.mu), state

    direction = moments(b1, b2, eps, towards=towards)
    return descent(direction, learning_rate, weight_decay=weight_decay)
