"""Tests of what is fit to make a step of, and to be applied."""

import jax.numpy as jnp
import numpy as np
import pytest

from lropt_jax._core.soundness import harmless, sound


@pytest.mark.parametrize("bad", [jnp.nan, jnp.inf, -jnp.inf, 2e19])
def test_gradients_are_sound_where_their_squares_are_finite(bad):
    assert sound({"w": jnp.ones(3), "b": jnp.full(2, -1e18)})
    assert not sound({"w": jnp.ones(3), "b": jnp.array([1.0, bad])})
    assert sound({})


def test_entries_that_would_spoil_a_parameter_are_left_out():
    params = jnp.array([1.0, 1.0, 60000.0, jnp.nan], jnp.float16)
    updates, whole = harmless(jnp.array([1.0, jnp.nan, 60000.0, 2.0], jnp.float16), params)
    np.testing.assert_array_equal(updates, [1, 0, 0, 2])
    assert not whole
    assert harmless({"a": jnp.ones(2)}, {"a": params[:2]})[1]
