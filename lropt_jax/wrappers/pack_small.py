"""Update thousands of small arrays as one vector."""

import inspect
from collections.abc import Iterator
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax

from lropt_jax._core.factory import Factory
from lropt_jax._core.kinds import AnyOptimizer, Size, SteadyOptimizer
from lropt_jax._core.lifting import lift
from lropt_jax._core.limits import shown
from lropt_jax._core.masks import chosen
from lropt_jax._core.packing import Layout, layout_of, packed, unpacked
from lropt_jax._core.refusal import Refused
from lropt_jax._core.sealing import Static
from lropt_jax._core.values import Decay, Value
from lropt_jax._core.wrapping import extended, like


class PackState(NamedTuple):
    """State of `pack_small`."""

    count: jax.Array  # type: ignore[assignment]
    layout: Layout
    inner: Any


@lift
def pack_small(
    optimizer: SteadyOptimizer, *, below: Size = 4096, elementwise: bool = False
) -> optax.GradientTransformationExtraArgs:
    """Join the small arrays of the parameters to one vector, update that, and cut the updates apart again.

    Parameters and gradients keep their tree. The slots of the small arrays are one vector for each dtype; those that a
    mask of weight decay leaves out are a vector of their own. The updates are those of `optimizer` to rounding, about
    1e-5 of each.

    Choose it for hundreds or thousands of small arrays: there an update is a program for every array, and takes most of
    its time to start and to compile them. For a few large arrays it changes nothing.

    Args:
        optimizer: One that updates each number by itself, or by sums over all parameters too, such as `adam`, `sgd` or
            `lion` under any rate; its weight decay may have a mask. Rules that look at whole arrays or at paths, such
            as `lamb`, `muon`, `adafactor` and `multiply`, are refused: `groups({"*kernel": muon(r), "*":
            pack_small(adam(r))})`.
        below: Arrays of fewer numbers are packed, a whole number >= 1. It decides shapes.
        elementwise: True: you say that `optimizer` updates each number by itself. Nobody knows it of an optimizer of
            Optax, or of your own without `lift(elementwise=True)`.

    Returns:
        An optimizer. State: `count`, updates made, () int32; `layout`, which has no arrays; `inner`, the state of
        `optimizer` for a tree of vectors, named by their dtype, and of large arrays, named by their path. `restate`
        packs the state of `optimizer` from a checkpoint, and unpacks it. Memory: nothing that stays; the vectors of
        gradients and updates, and of parameters that are read, for a moment.

    Raises:
        TypeError: `optimizer` is not a gradient transformation.
        ValueError: `optimizer` looks at whole arrays or paths, or does not say whether it does.

    Arrays that a mesh of devices cuts are not packed. Inside `jit` this is known on JAX's explicit meshes alone, so on
    others call `init` outside of it.

    Example:
        >>> import jax.numpy as jnp
        >>> from lropt_jax.optimizers import adam
        >>> params = {"kernel": jnp.ones((64, 64)), "scale": jnp.ones(64), "bias": jnp.zeros(64)}
        >>> state = pack_small(adam(1e-3)).init(params)
        >>> {name: mu.shape for name, mu in state.inner.mu.arrays.items()}
        {'small float32': (128,), 'kernel': (64, 64)}
    """
    inner = extended(optimizer)
    masks = [node.mask for node in _parts(optimizer) if isinstance(node, Decay) and node.mask is not None]

    def init(params: optax.Params) -> PackState:
        layout = layout_of(params, below, *(chosen("mask", mask, params) for mask in masks))
        return PackState(jnp.zeros((), jnp.int32), layout, inner.init(packed(params, layout)))

    def update(grads: optax.Updates, state: PackState, params: optax.Params | None = None, **extra: Any) -> tuple:
        layout = state.layout
        own = None if params is None else packed(params, layout)
        given = {name: _packed_extra(item, layout, state.count >= 0) for name, item in extra.items()}
        updates, moved = inner.update(packed(grads, layout), state.inner, own, **given)
        whole = like(unpacked(updates, state.count >= 0), grads)
        return whole, PackState(optax.safe_increment(state.count), layout, moved)

    return optax.GradientTransformationExtraArgs(init, update)


@pack_small.requires
def _(optimizer: AnyOptimizer, elementwise: bool) -> None:
    for part in _parts(optimizer):
        if isinstance(part, Decay):
            continue
        factory = getattr(part, "factory", None)
        if getattr(factory, "elementwise", False) and part.arguments.get("clip_threshold") is None:
            continue  # that is a limit for whole arrays
        if isinstance(factory, Factory) and _is_ours(factory):
            raise Refused(
                f"optimizer must update each number by itself, got {shown(part)}, which looks at whole arrays or at "
                'paths; pack what is inside or beside it, as in groups({"*kernel": muon(r), "*": pack_small(adam(r))}).'
            )
        if not elementwise:
            raise Refused(
                f"elementwise must be True where optimizer does not say whether it updates each number by itself, "
                f"got False and {shown(part)}; give elementwise=True if it never looks at whole arrays."
            )


def _parts(node: Any) -> Iterator[Any]:
    """An optimizer, those inside of it, and their weight decays."""
    node = node.value if isinstance(node, Static) else node
    if isinstance(node, (optax.GradientTransformation, Decay)):
        yield node
    if isinstance(node, Value):
        for argument in node._sealed.values():
            yield from _parts(argument)
    elif isinstance(node, (list, tuple)) and not isinstance(node, optax.GradientTransformation):
        for item in node:
            yield from _parts(item)


def _is_ours(factory: Factory) -> bool:
    module = inspect.getmodule(factory.__wrapped__)
    return getattr(module, "__name__", "").startswith("lropt_jax.")


def _packed_extra(item: Any, layout: Layout, known: jax.Array) -> Any:
    """A further argument of `update`: trees like the parameters are packed, and functions of the parameters too."""
    if jax.tree.structure(item) == layout.tree and not jax.tree_util.all_leaves([item]):
        return packed(item, layout)
    if callable(item):
        return lambda pack: _packed_extra(item(unpacked(pack, known)), layout, known)
    return item
