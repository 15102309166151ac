"""Tests of Keras' power, stepwise and one-over-time decays."""

import numpy as np
import pytest
from golden_values import assert_rates, schedule_cases
from laws import PortedScheduleLaws

from lropt_jax.compat import keras
from lropt_jax.compat.keras import ExponentialDecay, InverseTimeDecay, PiecewiseConstantDecay, PolynomialDecay


class TestLawsOfExponentialDecay(PortedScheduleLaws):
    specimen = ExponentialDecay(0.1, 4, 0.9)


class TestLawsOfStairs(PortedScheduleLaws):
    specimen = ExponentialDecay(0.1, 4, 0.9, staircase=True)


class TestLawsOfInverseTimeDecay(PortedScheduleLaws):
    specimen = InverseTimeDecay(0.1, 4, 0.5)


class TestLawsOfInverseTimeStairs(PortedScheduleLaws):
    specimen = InverseTimeDecay(0.1, 4, 0.5, staircase=True)


class TestLawsOfPiecewiseConstantDecay(PortedScheduleLaws):
    specimen = PiecewiseConstantDecay((3, 7), (0.1, 0.05, 0.01))
    end = 8


class TestLawsOfPolynomialDecay(PortedScheduleLaws):
    specimen = PolynomialDecay(0.1, 20, 0.001, 1.5)
    end = 20


class TestLawsOfCycles(PortedScheduleLaws):
    specimen = PolynomialDecay(0.1, 4, 0.001, 1.5, cycle=True)


@pytest.mark.parametrize("name", ["ExponentialDecay", "InverseTimeDecay", "PiecewiseConstantDecay", "PolynomialDecay"])
def test_the_numbers_are_keras_s(name):
    for case in schedule_cases(name, "keras").values():
        assert_rates(getattr(keras, name)(**case["params"]), case["lrs"])


def test_stairs_round_the_time_down():
    steps = np.arange(200)
    assert_rates(ExponentialDecay(0.1, 7, 0.96, staircase=True), 0.1 * 0.96 ** (steps // 7))
    assert_rates(InverseTimeDecay(0.1, 7, 0.5, staircase=True), 0.1 / (1 + 0.5 * (steps // 7)))


def test_smooth_decays_go_on():
    steps = np.arange(400)
    assert_rates(ExponentialDecay(0.1, 7, 0.9), 0.1 * 0.9 ** (steps / 7))
    assert_rates(InverseTimeDecay(0.1, 7, 0.5), 0.1 / (1 + 0.5 * steps / 7))


def test_a_boundary_still_has_the_value_before_it():
    schedule = PiecewiseConstantDecay([0, 2**25], [1.0, 0.5, 0.25])
    np.testing.assert_array_equal(schedule(np.array([0, 1, 2**25, 2**25 + 1])), [1, 0.5, 0.5, 0.25])


def test_cycles_end_on_the_multiples_and_jump_up_after_them():
    by_hand = [1 - step / (5 * max(-(-step // 5), 1)) for step in range(40)]
    assert_rates(PolynomialDecay(1.0, 5, 0.0, cycle=True), by_hand)
    late = PolynomialDecay(1.0, 2**24, 0.0, cycle=True)(2**25 - np.arange(4))
    np.testing.assert_allclose(late, np.arange(4) / 2**25, rtol=1e-6)


def test_cycles_may_be_of_any_length():
    by_hand = [0.1 + 0.9 * (1 - step / (2.5 * max(np.ceil(step / 2.5), 1))) ** 2 for step in range(40)]
    assert_rates(PolynomialDecay(1.0, 2.5, 0.1, 2.0, cycle=True), by_hand)


def test_bad_arguments_are_refused():
    for call, message in {
        lambda: ExponentialDecay(0.1, 0, 0.9): "keras.ExponentialDecay: decay_steps must be finite and > 0, got 0",
        lambda: ExponentialDecay(0.1, 9, 0): "keras.ExponentialDecay: decay_rate must be finite and > 0, got 0",
        lambda: InverseTimeDecay(0.1, 0, 0.9): "keras.InverseTimeDecay: decay_steps must be finite and > 0, got 0",
        lambda: InverseTimeDecay(0.1, 9, -1): "keras.InverseTimeDecay: decay_rate must be finite and >= 0, got -1",
        lambda: PolynomialDecay(0.1, 0): "keras.PolynomialDecay: decay_steps must be finite and > 0, got 0",
        lambda: PolynomialDecay(-1, 9): "keras.PolynomialDecay: initial_learning_rate must be finite and >= 0, got -1",
        lambda: PiecewiseConstantDecay(
            [], [1.0]
        ): "keras.PiecewiseConstantDecay: boundaries must be one fewer than values and not none, got 0 for 1 values",
        lambda: PiecewiseConstantDecay(
            [1, 2], [1.0, 0.5]
        ): "keras.PiecewiseConstantDecay: boundaries must be one fewer than values and not none, got 2 for 2 values",
        lambda: PiecewiseConstantDecay(
            [2, 1], [1.0, 0.5, 0.1]
        ): "keras.PiecewiseConstantDecay: boundaries must be a sequence in ascending order, got ",
        lambda: PiecewiseConstantDecay(
            [-1], [1.0, 0.5]
        ): "keras.PiecewiseConstantDecay: boundaries must be finite and >= 0, got ",
    }.items():
        with pytest.raises(ValueError, match=message):
            call()
