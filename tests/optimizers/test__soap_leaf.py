"""Tests of `_soap_leaf`."""

import jax.numpy as jnp
import numpy as np

from lropt_jax.optimizers._axes import Form
from lropt_jax.optimizers._soap_leaf import first_factors, now_at, turn

NUMBERS = jnp.float32(0.9), jnp.float32(0.99), jnp.float32(0.99), jnp.float32(1e-8)


def test_the_first_gradient_enters_the_moments_or_not():
    skipped, taken = (now_at(jnp.int32(0), skip, *NUMBERS) for skip in (True, False))
    assert (skipped.b1, skipped.b2, skipped.scale) == (1, 1, 0)
    np.testing.assert_allclose((taken.b1, taken.b2, taken.scale), (0.9, 0.99, 1), rtol=1e-5)
    np.testing.assert_allclose(now_at(jnp.int32(1), True, *NUMBERS).scale, 1, rtol=1e-5)
    assert skipped.factor_b2 == taken.factor_b2


def test_bases_are_found_first_and_then_turn_at_their_place():
    assert [int(turn(jnp.int32(count), 1, 3)) for count in range(6)] == [2, 1, 0, 0, 1, 0]


def test_axes_of_one_and_long_ones_have_no_factor():
    found = first_factors(Form(), jnp.ones((4, 1)), 8)
    assert [None if factor is None else factor.shape for factor in found] == [(4, 4), None]
    assert first_factors(Form(), jnp.ones((9, 0)), 8) == (None, None)
