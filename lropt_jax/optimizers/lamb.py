"""LAMB: Adam whose step of every leaf has the length of the leaf."""

from typing import Any

import jax
import jax.numpy as jnp
import optax
from jax.typing import ArrayLike

from lropt_jax._core import checks
from lropt_jax._core.accumulators import over_root
from lropt_jax._core.decay import Decay
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import at
from lropt_jax._core.trust import norm, trust_ratio, trusted
from lropt_jax.optimizers.adam import AdamState, Now, corrected, moments
from lropt_jax.optimizers.descent import Direction, descent


@lift
def lamb(
    learning_rate: optax.ScalarOrSchedule,
    *,
    b1: ArrayLike | optax.Schedule = 0.9,
    b2: ArrayLike | optax.Schedule = 0.999,
    eps: ArrayLike | optax.Schedule = 1e-6,
    bias_correction: bool = True,
    min_norm: ArrayLike | optax.Schedule | None = None,
    max_norm: ArrayLike | optax.Schedule | None = None,
    max_ratio: ArrayLike | optax.Schedule | None = None,
    trust_mask: Any = None,
    weight_decay: ArrayLike | optax.Schedule | None = None,
    mask: Any = None,
) -> optax.GradientTransformationExtraArgs:
    """LAMB: Adam, with a rate for each leaf that is relative to the size of its parameters.

    With Adam's direction `r` and the step `u = r + weight_decay * x` of a leaf `x`, the direction is
    `phi(|x|) / |u| * u`, `phi(z) = min(max(z, min_norm), max_norm)`, with Euclidean norms of the whole leaf; the ratio
    is 1 where a norm is 0 (You et al. 2020, arXiv:1904.00962, algorithm 2).

    Choose it for batches of many thousands, above all of transformers. Each update changes a leaf by the share `rate`
    of itself. Leave biases and norms out of both masks: their size says nothing about a good step.

    Args:
        learning_rate: A number >= 0, a schedule or a `Rate`.
        b1: Decay of `mu`, in [0, 1), or a schedule.
        b2: Decay of `nu`, in [0, 1), or a schedule.
        eps: Added to the root, >= 0, or a schedule.
        bias_correction: Correct both moments for their start at 0 as in `adam`.
        min_norm: Least norm of a leaf that counts, >= 0, or a schedule. None: the norm itself.
        max_norm: Largest norm of a leaf that counts, > 0, or a schedule. None: the norm itself.
        max_ratio: Largest ratio of the norms, > 0, or a schedule. None: no limit. 1.0 never enlarges a step.
        trust_mask: Which leaves take the ratio, the rest take `u`: a tree of bools like the parameters, or a function
            of them; None for all.
        weight_decay: Strength of the decay, inside the ratio, >= 0, or a schedule. None: no decay.
        mask: Which parameters decay: a tree of bools like the parameters, or a function of them; None for all.

    Returns:
        An optimizer; `update` needs `params`. State: `count`, `learning_rate`, `rate`, `mu`, `nu`. Memory: 2 x params,
        float32.

    Raises:
        ValueError: A number is outside its range, or `update` is called without `params`.

    As in the paper, which leaves `phi` open; `optax.lamb` is the default here, with `mask` for the decay alone. In
    GluonNLP it is `bias_correction=False, min_norm=1e-3, max_norm=10.0`; timm's `trust_clip` is `max_ratio=1.0`.

    Example:
        >>> import jax.numpy as jnp
        >>> tx, params = lamb(0.1), jnp.array([3.0, 4.0])
        >>> updates, state = tx.update(jnp.array([1.0, 1.0]), tx.init(params), params)
        >>> jnp.linalg.norm(updates).round(3)
        Array(0.5, dtype=float32)
    """
    decay = Decay("lamb", weight_decay, "gradients", mask)
    decay.check()
    if min_norm is not None:
        checks.schedulable(checks.nonnegative, "lamb", min_norm=min_norm)
    for name, limit in (("max_norm", max_norm), ("max_ratio", max_ratio)):
        if limit is not None:
            checks.schedulable(checks.positive, "lamb", **{name: limit})
    adam = moments("lamb", b1, b2, eps, towards=corrected if bias_correction else _plain)

    def apply(grads: optax.Updates, state: AdamState, params: optax.Params | None) -> tuple:
        def ratio(size: jax.Array, step: jax.Array) -> jax.Array:
            size = size if min_norm is None else jnp.maximum(size, at(min_norm, state.count).astype(size.dtype))
            quotient = trust_ratio(_at_most(size, max_norm, state.count), step)
            return _at_most(quotient, max_ratio, state.count)

        steps, state = adam.apply(grads, state, params)
        steps = decay.of_gradients(steps, params, state.count)
        return trusted("lamb", steps, jax.tree.map(norm, steps), params, trust_mask, ratio), state

    return descent("lamb", Direction(AdamState, adam.init, apply), learning_rate)


def _at_most(number: jax.Array, limit: ArrayLike | optax.Schedule | None, count: jax.Array) -> jax.Array:
    return number if limit is None else jnp.minimum(number, at(limit, count).astype(number.dtype))


def _plain(state: AdamState, grads: optax.Updates, now: Now) -> tuple:
    """Adam's direction with both moments as they are."""
    return jax.tree.map(lambda m, v: over_root(m, v, now.eps), state.mu, state.nu), state
