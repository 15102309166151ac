"""Tests of `scale`."""

import numpy as np
import pytest
from laws import ScheduleLaws

from lropt_jax.schedules import cosine, scale


class TestLaws(ScheduleLaws):
    specimen = scale(cosine(0.1, 20), 0.3)
    end = 20


def test_every_rate_is_multiplied():
    steps = np.arange(25)
    np.testing.assert_allclose(scale(cosine(0.1, 20), 3)(steps), 3 * cosine(0.1, 20)(steps), rtol=1e-6)


def test_a_negative_factor_is_refused():
    with pytest.raises(ValueError, match="scale: factor must be finite and >= 0, got -1"):
        scale(0.1, -1)
