"""AMSGrad: Adam, divided by the largest second moment so far."""

from typing import NamedTuple

import chex
import jax
import jax.numpy as jnp
import optax

from lropt_jax._core.accumulators import debias, full, over_root, root
from lropt_jax._core.kinds import Average, Epsilon, LearningRate, WeightDecay
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import real
from lropt_jax._core.slots import Moments, Squares
from lropt_jax.optimizers._moments import Now, moments
from lropt_jax.optimizers.descent import descent


class AMSGradState(NamedTuple):
    """State of `amsgrad`."""

    count: jax.Array  # type: ignore[assignment]
    learning_rate: jax.Array
    rate: chex.ArrayTree
    mu: Moments
    nu: Squares
    nu_max: Squares


@lift(scaling="sqrt", elementwise=True)
def amsgrad(
    learning_rate: LearningRate,
    *,
    b1: Average = 0.9,
    b2: Average = 0.999,
    eps: Epsilon = 1e-8,
    bias_correction: bool = True,
    max_of_corrected: bool = False,
    weight_decay: WeightDecay | None = None,
) -> optax.GradientTransformationExtraArgs:
    """AMSGrad: Adam whose rates never rise, as its second moment is replaced by the largest so far.

    `mu` and `nu` are Adam's, `nu_max <- max(nu_max, nu)`; the direction is `mu / (sqrt(nu_max) + eps)` (Reddi, Kale
    and Kumar 2018, arXiv:1904.09237, algorithm 2), here with both moments corrected for their start at 0 as in `adam`.
    Then `params <- params - rate * (direction + weight_decay * params)`.

    Choose it if rare, large gradients count. Adam forgets them within `1 / (1 - b2)` steps, and with a small `b2` it
    may go the wrong way; AMSGrad does not. But one early burst of gradients keeps its rates low for the whole run.

    Args:
        learning_rate: A number >= 0, a schedule or a `Rate`.
        b1: Decay of `mu`, in [0, 1), or a schedule.
        b2: Decay of `nu`, in [0, 1), or a schedule.
        eps: Added to the root, >= 0, or a schedule. The paper has none.
        bias_correction: Correct both moments for their start. False is the paper, whose first update is
            `(1 - b1) / sqrt(1 - b2)` times the rate.
        max_of_corrected: Take the largest of the corrected second moments, as Optax does, instead of correcting the
            largest. Without `bias_correction` there is no difference.
        weight_decay: Strength, >= 0, a schedule, or `decay(...)` with a mask or another `goes_with`. None: no decay.

    Returns:
        An optimizer; `update` needs `params` for `weight_decay`. State: `count`, `learning_rate`, `rate`, `mu`, `nu`,
        `nu_max`. Memory: 3 x params, float32.

    Raises:
        ValueError: A number is outside its range, or `update` is called without the `params` that it needs.

    The defaults are PyTorch's; the weight decay of its `Adam` goes with "gradients". `optax.amsgrad` is
    `max_of_corrected=True`: the square of the first gradient enters in full and counts for ever.

    Example:
        >>> import jax.numpy as jnp
        >>> tx = amsgrad(0.1)
        >>> updates, state = tx.update(jnp.array([1e-3, -2.0]), tx.init(jnp.zeros(2)))
        >>> updates.round(3)
        Array([-0.1,  0.1], dtype=float32)
    """

    def correct(leaf: jax.Array, gathered: jax.Array, wanted: bool) -> jax.Array:
        return debias(leaf, gathered) if wanted and bias_correction else leaf

    def towards(state: AMSGradState, grads: optax.Updates, now: Now) -> tuple:
        first, second = now.weights

        def divided(m: jax.Array, v: jax.Array) -> jax.Array:
            return over_root(correct(m, first, True), correct(v, second, not max_of_corrected), now.eps)

        seen = jax.tree.map(lambda v: correct(v, second, max_of_corrected), state.nu)
        nu_max = jax.tree.map(jnp.maximum, state.nu_max, seen)
        return jax.tree.map(divided, state.mu, nu_max), state._replace(nu_max=nu_max)

    def slots(params: optax.Params) -> dict:
        return {"nu_max": full(params, real(0))}

    def scale(state: AMSGradState, now: Now) -> optax.Updates:
        _, second = now.weights
        seen = jax.tree.map(lambda v: correct(v, second, not max_of_corrected), state.nu_max)
        return jax.tree.map(lambda v: 1 / root(v, now.eps, False), seen)

    known = scale if bias_correction else None
    direction = moments(b1, b2, eps, towards=towards, state=AMSGradState, slots=slots, scale=known)
    return descent(direction, learning_rate, weight_decay=weight_decay)
