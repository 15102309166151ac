"""Tests of norms and cosines."""

import jax.numpy as jnp
import numpy as np
import pytest

from lropt_jax.diagnostics._lengths import kinds_of, of_vectors, share
from lropt_jax.diagnostics._sums import sums

KINDS = kinds_of(2, [[1], [0]])


def measured(*vectors):
    found = jnp.stack([sums(leaves, jnp.zeros(())) for leaves in zip(*vectors, strict=True)])
    return of_vectors(list(map(list, vectors)), found[:, :-2], KINDS)


@pytest.mark.parametrize("size", [1.0, 1e-30, 1e30])
def test_norms_are_right_where_squares_leave_float32(size):
    one = (jnp.array([3.0, 4.0]) * size, jnp.array([[12.0]]) * size)
    norms, cosines, nonfinite = measured(one, tuple(-leaf for leaf in one), tuple(map(jnp.ones_like, one)))
    np.testing.assert_allclose(norms[:2] / size, np.array([[12, 5, 13]] * 2), rtol=1e-6)
    np.testing.assert_allclose(norms[2], np.sqrt([1, 2, 3]), rtol=1e-6)
    np.testing.assert_allclose(cosines, [-1, 19 / 13 / np.sqrt(3)], rtol=1e-6)
    assert nonfinite == 0


def test_groups_of_far_sizes_and_of_none_keep_their_own():
    norms, cosines, _ = measured((jnp.full(2, 1e-25), jnp.full(1, 1e25)), (jnp.zeros(2), jnp.zeros(1)))
    np.testing.assert_allclose(norms[0, :2], [1e25, np.sqrt(2) * 1e-25], rtol=1e-6)
    np.testing.assert_array_equal(norms[1], 0)
    assert np.isnan(cosines[0])


def test_what_is_not_finite_is_counted_and_spoils_its_own_group_alone():
    norms, _, nonfinite = measured((jnp.array([np.nan, np.inf, 1]), jnp.ones(1)), (jnp.ones(3), jnp.ones(1)))
    np.testing.assert_array_equal((norms[0, 0], nonfinite, np.isfinite(norms[0, 1])), (1, 0.5, False))


def test_a_share_of_nothing_is_unknown():
    assert np.isnan(share(jnp.ones(()), jnp.zeros(())))
