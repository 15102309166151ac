"""Tests of how a program is searched for lookups, and run with something added to what they read."""

import jax
import jax.numpy as jnp
import numpy as np

from lropt_jax.wrappers._lookups import as_rows, run, uses

TABLE, OTHER, IDS = jnp.arange(12.0).reshape(6, 2), jnp.ones((2, 3)), jnp.array([[1, 5], [1, -1]])


def program(table, other):
    read = jax.jit(lambda table: table.astype(jnp.float32)[IDS])(table)
    return jnp.sum(read @ other), table.at[jnp.array([7])].get(mode="clip")


def test_lookups_are_found_in_programs_inside_and_all_other_uses_too():
    found = uses(jax.make_jaxpr(program)(TABLE, OTHER).jaxpr)
    assert [lookup.leaf for lookup in found.lookups] == [0, 0]
    assert found.others == {1: "dot_general"}
    assert uses(jax.make_jaxpr(lambda table: table)(TABLE).jaxpr).others == {0: "an output"}
    assert uses(jax.make_jaxpr(lambda table: table[IDS, 0])(TABLE).jaxpr).others == {0: "gather"}


def test_a_run_adds_to_what_is_read_and_gives_the_ids():
    closed = jax.make_jaxpr(program)(TABLE, OTHER)
    added = [jnp.ones((2, 2, 2)), jnp.zeros((1, 2))]
    (total, last), ids = run(closed, [None, OTHER], iter(added), {0: TABLE})
    np.testing.assert_allclose(total, program(TABLE, OTHER)[0] + 3 * 8)
    np.testing.assert_array_equal(last, TABLE[5:])
    assert [each.tolist() for each in ids] == [[1, 5, 1, 5], [5]]


def test_gradients_of_lookups_are_rows_in_the_order_of_the_ids():
    (lookup,) = uses(jax.make_jaxpr(lambda table: jnp.take(table, IDS, axis=0))(TABLE).jaxpr).lookups
    rows = as_rows(lookup, IDS.ravel(), jnp.arange(8.0).reshape(2, 2, 2))
    assert rows.values.tolist() == [[0, 1], [2, 3], [4, 5], [6, 7]]
