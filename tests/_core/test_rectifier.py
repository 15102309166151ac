"""Tests of `rectifier`."""

import jax
import numpy as np
import pytest
from laws import x64

from lropt_jax._core.numbers import real
from lropt_jax._core.rectifier import rectifier


@pytest.mark.parametrize("b2", [0.9, 0.99, 0.999, 0.9999])
def test_it_is_the_papers_formula(b2):
    t = np.arange(1, 5000)
    limit = 2 / (1 - b2) - 1
    length = limit - 2 * t * b2**t / (1 - b2**t)
    with np.errstate(invalid="ignore"):
        factor = np.sqrt((length - 4) * (length - 2) * limit / ((limit - 4) * (limit - 2) * length))
    with x64():
        enough, found = rectifier(real(b2), t, real(4.0))
    np.testing.assert_array_equal(enough, length > 4)
    np.testing.assert_allclose(found, np.where(length > 4, factor, 1), rtol=1e-6)


def test_float32_keeps_the_start_that_a_difference_of_large_numbers_loses():
    t = np.arange(6, 200)
    with x64():
        _, exact = rectifier(real(0.9999), t, real(4.0))
    enough, found = rectifier(real(0.9999), t, real(4.0))
    assert np.all(enough)
    np.testing.assert_allclose(found, exact, rtol=1e-3)


def test_its_slope_is_finite_where_it_is_not_used():
    slope = jax.grad(lambda b2: rectifier(b2, 1, real(4.0))[1])(real(0.999))
    assert slope == 0
