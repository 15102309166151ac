"""Slots of an optimizer in bf16 or in 8 bits."""

import itertools
from typing import Any, Literal, NamedTuple

import jax
import jax.numpy as jnp
import optax

from lropt_jax._core.gating import changed
from lropt_jax._core.kinds import AnyOptimizer, Mask, Size
from lropt_jax._core.lifting import lift
from lropt_jax._core.limits import shown
from lropt_jax._core.masks import chosen
from lropt_jax._core.paths import by_path
from lropt_jax._core.refusal import Refused
from lropt_jax._core.slots import Slot
from lropt_jax._core.wrapping import extended
from lropt_jax.wrappers._blocks import Blocks, blocks_for
from lropt_jax.wrappers._bounds import bounds, is_blocks
from lropt_jax.wrappers._chance import Words, rounded, words
from lropt_jax.wrappers._slots import declared, keeps_others, mapped
from lropt_jax.wrappers.stochastic_rounding import Seed


class SmallState(NamedTuple):
    """State of `small_state`. In `inner`, slots are arrays of bf16 or `Blocks`, where they are small."""

    updates_made: jax.Array
    inner: Any

    keeps_small = True


@lift
def small_state(
    optimizer: AnyOptimizer,
    format: Literal["bf16", "int8"] = "bf16",
    *,
    min_size: Size = 4096,
    keep_float32: Mask | None = None,
    block: Size = 256,
    seed: Seed = 0,
) -> optax.GradientTransformationExtraArgs:
    """..."""
    inner = extended(optimizer)

    def init(params: optax.Params) -> SmallState:
        state, start = inner.init(params), jnp.zeros((), jnp.int32)
        if not declared(state) and keeps_others(state):
            raise Refused(_NO_SLOTS.format(shown(optimizer)))
        small = _small(params, min_size, keep_float32)

        def begun(slot: Slot, place: str, leaf: jax.Array, words: Words) -> Any:
            if not small.get(place) or leaf.size < min_size or leaf.dtype != jnp.float32:
                return leaf
            if format == "bf16" or slot is Slot.OTHERS:
                return rounded(leaf, words)
            return Blocks.of(leaf, blocks_for(leaf, block), slot is Slot.SQUARES, words)

        return SmallState(start, _each(begun, seed, start, state))

    def update(grads: optax.Updates, state: SmallState, params: optax.Params | None = None, **extra: Any) -> tuple:
        kept = state.inner
        count = optax.safe_increment(state.updates_made)
        flat, tree = jax.tree.flatten(kept, is_leaf=is_blocks)
        limits = bounds(inner, grads, kept, params, extra) if any(map(is_blocks, flat)) else kept
        narrow = jax.tree.leaves(_each(_how, seed, count, kept, limits), is_leaf=callable)

        def stored(index: int, new: jax.Array) -> jax.Array:
            flat[index] = narrow[index](new) if callable(narrow[index]) else new
            return _numbers(flat[index])

        updates = changed(
            lambda grads, state, params: inner.update(grads, state, params, **extra),
            grads, mapped(_wide, kept), params, stored,
        )  # fmt: skip
        return updates, SmallState(count, jax.tree.unflatten(tree, flat))

    return optax.GradientTransformationExtraArgs(init, update)


_NO_SLOTS = (
    "optimizer must keep moments that may be rounded, got {}; give an optimizer itself, and put wrappers around it: "
    "clip_norm(small_state(adam(1e-3)), 1.0)."
)


def _small(params: optax.Params, min_size: int, keep_float32: Any) -> dict[str, bool]:
    """Which parameters have small slots, by path. One that is complex has none, and must be named."""
    kept = by_path(chosen("keep_float32", keep_float32, params)) if keep_float32 is not None else {}
    leaves = {place: leaf for place, leaf in by_path(params).items() if hasattr(leaf, "dtype")}
    small = {place: leaf.size >= min_size and not kept.get(place, False) for place, leaf in leaves.items()}
    for place, leaf in leaves.items():
        if small[place] and jnp.issubdtype(leaf.dtype, jnp.complexfloating):
            at = f" at {place!r}" if place else ""
            raise Refused(f"params must be real where slots are small, got {leaf.dtype}{at}; name it in keep_float32.")
    return small


def _wide(slot: Slot, tree: Any) -> Any:
    """A slot in float32."""
    return jax.tree.map(_numbers, tree, is_leaf=is_blocks)


def _numbers(leaf: Any) -> jax.Array:
    if is_blocks(leaf):
        return leaf.numbers()
    return leaf.astype(jnp.float32) if leaf.dtype == jnp.bfloat16 else leaf


def _how(slot: Slot, place: str, kept: Any, words: Words, limit: jax.Array) -> Any:
    """What makes a new leaf of a slot as small as the old one."""
    if is_blocks(kept):
        return lambda new: kept.moved(new, limit, words)
    if kept.dtype == jnp.bfloat16:
        return lambda new: rounded(new, words)
    return kept


def _each(function: Any, seed: Any, step: jax.Array, state: Any, *others: Any) -> Any:
    """A state with `function(slot, path, leaf, words, *leaves)` in the place of each leaf of a slot.

    The words are those by which the leaf is rounded: of the seed, of the step, and its own.
    """
    of_step, places = words(seed, step), itertools.count()

    def of_slot(slot: Slot, tree: Any, *trees: Any) -> Any:
        paths = by_path(tree, is_leaf=is_blocks)
        flat, shape = jax.tree.flatten(tree, is_leaf=is_blocks)
        rest = zip(*(jax.tree.leaves(other, is_leaf=is_blocks) for other in trees), strict=True)
        rest = rest if trees else [()] * len(flat)
        changed = [
            function(slot, path, leaf, of_step.of(next(places)), *leaves)
            for path, leaf, leaves in zip(paths, flat, rest, strict=True)
        ]
        return jax.tree.unflatten(shape, changed)

    return mapped(of_slot, state, *others, otherwise=lambda kept, new=None, *_: kept if new is None else new)
