"""Tests of `inverse_sqrt`."""

import numpy as np
import pytest
from laws import ScheduleLaws, x64

from lropt_jax.schedules import inverse_sqrt


class TestLaws(ScheduleLaws):
    specimen = inverse_sqrt(0.1, 5, floor=0.0001)


def test_it_is_the_papers_formula():
    width, steps, t = 512, 4000, np.arange(1, 20_001)
    paper = width**-0.5 * np.minimum(t**-0.5, t * steps**-1.5)
    with x64():
        np.testing.assert_allclose(inverse_sqrt((width * steps) ** -0.5, steps)(t - 1), paper, rtol=1e-12)


def test_the_peak_is_the_last_update_of_the_rise():
    rates = inverse_sqrt(0.1, 8)(np.arange(20))
    assert int(np.argmax(rates)) == 7
    assert rates[7] == np.float32(0.1)


def test_a_rise_of_no_steps_is_refused():
    with pytest.raises(ValueError, match="inverse_sqrt: steps must be finite and > 0, got 0"):
        inverse_sqrt(0.1, 0)
