"""Tests of the ring of rows."""

import jax.numpy as jnp
import numpy as np

from lropt_jax.diagnostics.ring import NUMBERS, Row, empty, unrolled, written


def test_rows_come_in_the_order_of_steps_and_the_oldest_are_lost():
    ring = empty(3, ("b", "a"))
    for step in range(5):
        row = Row(jnp.int32(step), jnp.full(len(NUMBERS), step), jnp.full((2, 8), step))
        ring = written(ring, row, jnp.array(step != 1))
    found = unrolled(ring)
    assert (found["step"].tolist(), found["lost"], found["groups"]) == ([2, 3, 4], 1, ["a", "b"])
    np.testing.assert_array_equal(found["rate"], [2, 3, 4])
    assert (found["group_ratio"].shape, found["group_rate"].shape) == ((3, 2), (3, 2, 5))


def test_an_empty_ring_has_no_rows():
    assert all(
        len(column) == 0 for name, column in unrolled(empty(2, ("a",))).items() if name not in ("groups", "lost")
    )
