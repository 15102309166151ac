"""Tests of what happens on some steps alone."""

import jax.numpy as jnp
import numpy as np

from lropt_jax.diagnostics._branches import Kept, branch, replaced
from lropt_jax.diagnostics.ring import empty


def test_a_row_is_made_where_it_is_due_and_the_rest_goes_through():
    def row(record, kept, slots):
        return record._replace(written=record.written + 1), kept

    for go in (True, False):
        record, kept, slots = branch(jnp.array(go), row, empty(2, ("a",)), Kept(jnp.ones(2), None), jnp.arange(3))
        assert (record.written, kept.vector, slots.tolist()) == (int(go), None, [0, 1, 2])


def test_the_gradient_is_kept_on_the_step_before_a_row_alone():
    for go, expected in ((True, [3.0]), (False, [1.0])):
        found = replaced(jnp.ones(1), jnp.full(1, 3, jnp.bfloat16), jnp.array(go))
        np.testing.assert_array_equal(found, expected)
    assert replaced(None, jnp.ones(1), jnp.array(True)) is None
