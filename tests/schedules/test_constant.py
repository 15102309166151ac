"""Tests of `constant`."""

import numpy as np
import pytest
from laws import ScheduleLaws

from lropt_jax.schedules import constant


class TestLaws(ScheduleLaws):
    specimen = constant(0.1)
    end = 0


def test_it_is_the_same_everywhere():
    np.testing.assert_array_equal(constant(0.25)(np.arange(5)), np.full(5, 0.25, np.float32))


def test_a_negative_rate_is_refused():
    with pytest.raises(ValueError, match=r"constant: peak must be finite and >= 0, got -0.1\."):
        constant(-0.1)
