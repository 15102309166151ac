"""An optimizer that updates the rows which have a gradient, and reads and writes no others."""

from typing import Any

import jax
import optax

from lropt_jax._core.refusal import Refused
from lropt_jax._core.rows import Bundle
from lropt_jax._core.state import states_of
from lropt_jax.wrappers._row_slots import Table, laid_out, merged, read, several, written
from lropt_jax.wrappers.accumulate import AccumulateState


def by_rows(inner: optax.GradientTransformationExtraArgs) -> optax.GradientTransformationExtraArgs:
    """The same optimizer on the rows of the batch: gathered from parameters and slots, updated and written back."""

    def update(grads: optax.Updates, state: Any, params: optax.Params | None = None, **extra: Any) -> tuple:
        leaves, tree = jax.tree.flatten(grads)
        if not any(isinstance(leaf, Bundle) for leaf in leaves):
            return inner.update(grads, state, params, **extra)
        _check_moves_always(state)
        tables, given = [], list(leaves)
        for index, leaf in enumerate(leaves):
            if isinstance(leaf, Bundle):
                table, given[index] = merged(index, leaf)
                tables.append(table)

        functions = {name: _refusing(name) for name, item in extra.items() if callable(item)}

        def updated(grads: optax.Updates, state: Any, params: optax.Params) -> tuple:
            return inner.update(grads, state, params, **{**extra, **functions})

        layout = laid_out(inner.init, params, state, tables, updated)
        part = layout.gathered(state, tables)
        updates, moved = updated(jax.tree.unflatten(tree, given), part, taken(params, tables))
        new = jax.tree.leaves(updates)
        for table in tables:
            new[table.leaf] = several(leaves[table.leaf], new[table.leaf], table)
        return jax.tree.unflatten(tree, new), layout.scattered(state, moved, tables)

    return optax.GradientTransformationExtraArgs(inner.init, update)


def taken(params: Any, tables: list[Table]) -> Any:
    """The parameters with the rows of the tables alone."""
    leaves, tree = jax.tree.flatten(params)
    for table in tables:
        leaves[table.leaf] = read(leaves[table.leaf], table)
    return jax.tree.unflatten(tree, leaves)


def put(params: Any, part: Any, tables: list[Table]) -> Any:
    """The parameters with the rows of a part."""
    leaves, (new, tree) = jax.tree.leaves(params), jax.tree.flatten(part)
    for table in tables:
        new[table.leaf] = written(leaves[table.leaf], table, new[table.leaf])
    return jax.tree.unflatten(tree, new)


def _refusing(name: str) -> Any:
    """What stands in the place of a function of all parameters: the optimizer sees the rows of the batch alone."""

    def function(params: optax.Params) -> Any:
        raise Refused(f"optimizer must not call {name} where gradients are Rows; take a rate that reads no {name}.")

    return function


def _check_moves_always(state: Any) -> None:
    if states_of((AccumulateState, optax.MultiStepsState), state):
        raise Refused(
            "optimizer must make a step at every call, got one that gathers gradients, so that rows would wait; "
            "put the Rows of several batches into one, by jnp.concatenate of their ids and of their values."
        )
