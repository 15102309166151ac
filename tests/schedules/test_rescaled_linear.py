"""Tests of `rescaled_linear`."""

import numpy as np
import pytest
from laws import ScheduleLaws, x64

from lropt_jax.schedules import rescaled_linear


class TestLaws(ScheduleLaws):
    specimen = rescaled_linear(0.8)


def test_it_is_the_formula():
    t = np.arange(1000)
    with x64():
        np.testing.assert_allclose(rescaled_linear(0.9)(t), 1 / (1 + 0.1 * t), rtol=1e-12)


def test_it_forgets_the_start_where_the_plain_mean_does_not():
    """A value of 0 under `v <- v + rate (discount v - v)` from 1: the plain rate needs ages, this one does not."""
    with x64():
        ends = [
            np.prod(1 - 0.01 * np.asarray(rates))
            for rates in (1 / (1 + np.arange(10_000)), rescaled_linear(0.99)(np.arange(10_000)))
        ]
    assert ends[0] > 0.9
    assert ends[1] < 0.02


def test_a_discount_of_1_is_refused():
    with pytest.raises(ValueError, match="rescaled_linear: discount must be in"):
        rescaled_linear(1.0)
