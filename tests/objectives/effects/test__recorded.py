"""Tests of arrays that remember how they were made."""

import jax
import jax.numpy as jnp
import numpy as np
from laws import x64

from lropt_jax.objectives.effects._recorded import Recorded

TABLE = np.random.default_rng(0).random((2, 3, 4))


def recorded(table):
    part, whole = table.sum((0,)).transpose([1, 0]), table.sum((0, 1)).reshape((4, 1))
    return part.over(whole) * part.over(whole).broadcast_to((4, 3)) * table.sum((0, 1)).reshape((4, 1))


def plain(table):
    part, whole = table.sum(0).T, table.sum((0, 1)).reshape(4, 1)
    ratio = jnp.where(whole > 0, part / jnp.where(whole > 0, whole, 1), 0)
    return ratio * ratio * whole


def test_slopes_are_those_of_jax_also_where_a_whole_is_0():
    for table in (TABLE, TABLE * (np.arange(4) > 0)):
        source, cotangent = Recorded(table), np.random.default_rng(1).random((4, 3))
        made = recorded(source)
        with x64():
            expected, pullback = jax.vjp(plain, jnp.asarray(table))
            np.testing.assert_allclose(made.value, expected, rtol=1e-13)
            np.testing.assert_allclose(made.slope(source, cotangent), pullback(cotangent)[0], rtol=1e-12, atol=1e-15)


def test_what_was_not_made_of_an_array_does_not_change_with_it():
    other = Recorded(np.ones(3))
    np.testing.assert_array_equal(Recorded(np.ones(2)).sum((0,)).slope(other, np.ones(())), np.zeros(3))
