"""Tests of PyTorch's decays."""

import jax
import numpy as np
import pytest
from golden_values import assert_rates, group_cases, schedule_cases
from laws import PortedScheduleLaws

from lropt_jax.compat import torch
from lropt_jax.compat.torch import ConstantLR, ExponentialLR, LinearLR, MultiStepLR, PolynomialLR, StepLR

NAMES = ["ConstantLR", "ExponentialLR", "LinearLR", "MultiStepLR", "PolynomialLR", "StepLR"]


class TestLawsOfStepLR(PortedScheduleLaws):
    specimen = StepLR(0.1, 4, 0.5)


class TestLawsOfMultiStepLR(PortedScheduleLaws):
    specimen = MultiStepLR(0.1, (9, 4, 4), 0.5)
    end = 9


class TestLawsOfConstantLR(PortedScheduleLaws):
    specimen = ConstantLR(0.1, 0.25, 7)
    end = 7


class TestLawsOfLinearLR(PortedScheduleLaws):
    specimen = LinearLR(0.1, 0.01, 0.5, 20)
    end = 20


class TestLawsOfExponentialLR(PortedScheduleLaws):
    specimen = ExponentialLR(0.1, 0.9)


class TestLawsOfPolynomialLR(PortedScheduleLaws):
    specimen = PolynomialLR(0.1, 20, 1.5)
    end = 20


@pytest.mark.parametrize("name", NAMES)
def test_the_numbers_are_torch_s(name):
    for case in schedule_cases(name).values():
        assert_rates(getattr(torch, name)(case["base_lr"], **case["params"]), case["lrs"])


@pytest.mark.parametrize("name", ["LinearLR", "StepLR"])
def test_parameter_groups_are_a_value_each(name):
    for case in group_cases(name).values():
        for base_lr, lrs in zip(case["base_lr"], case["lrs"], strict=True):
            assert_rates(getattr(torch, name)(base_lr, **case["params"]), lrs)


def test_a_milestone_at_0_counts_from_the_start():
    np.testing.assert_allclose(MultiStepLR(1.0, [0, 2], 0.5)(np.arange(3)), [0.5, 0.5, 0.25])


def test_milestones_can_be_traced():
    drops = jax.vmap(lambda first: MultiStepLR(1.0, [first, 3], 0.5)(np.arange(5)))(np.array([1, 4]))
    np.testing.assert_allclose(drops, [[1, 0.5, 0.5, 0.25, 0.25], [1, 1, 1, 0.5, 0.25]])


def test_bad_arguments_are_refused():
    for call, message in {
        lambda: StepLR(0.1, 0): "torch.StepLR: step_size must be finite and > 0, got 0",
        lambda: StepLR(-0.1, 5): "torch.StepLR: base_lr must be finite and >= 0, got -0.1",
        lambda: MultiStepLR(0.1, [-1]): r"torch.MultiStepLR: milestones must be finite and >= 0, got \[-1\]",
        lambda: ConstantLR(0.1, total_iters=0): "torch.ConstantLR: total_iters must be finite and > 0, got 0",
        lambda: ConstantLR(0.1, factor=0): r"torch.ConstantLR: factor must be in \(0, 1\], got 0",
        lambda: ConstantLR(0.1, factor=2): r"torch.ConstantLR: factor must be in \(0, 1\], got 2",
        lambda: LinearLR(0.1, end_factor=1.5): r"torch.LinearLR: end_factor must be in \[0, 1\], got 1.5",
        lambda: LinearLR(0.1, start_factor=0): r"torch.LinearLR: start_factor must be in \(0, 1\], got 0",
        lambda: ExponentialLR(0.1, 0): "torch.ExponentialLR: gamma must be finite and > 0, got 0",
        lambda: PolynomialLR(0.1, 0): "torch.PolynomialLR: total_iters must be finite and > 0, got 0",
    }.items():
        with pytest.raises(ValueError, match=message):
            call()
