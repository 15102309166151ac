"""Where arrays lie: on one device, or spread over a mesh of devices."""

from typing import Any

import jax
import jax.numpy as jnp
from jax.sharding import NamedSharding, PartitionSpec, Sharding, SingleDeviceSharding

_reshard = jax.reshard if hasattr(jax, "reshard") else jax.sharding.reshard


def allocated(params: Any) -> Any:
    """The parameters, with zeros in the place of each `jax.ShapeDtypeStruct`, laid out as that says."""
    if not any(isinstance(leaf, jax.ShapeDtypeStruct) for leaf in jax.tree.leaves(params)):
        return params
    return jax.tree.map(lambda leaf: jnp.zeros_like(leaf) if isinstance(leaf, jax.ShapeDtypeStruct) else leaf, params)


def beside(state: Any, params: Any) -> Any:
    """A state whose arrays all lie where the parameters do, those that depend on no parameter on each of the devices.

    JAX would leave these on its first device until the first update moves them, and would compile the update twice.
    """
    if any(isinstance(leaf, jax.core.Tracer) for leaf in jax.tree.leaves(params)):
        return _tied(state, params) if jax.device_count() > 1 else state
    place = _place(params)
    if place is None:
        return state

    def placed(leaf: Any) -> Any:
        return jax.device_put(leaf, place) if _is_concrete(leaf) and not leaf.committed else leaf

    return jax.tree.map(placed, state)


def one_place(leaf: Any) -> bool:
    """Whether an array lies on one device, or will, once its program is compiled."""
    return not _is_concrete(leaf) or len(leaf.sharding.device_set) == 1


def axes_of(array: jax.Array) -> PartitionSpec | None:
    """The axes of an explicit mesh along which the axes of an array are cut. None: no mesh, or XLA lays it out."""
    spec = jax.typeof(array).sharding.spec
    return spec if any(axis is not None for axis in spec) else None


def cut(array: jax.Array, *axes: Any) -> NamedSharding | None:
    """The layout with the axes of an array's explicit mesh, one for each axis. None: `axes_of` the array is None."""
    return None if axes_of(array) is None else NamedSharding(jax.typeof(array).sharding.mesh, PartitionSpec(*axes))


def whole(array: jax.Array, *axes: int) -> jax.Array:
    """An array that an explicit mesh does not cut but along these axes. Elsewhere XLA does that by itself."""
    spec = axes_of(array)
    if spec is None:
        return array
    kept = {axis % array.ndim for axis in axes}
    return _reshard(array, cut(array, *(name if axis in kept else None for axis, name in enumerate(spec))))


def as_cut(array: jax.Array, model: jax.Array) -> jax.Array:
    """An array laid out as another of its shape on an explicit mesh."""
    spec = axes_of(model)
    return array if spec is None else _reshard(array, cut(model, *spec))


def rows_laid_out(array: jax.Array, whole: bool) -> dict[str, Any]:
    """How to lay out what is read from rows of an array, or the array after rows were written; for an explicit mesh.

    `whole`: rows that were read are not cut along their number, for they come from everywhere.
    """
    spec = axes_of(array)
    return {} if spec is None else {"out_sharding": cut(array, None if whole else spec[0], *spec[1:])}


def row_zeros(array: Any, rest: tuple[int, ...], dtype: Any) -> jax.Array:
    """Zeros with a row of the shape `rest` for each row of an array, laid out as the rows of that."""
    shape, place = (*array.shape[:1], *rest), None
    if _is_concrete(array) and isinstance(array.sharding, NamedSharding):
        axes = tuple(array.sharding.spec)[: len(array.shape[:1])]
        place = NamedSharding(array.sharding.mesh, PartitionSpec(*axes))
    elif isinstance(array, jax.Array) and (spec := axes_of(array)) is not None:
        place = cut(array, spec[0], *[None] * len(rest))
    return jnp.zeros(shape, dtype, device=place)


def _tied(state: Any, params: Any) -> Any:
    """A state that a program makes of the parameters, though it reads none of their numbers.

    JAX drops what a program does not read. `jax.jit(tx.init)` would not know of the mesh, and would make the state on
    one device. A slot gets the layout of its parameter because it is selected beside it, entry by entry.
    """
    like = dict(jax.tree_util.tree_leaves_with_path(params))
    smallest = min((leaf for leaf in like.values() if isinstance(leaf, jax.core.Tracer)), key=jnp.size)
    places, tree = jax.tree_util.tree_flatten_with_path(state)
    models = [_model(like, place, leaf) for place, leaf in places]
    free = [leaf for (_, leaf), model in zip(places, models, strict=True) if model is None]
    *free, _ = jax.lax.optimization_barrier((*free, jax.lax.stop_gradient(smallest)))
    after = iter(free)
    pairs = [(leaf, model) for (_, leaf), model in zip(places, models, strict=True)]
    leaves = [next(after) if model is None else _selected(leaf, model) for leaf, model in pairs]
    return jax.tree.unflatten(tree, leaves)


def _model(like: dict, place: tuple, leaf: Any) -> Any:
    """The parameter that a slot belongs to, with axes of length 1 where the slot has them.

    None: there is none of a like shape. Codes of a slot stand one name below it.
    """
    ends = (len(place), len(place) - 1)
    found = next((like[name] for end in ends for at in range(end + 1) if (name := place[at:end]) in like), None)
    if not isinstance(found, jax.core.Tracer) or not 0 < found.ndim == jnp.ndim(leaf):
        return None
    shape, wanted = found.shape, jnp.shape(leaf)
    gone = tuple(axis for axis, (size, own) in enumerate(zip(shape, wanted, strict=True)) if own == 1 != size)
    fits = all(own in (1, size) for size, own in zip(shape, wanted, strict=True)) and len(gone) < len(shape)
    return jnp.sum(found, axis=gone, keepdims=True) if fits and gone else found if fits else None


def _selected(leaf: jax.Array, model: jax.Array) -> jax.Array:
    """The leaf. XLA does not know that no entry of the model is taken, and lays both out alike."""
    never = jnp.real(model) * 0 > 0  # false for NaN and inf too
    other = model if jnp.iscomplexobj(leaf) else jnp.real(model)
    return jnp.where(never, jax.lax.stop_gradient(other).astype(leaf.dtype), as_cut(leaf, model))


def _place(params: Any) -> Sharding | None:
    """Where a number that belongs to all parameters lies. None: wherever, or they lie in several places."""
    layouts = [leaf.sharding for leaf in jax.tree.leaves(params) if _is_concrete(leaf) and leaf.committed]
    if not layouts or any(layout.device_set != layouts[0].device_set for layout in layouts):
        return None
    if isinstance(layouts[0], NamedSharding):
        return NamedSharding(layouts[0].mesh, PartitionSpec())
    return SingleDeviceSharding(*layouts[0].device_set) if len(layouts[0].device_set) == 1 else None


def _is_concrete(leaf: Any) -> bool:
    return isinstance(leaf, jax.Array) and not isinstance(leaf, jax.core.Tracer)
