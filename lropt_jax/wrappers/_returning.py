"""An optimizer whose parameters may miss updates: the next one first makes up for those, row by row."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax

from lropt_jax._core.accumulators import times, wide
from lropt_jax._core.idle import Idle
from lropt_jax._core.layout import row_zeros
from lropt_jax._core.masks import chosen
from lropt_jax._core.numbers import real
from lropt_jax._core.refusal import Refused, needed
from lropt_jax._core.values import Optimizer
from lropt_jax._core.wrapping import extended, like
from lropt_jax.optimizers import Descent
from lropt_jax.wrappers._ahead import log_left, reach

_TRANSPARENT = ("clip_norm", "clip_value", "skip_nonfinite")  # gradients of 0 stay 0


class ExactRowsState(NamedTuple):
    """State of `rows` with `mode="exact"`.

    `left` is the logarithm of what decay has left of a parameter since the start, as a sum of two numbers. For each row
    of a parameter, `updated` has the updates that were made up to its own last one, and `marks` how far its direction
    would have gone from there, and `left` at that time.
    """

    inner: Any
    left: jax.Array
    updated: optax.Params
    marks: optax.Params


class Returning:
    """An optimizer that makes up for the updates that rows have missed, each as one with a gradient of 0."""

    def __init__(self, optimizer: Any):
        self.inner, (self.built, self.depth) = extended(optimizer), _core(optimizer)
        self.idle, self.decay = _idle(optimizer, self.built), self.built.decay

    def init(self, params: optax.Params) -> ExactRowsState:
        """The state of rows that have missed nothing."""
        updated = jax.tree.map(lambda p: row_zeros(p, (), jnp.int32), params)
        marks = jax.tree.map(lambda p: row_zeros(p, (3,), real(0).dtype), params)
        return ExactRowsState(self.inner.init(params), jnp.zeros(2, real(0).dtype), updated, marks)

    def update(self, grads: optax.Updates, state: Any, params: optax.Params | None = None, **extra: Any) -> tuple:
        """The missed updates and the one of these gradients, as one."""
        there, after = self.current(state, needed(params, "for mode='exact'"))
        updates, moved = self.inner.update(grads, after.inner, there, **extra)
        before, now = _inside(state.inner, self.depth), _inside(moved, self.depth)
        updates = jax.tree.map(lambda u, t, p: wide(u) + (t - wide(p)), updates, there, params)
        shrunk = jnp.where(now.count > before.count, log_left(self.decay, before.count, now.learning_rate), 0)
        after = after._replace(inner=moved, left=_plus(state.left, shrunk))
        return like(updates, grads), self._marked(after, there, now)

    def current(self, state: ExactRowsState, params: optax.Params) -> tuple[optax.Params, ExactRowsState]:
        """Parameters, wide, and the state after all missed updates."""
        now = _inside(state.inner, self.depth)
        after = self._marked(state, params, now)
        leaves, tree = jax.tree.flatten(params)
        slots = {name: jax.tree.leaves(getattr(now, name)) for name in now._fields[3:]}
        present = {name: arrays for name, arrays in slots.items() if len(arrays) == len(leaves)}
        marks = zip(*map(jax.tree.leaves, (state.updated, state.marks, after.marks)), strict=True)
        done = [
            _made_up(self.idle, leaf, {name: arrays[place] for name, arrays in present.items()}, now.count, *mark)
            for place, (leaf, mark) in enumerate(zip(leaves, marks, strict=True))
        ]
        moved = {
            name: jax.tree.unflatten(jax.tree.structure(getattr(now, name)), [slot[name] for _, slot in done])
            for name in present
        }
        kept = _with_inside(state.inner, self.depth, now._replace(**moved))
        return jax.tree.unflatten(tree, [leaf for leaf, _ in done]), after._replace(inner=kept)

    def _marked(self, state: ExactRowsState, params: optax.Params, now: Any) -> ExactRowsState:
        """The state with marks of the present at all rows."""
        rate = self.built.learning_rate
        both = {yes: reach(self.idle, rate, self.decay if yes else None, now) for yes in (True, False)}

        def mark(yes: bool, old: jax.Array, updated: jax.Array) -> jax.Array:
            new = jnp.stack([both[yes], *(state.left if yes else 0 * state.left)])
            return jnp.where((updated <= now.count)[..., None], new, old)  # always, but XLA then reads before it writes

        marks = jax.tree.map(mark, _decays(self.decay, params), state.marks, state.updated)
        updated = jax.tree.map(lambda old: jnp.maximum(old, now.count), state.updated)
        return state._replace(updated=updated, marks=marks)


def _made_up(
    idle: Idle, leaf: Any, slots: dict[str, Any], count: Any, updated: Any, before: Any, after: Any
) -> tuple[jax.Array, dict[str, jax.Array]]:
    """A parameter, wide, and its slots after the updates that its rows have missed."""
    leaf, missed = wide(leaf), real(count - updated)

    def over(row: jax.Array, array: jax.Array) -> jax.Array:
        return row.reshape(row.shape + (1,) * (array.ndim - row.ndim))

    def kept(ratio: Any) -> jax.Array:
        return jnp.where(missed == 0, 1, real(ratio) ** missed)

    left = jnp.exp((after[..., 1] - before[..., 1]) + (after[..., 2] - before[..., 2]))
    stays = missed == 0
    new = times(over(jnp.where(stays, 1, left), leaf), leaf)
    if idle.towards is not None:
        way = jnp.where(stays, 0, kept(idle.ratio) * after[..., 0] - left * before[..., 0])
        new = new + times(over(way, leaf), idle.towards(slots, over(updated, leaf)))
    shrunk = {
        name: times(over(kept(idle.keeps[name]), slot), slot) for name, slot in slots.items() if name in idle.keeps
    }
    return new, {**slots, **shrunk}


def _plus(pair: jax.Array, number: jax.Array) -> jax.Array:
    """A sum of two numbers, large and small, with one more number: what is rounded away goes to the small one."""
    large, rest = _exact_sum(pair[0], number)
    return jnp.stack(_exact_sum(large, rest + pair[1]))


def _exact_sum(a: jax.Array, b: jax.Array) -> tuple[jax.Array, jax.Array]:
    """The rounded sum of two numbers, and what the rounding took away (Knuth's two-sum)."""
    total = a + b
    part = total - a
    return total, (a - (total - part)) + (b - part)


def _decays(decay: Any, params: optax.Params) -> Any:
    """For each parameter, whether it decays."""
    if decay.strength is None or decay.mask is None:
        return jax.tree.map(lambda _: decay.strength is not None, params)
    return chosen("mask", decay.mask, params)


def _core(optimizer: Any) -> tuple[Any, int]:
    """What `descent` made, and how many wrappers that let gradients of 0 through are around it."""
    depth = 0
    while isinstance(optimizer, Optimizer) and optimizer.factory.name in _TRANSPARENT:
        optimizer, depth = optimizer.optimizer, depth + 1
    return (optimizer.build() if isinstance(optimizer, Optimizer) else optimizer), depth


def _inside(state: Any, depth: int) -> Any:
    return _inside(state.inner, depth - 1) if depth else state


def _with_inside(state: Any, depth: int, inside: Any) -> Any:
    return state._replace(inner=_with_inside(state.inner, depth - 1, inside)) if depth else inside


def _idle(optimizer: Any, built: Any) -> Idle:
    idle = built.direction.idle and built.direction.idle() if isinstance(built, Descent) else None
    if idle is None:
        raise Refused(
            "optimizer must be sgd, adagrad, rmsprop, adam or adamw with plain numbers for its averages in "
            f"mode='exact', got {optimizer!r}; take mode='lazy'."
        )
    if built.decay.goes_with == "gradients" and built.decay.strength is not None:
        raise Refused("weight_decay must not go with 'gradients' in mode='exact', for it gives all rows a gradient.")
    if not isinstance(idle.ratio, jax.core.Tracer) and not np.all(np.asarray(idle.ratio) < 1):
        raise Refused("b1 must be below sqrt(b2) in mode='exact': without a gradient, such an update grows for ever.")
    return idle
