"""Tests of what happens on some steps alone."""

from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
import pytest

from lropt_jax.diagnostics._branches import branch


class State(NamedTuple):
    updates_made: Any
    before: Any
    rows: Any


def row(state, due):
    return state._replace(rows=state.rows + due)


@pytest.mark.parametrize(("every", "rows", "kept"), [(3, [1, 1, 1, 2, 2], [0, 0, 2, 2, 2]), (1, [1, 2, 3], [0, 1, 2])])
def test_a_row_is_made_where_it_is_due_and_the_gradient_kept_on_the_step_before(every, rows, kept):
    state = State(jnp.array(0), jnp.zeros(1), jnp.array(0))
    for step, (many, before) in enumerate(zip(rows, kept, strict=True)):
        state = branch(state, every, row, jnp.full(1, step, jnp.bfloat16))
        assert (state.rows, state.before.tolist(), state.before.dtype) == (many, [before], jnp.float32)
        state = state._replace(updates_made=state.updates_made + 1)


def test_without_a_gradient_to_keep_none_is_kept():
    state = branch(State(jnp.array(2), None, jnp.array(0)), 3, row, jnp.ones(1))
    np.testing.assert_array_equal((state.rows, state.before is None), (0, True))
