"""Move only where the update and the gradient agree."""

from typing import Any

import jax
import jax.numpy as jnp
import optax

from lropt_jax._core.accumulators import times
from lropt_jax._core.kinds import AnyOptimizer, ProperFraction
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import real
from lropt_jax._core.wrapping import extended, like, widened
from lropt_jax.wrappers._bare import without_decay


@lift
def cautious(optimizer: AnyOptimizer, min_fraction: ProperFraction = 1e-3) -> optax.GradientTransformationExtraArgs:
    """Leave out the coordinates that the optimizer moves against the present gradient, and lengthen the rest.

    A coordinate agrees if its step goes down the gradient, `update * g < 0`. Others stay where they are. In each array
    the steps that agree are divided by their share, `update / max(min_fraction, share)`, so that an array moves as far
    as before (Liang et al. 2024, arXiv:2411.16085, algorithm 1).

    Choose it around an optimizer with momentum: `cautious(adamw(...))`, `cautious(lion(...))`. Momentum then never
    carries a coordinate uphill on the present batch. It loses where most gradients are noise: about half of the
    coordinates disagree by chance there, and the steps of the others are twice as long. Around `sgd` without momentum
    it changes little: all coordinates agree that have a gradient.

    Args:
        optimizer: Any, of this library or of Optax. If it is an optimizer of this library, its decoupled weight decay
            stays as it is. A decay deeper inside, as in `chain` or under another wrapper, is a part of the update.
        min_fraction: The least share that counts, in (0, 1): no step becomes longer than over this.

    Returns:
        An optimizer. State: that of `optimizer`. Memory: nothing. Time: with a decay the direction of `optimizer` is
        written twice, and XLA computes it once.

    Raises:
        TypeError: `optimizer` is not a gradient transformation.
        ValueError: `min_fraction` is outside its range.

    As the authors' program. The paper adds a small number to the share instead, and pytorch_optimizer 1 to the number
    of coordinates that agree. A coordinate whose gradient is 0 stays.

    Example:
        >>> import jax.numpy as jnp
        >>> from lropt_jax.optimizers import sgd
        >>> tx = cautious(sgd(1.0, momentum=0.5))
        >>> _, state = tx.update(jnp.array([4.0, 4.0]), tx.init(jnp.zeros(2)))
        >>> tx.update(jnp.array([1.0, -1.0]), state)[0]  # momentum alone: -3 and -1
        Array([-6.,  0.], dtype=float32)
    """
    inner, bare = extended(optimizer), without_decay(optimizer)

    def update(grads: optax.Updates, state: Any, params: optax.Params | None = None, **extra: Any) -> tuple:
        given = widened(grads)
        whole, moved = inner.update(given, state, params, **extra)
        if bare is None or bare is optimizer:
            updates = jax.tree.map(lambda u, g: _agreeing(u, g, real(min_fraction)), whole, given)
        else:
            steps, _ = bare.update(given, state, params, **extra)
            updates = jax.tree.map(lambda u, g, w: _agreeing(u, g, real(min_fraction)) + (w - u), steps, given, whole)
        return like(updates, grads), moved

    return optax.GradientTransformationExtraArgs(inner.init, update)


@jax.jit
def _agreeing(update: jax.Array, grad: jax.Array, least: jax.Array) -> jax.Array:
    same = jnp.real(jnp.conj(jnp.sign(update)) * jnp.sign(grad)) < 0  # of signs: a product may be too small to see
    share = jnp.maximum(jnp.mean(same, dtype=least.dtype), least)
    return jnp.where(same, times(1 / share, update), 0)
