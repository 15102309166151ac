"""Tests of PyTorch's cycles."""

import numpy as np
import pytest
from golden_values import assert_rates, group_cases, schedule_cases
from laws import PortedScheduleLaws, x64

from lropt_jax.compat.torch import CyclicLR, OneCycleLR, StepLR, momentum


class TestLawsOfCyclicLR(PortedScheduleLaws):
    specimen = CyclicLR(None, 0.01, 0.1, 4, 7, "triangular2")


class TestLawsOfExpRange(PortedScheduleLaws):
    specimen = CyclicLR(0.3, 0.01, 0.1, 4, mode="exp_range", gamma=0.99)


class TestLawsOfOneCycleLR(PortedScheduleLaws):
    specimen = OneCycleLR(0.1, 0.2, 21)
    end = 20


class TestLawsOfThreePhasesInStraightLines(PortedScheduleLaws):
    specimen = OneCycleLR(
        0.1, 0.2, epochs=3, steps_per_epoch=7, pct_start=0.4, anneal_strategy="linear", three_phase=True
    )
    end = 20
    nudges = (1.0,)


class TestLawsOfTheMomentum(PortedScheduleLaws):
    specimen = momentum(OneCycleLR(0.1, 0.2, 21))
    end = 20


def test_the_numbers_of_cyclic_lr_are_torch_s():
    for case in schedule_cases("CyclicLR").values():
        schedule = CyclicLR(case["base_lr"], **case["params"])
        assert_rates(schedule, case["lrs"])
        if schedule.cycle_momentum:
            with x64():
                np.testing.assert_allclose(
                    momentum(schedule)(np.arange(len(case["lrs"]))), case["momentum"], atol=1e-12
                )


def test_the_numbers_of_one_cycle_lr_are_torch_s():
    for case in schedule_cases("OneCycleLR").values():
        schedule = OneCycleLR(case["base_lr"], **case["params"])
        assert_rates(schedule, case["lrs"])
        with x64():
            np.testing.assert_allclose(momentum(schedule)(np.arange(len(case["lrs"]))), case["momentum"], atol=1e-12)


def test_parameter_groups_are_a_value_each():
    for case in group_cases("OneCycleLR").values():
        rest = {name: number for name, number in case["params"].items() if name != "max_lr"}
        for base_lr, max_lr, lrs in zip(case["base_lr"], case["params"]["max_lr"], case["lrs"], strict=True):
            assert_rates(OneCycleLR(base_lr, max_lr, **rest), lrs)


def test_epochs_times_their_steps_are_the_length():
    steps = np.arange(60)
    by_epochs = OneCycleLR(0.1, 0.1, epochs=5, steps_per_epoch=12)
    np.testing.assert_array_equal(by_epochs(steps), OneCycleLR(0.1, 0.1, 60)(steps))
    np.testing.assert_array_equal(momentum(by_epochs)(steps), momentum(OneCycleLR(0.1, 0.1, 60))(steps))


@pytest.mark.parametrize("scale_mode", ["cycle", "iterations"])
def test_a_scale_function_is_given_cycles_from_1_or_steps_from_0(scale_mode):
    schedule = CyclicLR(base_lr=0.1, max_lr=1.1, step_size_up=5, scale_fn=lambda x: 1 / (1 + x), scale_mode=scale_mode)
    t = np.arange(35)
    triangle = 1 - np.abs(t % 10 - 5) / 5
    np.testing.assert_allclose(
        schedule(t), 0.1 + triangle / (1 + (t // 10 + 1 if scale_mode == "cycle" else t)), rtol=1e-5
    )


def test_where_torch_divides_by_0_the_peak_is_at_step_0():
    rates = OneCycleLR(0.1, 1.0, 10, pct_start=0.1)(np.arange(10))
    assert rates[0] == 1
    np.testing.assert_allclose(rates[1:], OneCycleLR(0.1, 1.0, 10, pct_start=0.1 + 1e-6)(np.arange(1, 10)), rtol=1e-3)


def test_bad_arguments_are_refused():
    for call, message in {
        lambda: CyclicLR(0.1): "torch.CyclicLR: base_lr must be a number, got None",
        lambda: CyclicLR(base_lr=0.1, max_lr=1, step_size_up=0): "CyclicLR: step_size_up must be finite and > 0, got 0",
        lambda: CyclicLR(base_lr=0.1, max_lr=1, mode="up"): "CyclicLR: mode must be one of triangular, triangular2",
        lambda: OneCycleLR(0.1, 0.1): "torch.OneCycleLR: total_steps must be a number, got None",
        lambda: OneCycleLR(0.1, 0.1, 10, pct_start=1.0): r"torch.OneCycleLR: pct_start must be in \[0, 1\), got 1.0",
        lambda: OneCycleLR(0.1, 0.1, 0): "torch.OneCycleLR: total_steps must be finite and > 0, got 0",
        lambda: momentum(
            StepLR(0.1, 5)
        ): "torch.momentum: schedule must be a CyclicLR or a OneCycleLR that cycles it, got torch.StepLR",
        lambda: momentum(OneCycleLR(0.1, 0.1, 9, cycle_momentum=False)): "torch.momentum: schedule must be",
    }.items():
        with pytest.raises((ValueError, TypeError), match=message):
            call()


def test_no_step_of_a_cycle_is_lost_beyond_the_whole_numbers_of_float32():
    steps = np.array([2**24 + 1, 10**8 + 3, 2**30 + 1])
    for up in (5, 5.0, 2.5):
        expected = 1 - np.abs(steps % (2 * up) / up - 1)
        np.testing.assert_allclose(CyclicLR(base_lr=0.0, max_lr=1.0, step_size_up=up)(steps), expected, rtol=1e-6)
    by_cycle = CyclicLR(base_lr=0.0, max_lr=1.0, step_size_up=4, scale_fn=lambda cycle: cycle % 7)
    cycles, into = steps // 8 + 1, steps % 8
    np.testing.assert_allclose(by_cycle(steps), (1 - np.abs(into / 4 - 1)) * (cycles % 7), rtol=1e-6)
