"""Tests of `robbins_monro`."""

import numpy as np
import pytest
from laws import ScheduleLaws, x64

from lropt_jax.schedules import robbins_monro


class TestLaws(ScheduleLaws):
    specimen = robbins_monro(0.1, 5, exponent=0.6, floor=0.0001)


def test_it_is_the_formula():
    t = np.arange(1000)
    with x64():
        np.testing.assert_allclose(robbins_monro(0.3, 7, exponent=0.8)(t), 0.3 * (1 + t / 7) ** -0.8, rtol=1e-12)


def test_exponent_1_is_the_mean_of_what_was_seen():
    seen, mean = np.random.default_rng(0).normal(size=50), 0.0
    with x64():
        for step, sample in enumerate(seen):
            mean = mean - float(robbins_monro(1.0, exponent=1.0)(step)) * (mean - sample)
    assert mean == pytest.approx(np.mean(seen), abs=1e-12)


def test_an_exponent_of_zero_is_refused():
    with pytest.raises(ValueError, match="robbins_monro: exponent must be finite and > 0, got 0"):
        robbins_monro(0.1, exponent=0)
