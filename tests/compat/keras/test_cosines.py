"""Tests of Keras' cosines."""

from fractions import Fraction

import numpy as np
import pytest
from golden_values import assert_rates, schedule_cases
from laws import PortedScheduleLaws

from lropt_jax.compat import keras
from lropt_jax.compat.keras import CosineDecay, CosineDecayRestarts


class TestLawsOfCosineDecay(PortedScheduleLaws):
    specimen = CosineDecay(0.1, 20, 0.1)
    end = 20


class TestLawsOfCosineDecayAfterARise(PortedScheduleLaws):
    specimen = CosineDecay(0.01, 12, 0.1, 0.1, 8)
    end = 20


class TestLawsOfCosineDecayRestarts(PortedScheduleLaws):
    specimen = CosineDecayRestarts(0.1, 5, 1.5, 0.9, 0.1)
    nudges = (1.0, 1.05, 1.1)


class TestLawsOfEvenRestarts(PortedScheduleLaws):
    specimen = CosineDecayRestarts(0.1, 4, 1.0, 0.9)
    nudges = (1.0, 1.05, 1.1)


def by_hand(first, growth, steps):
    """The rates of restarts, in exact arithmetic up to the cosine."""
    rates, end, length = [], Fraction(first), Fraction(first)
    for step in range(steps):
        while end <= step:
            length *= Fraction(str(growth))
            end += length
        rates.append(np.sin(np.pi / 2 * float((end - step) / length)) ** 2)
    return np.array(rates)


@pytest.mark.parametrize("name", ["CosineDecay", "CosineDecayRestarts"])
def test_the_numbers_are_keras_s(name):
    for case in schedule_cases(name, "keras").values():
        assert_rates(getattr(keras, name)(**case["params"]), case["lrs"])


def test_without_a_target_the_rise_is_ignored():
    steps = np.arange(40)
    np.testing.assert_array_equal(CosineDecay(0.1, 20, warmup_steps=9)(steps), CosineDecay(0.1, 20)(steps))
    assert CosineDecay(0.1, 20, warmup_steps=9).end == 20


def test_the_rise_comes_before_the_steps_of_the_decay():
    schedule = CosineDecay(0.25, 4, 0.5, warmup_target=1.0, warmup_steps=2)
    np.testing.assert_allclose(
        schedule(np.arange(8)), [0.25, 0.625, 1, 0.9267767, 0.75, 0.5732233, 0.5, 0.5], rtol=1e-6
    )
    assert schedule.end == 6


def test_a_rise_of_no_steps_begins_at_the_target():
    np.testing.assert_allclose(CosineDecay(0.25, 4, warmup_target=1.0)(np.array([0, 4])), [1, 0])


@pytest.mark.parametrize(("first", "growth", "steps"), [
    (1, 1.0, 50), (7, 1.0, 500), (7, 1.25, 180), (16, 1.25, 500), (10, 1.5, 500), (1000, 1.5, 20_000), (10, 2.0, 5000),
    (5, 3.0, 2000), (2.5, 2.0, 500),
])  # fmt: skip
def test_every_step_is_exact_while_the_ends_of_periods_fit_float32(first, growth, steps):
    assert_rates(CosineDecayRestarts(1.0, first, growth), by_hand(first, growth, steps))


@pytest.mark.parametrize("growth", [1, 1.1, 1.2, 1.25, 1.5, 2, 3, 5])
@pytest.mark.parametrize("first", [1, 5, 10, 64, 1000])
def test_no_restart_on_a_whole_step_is_missed(first, growth):
    ends = np.cumsum([Fraction(first) * Fraction(str(growth)) ** period for period in range(40)])
    whole = [int(end) for end in ends if end.denominator == 1 and end < 2**24]
    np.testing.assert_allclose(CosineDecayRestarts(1.0, first, growth)(np.array(whole)), 1, rtol=1e-6)


def test_the_restart_that_keras_misses_has_the_full_rate():
    before = 0.1 * np.sin(np.pi / 2 / 810) ** 2
    np.testing.assert_allclose(CosineDecayRestarts(0.1, 10, 3.0)(np.array([1209, 1210])), [before, 0.1], rtol=1e-6)


def test_bad_arguments_are_refused():
    for call, message in {
        lambda: CosineDecay(0.1, 0): "keras.CosineDecay: decay_steps must be finite and > 0, got 0",
        lambda: CosineDecay(0.1, 9, 2): r"keras.CosineDecay: alpha must be in \[0, 1\], got 2",
        lambda: CosineDecay(0.1, 9, warmup_target=-1): "CosineDecay: warmup_target must be finite and >= 0, got -1",
        lambda: CosineDecay(0.1, 9, warmup_steps=-1): "keras.CosineDecay: warmup_steps must be finite and >= 0, got -1",
        lambda: CosineDecayRestarts(0.1, 0): "CosineDecayRestarts: first_decay_steps must be finite and > 0, got 0",
        lambda: CosineDecayRestarts(0.1, 9, 0.5): "keras.CosineDecayRestarts: t_mul must be finite and >= 1, got 0.5",
        lambda: CosineDecayRestarts(0.1, 9, m_mul=0): "keras.CosineDecayRestarts: m_mul must be finite and > 0, got 0",
        lambda: CosineDecayRestarts(0.1, 9, alpha=-1): r"keras.CosineDecayRestarts: alpha must be in \[0, 1\], got -1",
    }.items():
        with pytest.raises(ValueError, match=message):
            call()
