"""Tests of an update of the rows that have a gradient."""

import jax
import jax.numpy as jnp
import numpy as np

from lropt_jax._core.rows import Bundle, Rows, bundled
from lropt_jax.optimizers import sgd
from lropt_jax.wrappers._by_rows import by_rows, put, taken
from lropt_jax.wrappers._row_slots import table_of

PARAMS = {"a": jnp.arange(6.0).reshape(3, 2), "b": jnp.ones(2)}


def test_only_rows_with_a_gradient_move():
    tx = by_rows(sgd(0.5, momentum=0.5))
    grads = bundled({"a": Rows([2, 2], jnp.ones((2, 2))), "b": jnp.ones(2)}, PARAMS)
    updates, state = tx.update(grads, tx.init(PARAMS), PARAMS)
    assert isinstance(updates["a"], Bundle)
    np.testing.assert_array_equal(updates["a"].rows.dense(3), [[0, 0], [0, 0], [-1, -1]])
    np.testing.assert_array_equal(state.trace["a"], [[0, 0], [0, 0], [2, 2]])
    np.testing.assert_array_equal(updates["b"], [-0.5, -0.5])


def test_rows_taken_and_put_back_change_nothing():
    tables = [table_of(0, 3, jnp.array([1, 1, 7]))[0]]
    part = taken(PARAMS, tables)
    assert part["a"].shape == (3, 2)
    jax.tree.map(np.testing.assert_array_equal, put(PARAMS, part, tables), PARAMS)
