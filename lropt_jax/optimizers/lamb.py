"""LAMB: Adam whose step of every leaf has the length of the leaf."""

import jax
import jax.numpy as jnp
import optax
from jax.typing import ArrayLike

from lropt_jax._core.accumulators import over_root
from lropt_jax._core.decay import OWN, as_decay
from lropt_jax._core.kinds import Average, Epsilon, LearningRate, Limit, Mask, OwnDecay, Strength
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import value_at
from lropt_jax.optimizers._moments import AdamState, Now, corrected, moments
from lropt_jax.optimizers._trust import norm, trust_ratio, trusted
from lropt_jax.optimizers.descent import Direction, descent


@lift
def lamb(
    learning_rate: LearningRate,
    *,
    b1: Average = 0.9,
    b2: Average = 0.999,
    eps: Epsilon = 1e-6,
    bias_correction: bool = True,
    min_norm: Strength | None = None,
    max_norm: Limit | None = None,
    max_ratio: Limit | None = None,
    trust_mask: Mask | None = None,
    weight_decay: OwnDecay | None = None,
) -> optax.GradientTransformationExtraArgs:
    """LAMB: Adam, with a rate for each leaf that is relative to the size of its parameters.

    With Adam's direction `r` and the step `u = r + weight_decay * x` of a leaf `x`, the direction is
    `phi(|x|) / |u| * u`, `phi(z) = min(max(z, min_norm), max_norm)`, with Euclidean norms of the whole leaf. The ratio
    is 1 if one of the norms is 0 (You et al. 2020, arXiv:1904.00962, algorithm 2).

    Choose it for batches of many thousands, above all for transformers. Each update changes a leaf by the share `rate`
    of itself. Leave biases and norms out of `trust_mask` and of the decay's mask: their size says nothing about a good
    step.

    Args:
        learning_rate: A number >= 0, a schedule or a `Rate`.
        b1: Decay of `mu`, in [0, 1), or a schedule.
        b2: Decay of `nu`, in [0, 1), or a schedule.
        eps: Added to the root, >= 0, or a schedule.
        bias_correction: Correct both moments for their start at 0 as in `adam`.
        min_norm: A leaf's norm counts as at least this, >= 0, or a schedule. None: unlimited.
        max_norm: A leaf's norm counts as at most this, > 0, or a schedule. None: unlimited.
        max_ratio: Largest ratio of the norms, > 0, or a schedule. 1.0 never enlarges a step. None: unlimited.
        trust_mask: Which leaves take the ratio; the direction of the others is `u`. Patterns, a tree of bools like the
            parameters, or a function of them. None: all.
        weight_decay: Strength, >= 0, a schedule, or `decay(...)` with a mask or another `goes_with`. None: no decay.
            A number decays inside the ratio, as above.

    Returns:
        An optimizer; `update` needs `params`. State: `count`, `learning_rate`, `rate`, `mu`, `nu`. Memory: 2 x params,
        float32.

    Raises:
        ValueError: A number is outside its range, or `update` is called without `params`.

    As in the paper, which leaves `phi` open. `optax.lamb` has these defaults. GluonNLP's is `bias_correction=False,
    min_norm=1e-3, max_norm=10.0`. timm's `trust_clip` is `max_ratio=1.0`.

    Example:
        >>> import jax.numpy as jnp
        >>> tx, params = lamb(0.1), jnp.array([3.0, 4.0])
        >>> updates, state = tx.update(jnp.array([1.0, 1.0]), tx.init(params), params)
        >>> jnp.linalg.norm(updates).round(3)
        Array(0.5, dtype=float32)
    """
    decay = as_decay(weight_decay, OWN)
    adam = moments(b1, b2, eps, towards=corrected if bias_correction else _plain)

    def apply(grads: optax.Updates, state: AdamState, params: optax.Params | None) -> tuple:
        def ratio(size: jax.Array, step: jax.Array) -> jax.Array:
            size = size if min_norm is None else jnp.maximum(size, value_at(min_norm, state.count).astype(size.dtype))
            quotient = trust_ratio(_at_most(size, max_norm, state.count), step)
            return _at_most(quotient, max_ratio, state.count)

        steps, state = adam.apply(grads, state, params)
        steps = decay.of_steps(steps, params, state.count)
        return trusted(steps, jax.tree.map(norm, steps), params, trust_mask, ratio), state

    return descent(Direction(AdamState, adam.init, apply), learning_rate, weight_decay=decay)


def _at_most(number: jax.Array, limit: ArrayLike | optax.Schedule | None, count: jax.Array) -> jax.Array:
    return number if limit is None else jnp.minimum(number, value_at(limit, count).astype(number.dtype))


def _plain(state: AdamState, grads: optax.Updates, now: Now) -> tuple:
    """Adam's direction, without a correction of its moments."""
    return jax.tree.map(lambda m, v: over_root(m, v, now.eps), state.mu, state.nu), state
