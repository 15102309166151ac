"""Which arrays of a state have a row for each row of a parameter, and how some of these are read and written."""

import itertools
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from lropt_jax._core.accumulators import wide
from lropt_jax._core.layout import rows_laid_out
from lropt_jax._core.refusal import Refused
from lropt_jax._core.rows import Bundle, Rows, inside
from lropt_jax.wrappers._mixing import mixing

_FIRST = 1_000_003  # heights in place of the real ones are above it: no axis of a model has such a length by chance


class Table(NamedTuple):
    """A parameter of which some rows are updated: its number among the leaves, its height, and the ids of the rows.

    Each id stands once. In the places of its repetitions, and of padding, stand numbers that no row has.
    """

    leaf: int
    height: int
    ids: jax.Array


def table_of(leaf: int, height: int, ids: jax.Array) -> tuple[Table, jax.Array]:
    """The table of some ids, and for each of these its place in the table."""
    ids = inside(ids, height)
    ordered, number = jnp.sort(ids), jnp.arange(len(ids), dtype=ids.dtype)
    first = jnp.concatenate([ordered[:1] == ordered[:1], ordered[1:] != ordered[:-1]])
    alone = jnp.where(first & (ordered < height), ordered, height + number)
    return Table(leaf, height, alone), jnp.searchsorted(ordered, ids)  # a sort of pairs takes three times as long


def merged(leaf: int, bundle: Any) -> tuple[Table, jax.Array]:
    """The table of a gradient, and the gradients of its rows, added up where an id stands several times."""
    table, place = table_of(leaf, bundle.shape[0], bundle.rows.ids)
    values = jax.ops.segment_sum(wide(bundle.rows.values), place, len(place)).astype(bundle.dtype)
    known = (table.ids < table.height).reshape(-1, *[1] * (values.ndim - 1))
    return table, jnp.where(known, values, 0)


def several(bundle: Any, values: jax.Array, table: Table) -> Bundle:
    """Updates of the rows of a table, in the place of their gradients."""
    return Bundle(Rows(table.ids, values), bundle.shape, bundle.place)


def read(array: jax.Array, table: Table) -> jax.Array:
    """The rows of an array. Those of padding are any."""
    return array.at[table.ids].get(mode="clip", **rows_laid_out(array, whole=True))


def written(array: jax.Array, table: Table, rows: jax.Array) -> jax.Array:
    """An array with other rows; padding writes nothing."""
    layout = rows_laid_out(array, whole=False)
    return array.at[table.ids].set(rows, mode="drop", unique_indices=True, **layout)


class Layout(NamedTuple):
    """For each leaf of a state, the number of the table whose rows it has; None: it belongs to no rows."""

    owners: tuple[int | None, ...]

    def gathered(self, state: Any, tables: list[Table]) -> Any:
        """The state with the rows of the tables alone."""
        leaves, tree = jax.tree.flatten(state)
        rows = [
            leaf if owner is None else read(leaf, tables[owner])
            for leaf, owner in zip(leaves, self.owners, strict=True)
        ]
        return jax.tree.unflatten(tree, rows)

    def scattered(self, state: Any, part: Any, tables: list[Table]) -> Any:
        """The state with the rows of a part written into it, and the rest as in the part."""
        leaves, tree = jax.tree.flatten(state)
        new = [
            rows if owner is None else written(leaf, tables[owner], rows)
            for leaf, rows, owner in zip(leaves, jax.tree.leaves(part), self.owners, strict=True)
        ]
        return jax.tree.unflatten(tree, new)


def laid_out(
    init: Callable[[Any], Any], params: Any, state: Any, tables: list[Table], update: Callable[..., Any] | None = None
) -> Layout:
    """Where a state has the rows of the tables. With `update`: after a look at its program, in which no row may act on
    another.

    The look is at parameters of other heights, which tell the tables apart. Nothing is computed.
    """
    leaves, tree = jax.tree.flatten(params)
    sizes = {size for leaf in leaves for size in np.shape(leaf)}
    heights = list(itertools.islice((n for n in itertools.count(_FIRST) if n not in sizes), len(tables)))
    other = [jax.ShapeDtypeStruct(np.shape(leaf), jnp.result_type(leaf)) for leaf in leaves]
    for height, table in zip(heights, tables, strict=True):
        shape = other[table.leaf].shape
        other[table.leaf] = jax.ShapeDtypeStruct((height, *shape[1:]), other[table.leaf].dtype)
    shapes = jax.tree.unflatten(tree, other)
    first = jax.eval_shape(init, shapes)
    owners = _owners(first, state, heights)
    found = update and mixing(lambda rows, grads: update(grads, *rows), (first, shapes), shapes, heights)
    if found:
        raise Refused(
            f"optimizer must update every row by itself, got one whose update mixes rows ({found}); "
            "take adam, adagrad, sgd or another that works entry by entry, or give this parameter a dense gradient."
        )
    return Layout(owners)


def _owners(first: Any, state: Any, heights: list[int]) -> tuple[int | None, ...]:
    """For each leaf of a state, which table it has the rows of, told by what it is for other heights."""
    model, leaves = jax.tree.leaves(first), jax.tree.leaves(state)
    owners = [next((heights.index(size) for size in leaf.shape[:1] if size in heights), None) for leaf in model]
    alike = len(model) == len(leaves) and all(
        other.shape[owner is not None :] == leaf.shape[owner is not None :]
        for other, leaf, owner in zip(model, leaves, owners, strict=True)
    )
    if not alike:
        raise Refused("optimizer must keep its slots as rows of the parameter, or as numbers; this one does neither.")
    return tuple(owners)
