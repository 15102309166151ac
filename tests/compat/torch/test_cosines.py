"""Tests of PyTorch's cosines."""

import numpy as np
import pytest
from golden_values import assert_rates, group_cases, schedule_cases
from laws import PortedScheduleLaws

from lropt_jax.compat import torch
from lropt_jax.compat.torch import SWALR, CosineAnnealingLR, CosineAnnealingWarmRestarts
from lropt_jax.schedules import cooldown


class TestLawsOfCosineAnnealingLR(PortedScheduleLaws):
    specimen = CosineAnnealingLR(0.1, 12, 0.01)


class TestLawsOfCosineAnnealingWarmRestarts(PortedScheduleLaws):
    specimen = CosineAnnealingWarmRestarts(0.1, 7, 2, 0.001)


class TestLawsOfSWALR(PortedScheduleLaws):
    specimen = SWALR(0.1, 0.02, 20)
    end = 20


class TestLawsOfSWALRInAStraightLine(PortedScheduleLaws):
    specimen = SWALR(0.1, 0.02, 20, "linear")
    end = 20


@pytest.mark.parametrize("name", ["CosineAnnealingLR", "CosineAnnealingWarmRestarts"])
def test_the_numbers_are_torch_s(name):
    for case in schedule_cases(name).values():
        assert_rates(getattr(torch, name)(case["base_lr"], **case["params"]), case["lrs"])


def test_parameter_groups_are_a_value_each():
    for case in group_cases("CosineAnnealingWarmRestarts").values():
        for base_lr, lrs in zip(case["base_lr"], case["lrs"], strict=True):
            assert_rates(CosineAnnealingWarmRestarts(base_lr, **case["params"]), lrs)


@pytest.mark.parametrize("name", ["cos", "immediate"])
def test_the_numbers_of_averaging_are_torch_s(name):
    case = schedule_cases("SWALR")[name]
    assert_rates(SWALR(case["base_lr"], **case["params"]), case["lrs"])


def test_averaging_after_another_schedule_is_a_cooldown():
    case = schedule_cases("SWALR")["after_cosine_from_40"]
    assert_rates(cooldown(CosineAnnealingLR(0.1, 60), 40, 8, shape="cosine", floor=0.05), case["lrs"])


def test_the_cosine_rises_again_after_its_end():
    rates = CosineAnnealingLR(0.1, 50)(np.arange(201))
    assert rates[50] == rates[150] == 0
    np.testing.assert_allclose(rates[::100], 0.1, rtol=1e-6)


def test_bad_arguments_are_refused():
    for call, message in {
        lambda: CosineAnnealingLR(0.1, 0): "torch.CosineAnnealingLR: T_max must be finite and > 0, got 0",
        lambda: CosineAnnealingLR(0.1, 9, -1): "torch.CosineAnnealingLR: eta_min must be finite and >= 0, got -1",
        lambda: CosineAnnealingWarmRestarts(
            0.1, 5, 0
        ): "torch.CosineAnnealingWarmRestarts: T_mult must be finite and >= 1, got 0",
        lambda: SWALR(0.1, 0.1, -1): "torch.SWALR: anneal_epochs must be finite and >= 0, got -1",
        lambda: SWALR(0.1, 0.1, 5, "cosine"): "torch.SWALR: anneal_strategy must be one of cos, linear, got 'cosine'",
    }.items():
        with pytest.raises(ValueError, match=message):
            call()


def test_no_step_of_a_wave_is_lost_beyond_the_whole_numbers_of_float32():
    steps = np.array([2**24 + 1, 10**8 + 3, 2**30 + 1])
    for half in (5, 12, 2.5, 5.0):
        expected = 0.1 + 0.9 * (1 + np.cos(np.pi * (steps % (2 * half)) / half)) / 2
        np.testing.assert_allclose(CosineAnnealingLR(1.0, half, 0.1)(steps), expected, rtol=1e-6)
