"""How large the slots of an optimizer can be after an update, block by block, before that is computed.

The largest magnitude of what an update makes costs a second pass over everything, in which XLA makes each slot in
float32. The largest magnitudes of what goes in cost little. So the optimizer's own update runs once more on a tree of
these, one number a block: for slots alone, and for gradients and parameters alone. Moments, and sums of squares, are
below the sum of the two, whatever the numbers of the optimizer are. Nothing else that this update makes is used, so XLA
leaves it out.
"""

from typing import Any

import jax
import jax.numpy as jnp
import optax

from lropt_jax._core.slots import Slot
from lropt_jax.wrappers._blocks import tops_of
from lropt_jax.wrappers._slots import declared, is_blocks, mapped


def bounds(
    inner: optax.GradientTransformationExtraArgs,
    grads: optax.Updates,
    state: Any,
    params: optax.Params | None,
    extra: dict[str, Any],
) -> Any:
    """A state like that after the update, whose blocks are bounds. All else in it means nothing."""
    model = _model(state, grads)
    forces, places = (_tops(tree, model) for tree in (grads, grads if params is None else params))
    fresh = mapped(lambda slot, new, kept: new, inner.init(places), state, otherwise=_present)
    full = mapped(_filled, state, fresh, otherwise=lambda kept, new: new)
    nothing = jax.tree.map(jnp.zeros_like, forces)
    known = {name: _zero if callable(value) else value for name, value in extra.items()}
    still = None if params is None else jax.tree.map(jnp.zeros_like, places)
    _, of_slots = inner.update(nothing, full, still, **known)
    _, of_grads = inner.update(forces, fresh, None if params is None else places, **known)
    return mapped(lambda slot, *trees: jax.tree.map(_sum, *trees), of_slots, of_grads)


def _model(state: Any, grads: optax.Updates) -> Any:
    """A tree like the gradients that has blocks where any slot has them."""
    tree, trees = jax.tree.structure(grads), [slot for _, slot in declared(state)]
    alike = [slot for slot in trees if jax.tree.structure(slot, is_leaf=is_blocks) == tree]  # type: ignore[operator]
    return jax.tree.map(lambda *kept: next(filter(is_blocks, kept), kept[0]), *(alike or [grads]), is_leaf=is_blocks)


def _tops(tree: Any, model: Any) -> Any:
    """The largest magnitudes in the blocks; what is in no blocks stays."""
    return jax.tree.map(
        lambda kept, leaf: tops_of(leaf, kept.scales.shape) if is_blocks(kept) else leaf,
        model, tree, is_leaf=is_blocks,
    )  # fmt: skip


def _filled(slot: Slot, kept: Any, new: Any) -> Any:
    """A slot with the largest magnitudes that it has in each block."""
    return jax.tree.map(lambda old, leaf: old.tops() if is_blocks(old) else leaf, kept, new, is_leaf=is_blocks)


def _present(new: Any, kept: Any) -> Any:
    """What the state has beside slots, where it does not depend on the shapes of parameters: counts, rates, numbers."""
    if jax.tree.structure(new) != jax.tree.structure(kept):  # type: ignore[operator]
        return new
    return jax.tree.map(lambda leaf, old: old if leaf.shape == old.shape else leaf, new, kept)


def _sum(first: jax.Array, second: jax.Array) -> jax.Array:
    return jnp.abs(first) + jnp.abs(second)


def _zero(params: optax.Params) -> jax.Array:
    return jnp.zeros(())
