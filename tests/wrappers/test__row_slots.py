"""Tests of which arrays of a state have rows, and of reading and writing some of these."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lropt_jax._core.rows import Rows, bundled
from lropt_jax.optimizers import adam, rmsprop
from lropt_jax.wrappers._row_slots import laid_out, merged, read, table_of, written

ARRAY = jnp.arange(12.0).reshape(6, 2)
IDS = jnp.array([4, 1, 4, -1, 9, 1, 4])


def test_each_id_stands_once_and_all_else_is_no_row():
    table, place = jax.tree.map(np.asarray, jax.jit(lambda ids: table_of(0, 6, ids))(IDS))
    assert sorted(table.ids[table.ids < 6].tolist()) == [1, 4]
    assert len(set(table.ids.tolist())) == len(IDS)
    assert table.ids[place][[0, 1, 2, 5, 6]].tolist() == [4, 1, 4, 1, 4]


def test_gradients_of_an_id_are_added_up_in_float32_and_padding_has_none():
    values = jnp.array([1, 2, 2**-8, 7, 7, 3, 2**-8], jnp.bfloat16)
    (bundle,) = jax.tree.leaves(bundled(Rows(IDS, values), jnp.zeros(6)))
    table, sums = merged(0, bundle)
    found = {int(number): float(total) for number, total in zip(table.ids, sums, strict=True) if total}
    assert found == {1: 5.0, 4: 1.0078125}  # one addition after the other in bf16 would give 1
    assert sums.dtype == jnp.bfloat16


def test_rows_are_read_and_written_and_padding_writes_nothing():
    @jax.jit
    def added(ids):
        table, _ = table_of(0, 6, ids)
        return written(ARRAY, table, 10 + read(ARRAY, table)) - ARRAY

    np.testing.assert_array_equal(added(IDS), 10 * np.isin(np.arange(6), [1, 4])[:, None] * np.ones(2))
    np.testing.assert_array_equal(added(jnp.zeros(0, int)), 0)


def test_tables_are_told_apart_though_their_heights_are_equal():
    params = {"a": jnp.zeros((6, 2)), "b": jnp.zeros((6, 2)), "c": jnp.zeros((6, 2))}
    state = adam(0.1).init(params)
    tables = [table_of(0, 6, IDS)[0], table_of(2, 6, jnp.array([0]))[0]]
    layout = laid_out(adam(0.1).init, params, state, tables)
    assert layout.owners == (None, None, 0, None, 1, 0, None, 1)
    part = layout.gathered(state, tables)
    assert [leaf.shape for leaf in jax.tree.leaves(part.mu)] == [(7, 2), (6, 2), (1, 2)]
    part = jax.tree.map(lambda leaf: leaf + 1, part)
    after = layout.scattered(state, part, tables)
    assert [float(jnp.sum(leaf)) for leaf in jax.tree.leaves(after.mu)] == [4.0, 12.0, 2.0]
    assert after.count == 1


def test_slots_that_are_no_rows_are_refused():
    params = {"a": jnp.zeros((6, 2))}

    def flat(params):
        return jax.tree.map(jnp.ravel, rmsprop(0.1).init(params))

    with pytest.raises(ValueError, match="optimizer must keep its slots as rows of the parameter, or as numbers"):
        laid_out(flat, params, flat(params), [table_of(0, 6, IDS)[0]])
