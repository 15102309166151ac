"""Tests of products of tables over named variables, and of their sums."""

import jax.numpy as jnp
import numpy as np
import pytest

from lropt_jax.objectives.effects._factors import Factor, Law, broadcast_to, divided
from lropt_jax.objectives.effects._recorded import Recorded

RNG = np.random.default_rng(0)
TABLES = {"ab": RNG.random((2, 3)), "ce": RNG.random((5, 4)), "bc": RNG.random((3, 5)), "be": RNG.random((3, 4))}
FACTORS = [Factor.of(table, tuple(names)) for names, table in TABLES.items()]


@pytest.mark.parametrize("kept", ["", "a", "ae", "bc", "abce"])
def test_a_marginal_of_a_product_is_that_of_einsum(kept):
    expected = np.einsum(f"{','.join(TABLES)}->{kept}", *TABLES.values())
    found = Law(FACTORS).marginal(kept)
    assert "".join(found.names) == kept
    np.testing.assert_allclose(found.array, expected, rtol=1e-12)


def test_axes_may_come_in_any_order_and_numpy_jax_and_recorded_arrays_agree():
    table = RNG.random((4, 2, 3))
    for array in (table, jnp.asarray(table), Recorded(table)):
        factor = Factor.of(array, ("z", "x", "y"))
        found = divided(factor.summed("xz"), "z").aligned(("x", "y", "z"))
        found = broadcast_to(found, (2, 3, 4))
        expected = (table.sum(2) / table.sum((1, 2))[:, None]).T[:, None]
        np.testing.assert_allclose(getattr(found, "value", found), np.broadcast_to(expected, (2, 3, 4)), rtol=1e-6)


def test_marginals_are_found_from_the_smallest_one_that_is_known():
    law = Law([Factor.of(RNG.random((2, 2, 2, 2)), tuple("abcd"))])
    law.marginal("abc")
    law.marginal("abc")[1][:] = 0  # whatever is found from it now is 0
    assert not law.marginal("ab").array.any()
    assert law.marginal("ad").array.any()


@pytest.mark.slow
def test_a_conditional_sums_to_1_and_is_0_under_what_never_happens():
    law = Law([Factor.of(np.array([[0.5, 0.5], [0.0, 0.0]]), ("x", "y"))])
    np.testing.assert_array_equal(law.conditional("y", "x").array, [[0.5, 0.5], [0, 0]])
