"""SM3: AdaGrad's sum of squares, bounded by one number for each row and each column."""

import functools
from typing import NamedTuple

import chex
import jax
import jax.numpy as jnp
import optax

from lropt_jax._core.absent import aligned, unboxed
from lropt_jax._core.accumulators import average, full, over_root, square, zeros
from lropt_jax._core.kinds import Average, Epsilon, LearningRate, WeightDecay
from lropt_jax._core.lifting import lift
from lropt_jax._core.magnitudes import added
from lropt_jax._core.numbers import real, value_at
from lropt_jax._core.slots import Others
from lropt_jax.optimizers.descent import Direction, descent


class SM3State(NamedTuple):
    """State of `sm3`."""

    count: jax.Array  # type: ignore[assignment]
    learning_rate: jax.Array
    rate: chex.ArrayTree
    mu: Others | None
    nu: tuple[optax.Updates, ...]


@lift
def sm3(
    learning_rate: LearningRate,
    *,
    b1: Average | None = 0.9,
    b2: Average | None = None,
    eps: Epsilon = 0.0,
    eps_in_sqrt: bool = False,
    weight_decay: WeightDecay | None = None,
) -> optax.GradientTransformationExtraArgs:
    """SM3: AdaGrad for the memory of a row and a column.

    For every axis of an array there is one number for each index along it, the largest sum of squares among the entries
    with that index. A sum of squares is bounded by the least of the numbers of its indices: `nu = min(of its indices) +
    g^2`. Then each number becomes the largest `nu` of its entries, and the step is `g / sqrt(nu)` (Anil, Gupta, Koren
    and Singer 2019, arXiv:1901.11150, algorithm SM3-II). The direction is `mu <- b1 * mu + (1 - b1) * step`. Then
    `params <- params - rate * (direction + weight_decay * params)`.

    Choose it for embeddings and other large arrays with rows that are seldom used, if AdaGrad's sum does not fit into
    memory. Like AdaGrad's, its rates fall by themselves; they never rise, and fall faster, because the bound is no less
    than the sum. So it loses in long runs, and where gradients become small. For the second moment of Adam take
    `adafactor` or `came`. It needs a warmup (the authors take 2,000 to 40,000 steps), and momentum takes 1 x params of
    the memory that it saves.

    Args:
        learning_rate: A number >= 0, a schedule or a `Rate`.
        b1: Decay of the moving average of the steps, in [0, 1), or a schedule. None: no momentum, and no memory for it.
        b2: Decay of an average in the place of the sum, `nu = b2 * min(...) + (1 - b2) * g^2`, in [0, 1), or a
            schedule. None: a sum, as in the paper.
        eps: Added to the root, >= 0, or a schedule.
        eps_in_sqrt: Add `eps` inside the root instead.
        weight_decay: Strength, >= 0, a schedule, or `decay(...)` with a mask or another `goes_with`. None: no decay.

    Returns:
        An optimizer; `update` needs `params` for `weight_decay`. State: `count`, `learning_rate`, `rate`, `mu` (None
        without `b1`), and `nu`, a tuple of trees, one for each axis; an array there has length 1 along the other axes.
        A vector or a number stands in the first tree, whole. Memory, float32: `m + n` for an array (m, n), 1 x params
        for vectors; with `b1` 1 x params more.

    Raises:
        ValueError: A number is outside its range, or `update` is called without the `params` that it needs.

    As in the paper. `optax.sm3` is `eps=1e-8, eps_in_sqrt=True`, and its rate is a number. `pytorch_optimizer.SM3` is
    `b1=None`; where its `beta` is not 0, the numbers of the indices never fall, unlike here and in Optax.

    Example:
        >>> import jax.numpy as jnp
        >>> tx = sm3(0.1, b1=None)
        >>> updates, state = tx.update(jnp.array([[1e-3, -2.0]]), tx.init(jnp.zeros((1, 2))))
        >>> updates.round(3), [along.shape for along in state.nu]
        (Array([[-0.1,  0.1]], dtype=float32), [(1, 1), (1, 2)])
    """

    def init(params: optax.Params) -> dict:
        return {"mu": None if b1 is None else zeros(params), "nu": _by_axis(full(params, real(0)))}

    def apply(grads: optax.Updates, state: SM3State, params: optax.Params | None) -> tuple:
        small = value_at(eps, state.count)
        keep = None if b2 is None else value_at(b2, state.count)
        before = (aligned(part, grads) for part in state.nu)
        sums = jax.tree.map(lambda g, *kept: _bound(g, kept, keep), grads, *before)
        steps = jax.tree.map(lambda g, s: over_root(g, s, small, eps_in_sqrt), grads, sums)
        state = state._replace(nu=tuple(map(unboxed, _by_axis(sums))))
        if b1 is None:
            return steps, state
        decay = value_at(b1, state.count)
        mu = jax.tree.map(lambda m, u: average(m, u, decay), state.mu, steps)
        return mu, state._replace(mu=mu)

    return descent(Direction(SM3State, init, apply), learning_rate, weight_decay=weight_decay)


@jax.jit
def _bound(grad: jax.Array, kept: tuple[jax.Array | None, ...], keep: jax.Array | None) -> jax.Array:
    """`nu` of every entry, from the numbers of its indices before."""
    least, sample = functools.reduce(jnp.minimum, (part for part in kept if part is not None)), square(grad)
    return added(least, sample) if keep is None else average(least, sample, keep)


def _by_axis(sums: optax.Updates) -> tuple[optax.Updates, ...]:
    """Trees of the numbers along the first axis, the second, ...; None where an array has no such axis."""
    parts = jax.tree.map(_largest, sums)
    most = max((leaf.ndim for leaf in jax.tree.leaves(sums)), default=1)

    def along(axis: int) -> optax.Updates:
        return jax.tree.map(lambda _, each: each[axis] if axis < len(each) else None, sums, parts)

    return tuple(map(along, range(max(most, 1))))


@jax.jit
def _largest(sums: jax.Array) -> tuple[jax.Array, ...]:
    """For every axis the largest of all numbers with one index; a vector as it is."""
    if sums.ndim < 2:
        return (sums,)
    axes = range(sums.ndim)
    return tuple(jnp.max(sums, [other for other in axes if other != axis], keepdims=True, initial=0) for axis in axes)
