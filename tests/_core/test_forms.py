"""Tests of slots that one state keeps in another form than another one."""

import jax.numpy as jnp
import numpy as np

from lropt_jax._core.forms import keeps_small, reformed
from lropt_jax.optimizers import adam
from lropt_jax.wrappers import small_state

LEAF = jnp.linspace(-1, 1, 600).reshape(2, 300)


def blocks(block=256):
    return small_state(adam(0.1), "int8", min_size=1, block=block).init(LEAF).inner.mu


def test_arrays_become_blocks_and_blocks_arrays():
    kept = reformed(blocks(), LEAF)
    np.testing.assert_allclose(kept.numbers(), LEAF, atol=0.011)
    np.testing.assert_array_equal(reformed(LEAF, kept), kept.numbers())
    assert reformed(blocks(), kept) is kept
    assert reformed(blocks(50), kept).scales.shape == (2, 6)
    assert reformed(jnp.zeros(LEAF.shape, jnp.bfloat16), LEAF).dtype == jnp.bfloat16
    assert reformed(LEAF, np.asarray(LEAF, jnp.bfloat16)).dtype == jnp.float32


def test_what_does_not_fit_stays():
    assert reformed(blocks(), LEAF[:1]).shape == (1, 300)
    whole, halves = jnp.ones(3, jnp.int32), jnp.ones(3, jnp.float16)
    assert reformed(LEAF, whole) is whole
    assert reformed(LEAF, halves) is halves
    assert reformed(LEAF, None) is None


def test_a_small_state_says_so():
    assert keeps_small(None, small_state(adam(0.1)).init(LEAF))
    assert not keeps_small(adam(0.1).init(LEAF))
