"""Tests of `_shampoo_leaf`."""

import jax.numpy as jnp
import numpy as np

from lropt_jax.optimizers._axes import Form
from lropt_jax.optimizers._shampoo_leaf import first_factors, has_squares, now_at


def test_a_sum_has_the_weight_one_and_an_average_what_it_gathered():
    for b2, weight in ((1.0, 1.0), (0.9, 1 - 0.9**3)):
        now = now_at(jnp.int32(3), *(jnp.float32(number) for number in (0.5, b2, 1e-6, 0.99, 1e-8)))
        np.testing.assert_allclose((now.first, now.second), (1 - 0.5**3, weight), rtol=1e-5)


def test_squares_are_kept_where_they_are_needed():
    assert [has_squares(graft, True) for graft in ("adam", "adagrad", "sgd", None)] == [True, True, False, False]
    assert [has_squares(graft, False) for graft in ("adam", "adagrad", "sgd", None)] == [True, True, False, True]


def test_each_block_has_a_factor_for_each_axis():
    assert [factor.shape for factor in first_factors(Form(), jnp.ones((4, 6)), 4)] == [(1, 2, 4, 4), (1, 2, 3, 3)]
    assert first_factors(Form(), jnp.ones((0, 6)), 4) == ()
