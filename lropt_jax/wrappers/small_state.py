"""Slots of an optimizer in bf16 or in 8 bits."""

from typing import Any, Literal, NamedTuple

import jax
import jax.numpy as jnp
import optax

from lropt_jax._core.gating import changed
from lropt_jax._core.kinds import AnyOptimizer, Mask, Seed, Size
from lropt_jax._core.lifting import lift
from lropt_jax._core.limits import shown
from lropt_jax._core.masks import chosen
from lropt_jax._core.paths import by_path
from lropt_jax._core.refusal import Refused
from lropt_jax._core.slots import Slot
from lropt_jax._core.wrapping import extended
from lropt_jax.wrappers._blocks import Blocks, blocks_for
from lropt_jax.wrappers._bounds import bounds
from lropt_jax.wrappers._chance import Words, rounded
from lropt_jax.wrappers._slots import declared, each_leaf, is_blocks, keeps_others, mapped


class SmallState(NamedTuple):
    """State of `small_state`. In `inner`, slots are arrays of bf16 or `Blocks`, where they are small."""

    updates_made: jax.Array
    inner: Any

    @property
    def keeps_small(self) -> bool:
        """Slots inside may have another form than in the optimizer's own state: `restate` goes by it."""
        return True


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
    """Keep the slots of an optimizer in bf16 or in 8 bits. Every update is computed in float32.

    A new slot is rounded as soon as it is made, and the update is made of what is kept: `adamw` computes
    `m = 0.9 * float32(kept m) + 0.1 * g`, rounds `m` by chance, and steps along what it rounded to. No slot is ever
    there in float32, not even one leaf of it: XLA widens, updates and rounds entry by entry.

    Choose it if the state of the optimizer does not fit into memory beside the parameters. `small_state(adamw(1e-3))`
    halves it to 4 bytes a parameter; take "int8" if that is not enough, 2.03 bytes. The first parameters of `prodigy`,
    the distance of `madgrad` and the gains of `delta_bar_delta` stay exact. docs/scale.md has the bytes of every
    optimizer.

    **"bf16"** has the range of float32 and 8 bits of precision. An average with `b2=0.999` moves by less than that, so
    each number goes to one of its two neighbours, to the nearer one more often, and is right in the mean (Gupta et al.
    2015, arXiv:1502.02551, section 3).

    **"int8"** keeps sums and averages of gradients as `code / 127 * scale`, and those of squared gradients as
    `(code / 255)^2 * scale`, with a scale for each block of at most 256 numbers; rounded by chance too. Blocks as in
    Dettmers et al. (2022, arXiv:2110.02861, section 2), whose codes are others. A squared gradient that is not 0 never
    gets the code 0, so nothing is divided by 0. A scale stays until its block outgrows it or needs far less. It comes
    from the largest gradients and codes of the block before the update, as a bound of what the update can make. What is
    above it all the same is cut off, and the next scale is larger. Slots of other numbers are kept in bf16.

    Args:
        optimizer: One of this library, or a chain of Optax's with known slots, such as `optax.adamw`. Wrappers go
            around: `clip_norm(small_state(adam(1e-3)), 1.0)`.
        format: "bf16" or "int8".
        min_size: Leaves with fewer numbers keep float32, a whole number >= 1. They cost little, and biases and norms
            need precision most.
        keep_float32: Which parameters keep float32 whatever their size: patterns of paths as in `wrappers.multiply`, a
            tree of bools like the parameters, or a function of the parameters. None: those below `min_size` alone.
        block: The most numbers that share a scale, a whole number >= 1. A scale takes 4 bytes.
        seed: The seed of the roundings, a whole number. Runs side by side need different seeds, if their roundings
            should differ.

    Returns:
        An optimizer. State: `updates_made` () int32; `inner`, the optimizer's own state, in which an array is one of
        bf16, or `Blocks(codes, scales)`, where it is small. Memory: as in docs/scale.md, and 1/16 of a byte a parameter
        while an update runs. Time on a CPU: "bf16" 1.0 to 1.1 times, "int8" 1.6 to 2.3 times that of float32; both take
        several times as long to compile.

    Raises:
        TypeError: `optimizer` is not a gradient transformation.
        ValueError: `format` is neither "bf16" nor "int8", or a number is outside its range. `init` refuses an optimizer
            whose slots are not known or may not be rounded, such as `rprop`, `cocob` and a wrapper; and complex
            parameters, unless `keep_float32` has them.

    Where it loses: The roundings are noise. In 8 bits, entries whose gradients are more than 255 times smaller than the
    largest of their block take smaller steps than Adam would, so keep embeddings of rare words in float32 or in bf16.
    Two runs differ from one another by roundings if they are compiled for other machines. Gradients through an update
    do not pass its small slots. Slots in float64 stay so.

    A block lies on one device where the layout is known: outside of `jit`, or on an explicit mesh. Under `jit` on an
    automatic mesh `init` cuts an axis into equal blocks of at most `block` numbers. `restate` goes from the float32
    state of an optimizer to a small one, and back.

    Example:
        >>> import jax.numpy as jnp
        >>> from lropt_jax.optimizers import adam
        >>> tx, params = small_state(adam(0.1), "int8"), jnp.ones((16, 512))
        >>> updates, state = tx.update(params, tx.init(params), params)
        >>> state.inner.mu.codes.dtype, state.inner.mu.scales.shape
        (dtype('int8'), (16, 2))
    """
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

        return SmallState(start, each_leaf(begun, seed, start, state))

    def update(grads: optax.Updates, state: SmallState, params: optax.Params | None = None, **extra: Any) -> tuple:
        kept = state.inner
        count = optax.safe_increment(state.updates_made)
        flat, tree = jax.tree.flatten(kept, is_leaf=is_blocks)
        limits = bounds(inner, grads, kept, params, extra) if any(map(is_blocks, flat)) else kept
        narrow = jax.tree.leaves(each_leaf(_how, seed, count, kept, limits), is_leaf=callable)

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
