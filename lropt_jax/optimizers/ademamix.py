"""AdEMAMix: Adam with a second, slow average of the gradients beside the fast one."""

from typing import NamedTuple

import chex
import jax
import jax.numpy as jnp
import optax

from lropt_jax._core.accumulators import average, debias, over_root, times, wide, zeros
from lropt_jax._core.kinds import Average, Epsilon, LearningRate, Span, Strength, WeightDecay
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import progress, value_at
from lropt_jax._core.slots import Moments, Squares
from lropt_jax.optimizers._moments import Now, moments
from lropt_jax.optimizers.descent import descent


class AdEMAMixState(NamedTuple):
    """State of `ademamix`."""

    count: jax.Array  # type: ignore[assignment]
    learning_rate: jax.Array
    rate: chex.ArrayTree
    mu: Moments
    nu: Squares
    mu_slow: Moments


@lift(elementwise=True)
def ademamix(
    learning_rate: LearningRate,
    *,
    b1: Average = 0.9,
    b2: Average = 0.999,
    b3: Average = 0.9999,
    slow_weight: Strength = 5.0,
    warmup_steps: Span | None = None,
    eps: Epsilon = 1e-8,
    weight_decay: WeightDecay | None = None,
) -> optax.GradientTransformationExtraArgs:
    """AdEMAMix: Adam that also follows gradients of ten thousand steps ago.

    `mu` and `nu` are Adam's, with `b1` and `b2`; `mu_slow <- b3 * mu_slow + (1 - b3) * g`. The direction is
    `(mu / (1 - b1^t) + slow_weight * mu_slow) / (sqrt(nu / (1 - b2^t)) + eps)`, `t = 1, 2, ...`. The start of `mu_slow`
    is not corrected (Pagliardini, Ablin and Grangier 2024, arXiv:2409.03137, algorithm 1). Then
    `params <- params - rate * (direction + weight_decay * params)`.

    Choose it for long runs of language models, of several times `1 / (1 - b3)` steps. Give it `warmup_steps`, usually
    the length of the run. Without a warmup it may diverge early, because the slow average still holds old gradients.

    Args:
        learning_rate: A number >= 0, a schedule or a `Rate`.
        b1: Decay of `mu`, in [0, 1), or a schedule.
        b2: Decay of `nu`, in [0, 1), or a schedule.
        b3: Decay of `mu_slow`, in [0, 1), or a schedule.
        slow_weight: Weight of `mu_slow`, the paper's alpha, >= 0, or a schedule.
        warmup_steps: Updates, > 0, or a schedule, over which `slow_weight` rises from 0 and `b3` from `b1`. The weight
            and the half-life of the average, `1 / log(b3)`, are linear in `t`. None: no warmup.
        eps: Added to the root, >= 0, or a schedule.
        weight_decay: Strength, >= 0, a schedule, or `decay(...)` with a mask or another `goes_with`. None: no decay.

    Returns:
        An optimizer; `update` needs `params` for `weight_decay`. State: `count`, `learning_rate`, `rate`, `mu`, `nu`,
        `mu_slow`. Memory: 3 x params, float32.

    Raises:
        ValueError: A number is outside its range, or `update` is called without the `params` that it needs.

    As in the paper. Its two warmups may differ in length, which schedules of `slow_weight` and `b3` do here. The warmup
    counts from `t = 1`, as in the authors' PyTorch program. Their JAX program counts from 0, so its first step is
    Adam's. The default of `slow_weight` is that of `optax.contrib.ademamix`, which has no warmup. The authors' example
    has 8, a warmup as long as the run, and a decay of 0.1.

    Example:
        >>> import jax.numpy as jnp
        >>> tx = ademamix(0.1, warmup_steps=1000)
        >>> updates, state = tx.update(jnp.array([1e-3, -2.0]), tx.init(jnp.zeros(2)))
        >>> updates.round(3)
        Array([-0.1,  0.1], dtype=float32)
    """

    def slow(now: Now) -> tuple[jax.Array, jax.Array]:
        """The weight and the decay of the slow average at an update."""
        weight, decay = value_at(slow_weight, now.count), value_at(b3, now.count)
        if warmup_steps is None:
            return weight, decay
        over = progress(now.made, value_at(warmup_steps, now.count))
        return over * weight, jnp.where(over < 1, _between(now.b1, decay, over), decay)

    def towards(state: AdEMAMixState, grads: optax.Updates, now: Now) -> tuple:
        weight, decay = slow(now)
        first, second = now.weights
        mu_slow = jax.tree.map(lambda m, g: average(m, wide(g), decay), state.mu_slow, grads)

        def divided(m: jax.Array, s: jax.Array, v: jax.Array) -> jax.Array:
            return over_root(debias(m, first) + times(weight, s), debias(v, second), now.eps)

        return jax.tree.map(divided, state.mu, mu_slow, state.nu), state._replace(mu_slow=mu_slow)

    def slots(params: optax.Params) -> dict:
        return {"mu_slow": zeros(params)}

    direction = moments(b1, b2, eps, towards=towards, state=AdEMAMixState, slots=slots)
    return descent(direction, learning_rate, weight_decay=weight_decay)


def _between(first: jax.Array, last: jax.Array, share: jax.Array) -> jax.Array:
    """The decay whose half-life is that share of the way from the first decay's to the last one's."""
    from_log, to_log = (jnp.log(jnp.maximum(decay, jnp.finfo(decay.dtype).tiny)) for decay in (first, last))
    return jnp.exp(from_log * to_log / ((1 - share) * to_log + share * from_log))
