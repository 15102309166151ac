"""Tests of `product`."""

import numpy as np
import pytest
from laws import ScheduleLaws

from lropt_jax.schedules import cosine, linear, product


class TestLaws(ScheduleLaws):
    specimen = product(cosine(0.1, 20), linear(2.0, 20, floor=1.0), 0.5)
    end = 20


def test_rates_are_multiplied_step_by_step():
    steps, one, two = np.arange(25), cosine(0.1, 20), linear(2.0, 10)
    np.testing.assert_allclose(product(one, two)(steps), one(steps) * two(steps), rtol=1e-6)


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="product: schedules must be at least one, got none"):
        product()
    with pytest.raises(ValueError, match="product: schedules must be finite and >= 0, got -1"):
        product(cosine(0.1, 10), -1)
