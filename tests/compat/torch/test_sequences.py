"""Tests of PyTorch's schedulers of schedulers."""

import numpy as np
import pytest
from golden_values import assert_rates, schedule_cases
from laws import PortedScheduleLaws

from lropt_jax.compat import torch
from lropt_jax.compat.torch import (
    SWALR,
    ChainedScheduler,
    ConstantLR,
    CosineAnnealingLR,
    ExponentialLR,
    LambdaLR,
    LinearLR,
    MultiplicativeLR,
    OneCycleLR,
    PolynomialLR,
    SequentialLR,
    StepLR,
)
from lropt_jax.schedules import constant, cosine


class TestLawsOfSequentialLR(PortedScheduleLaws):
    specimen = SequentialLR(0.1, [LinearLR(0.1, 0.1, total_iters=5), StepLR(0.1, 4, 0.5)], [5])


class TestLawsOfChainedScheduler(PortedScheduleLaws):
    specimen = ChainedScheduler(0.1, [ConstantLR(0.1, 0.25, 7), ExponentialLR(0.1, 0.9)])


def made(base_lr, name, params):
    """What the golden files spell as a class and its arguments, schedulers inside schedulers likewise."""
    inside = {
        key: [made(base_lr, *item) for item in value] if key == "schedulers" else value for key, value in params.items()
    }
    return getattr(torch, name)(base_lr, **inside)


@pytest.mark.parametrize("name", ["SequentialLR", "ChainedScheduler"])
def test_the_numbers_are_torch_s(name):
    for case in schedule_cases(name).values():
        assert_rates(made(case["base_lr"], name, case["params"]), case["lrs"])


def test_a_piece_may_be_any_schedule():
    schedule = SequentialLR(0.1, [LinearLR(0.1, 0.5, total_iters=4), cosine(0.1, 10)], [4])
    np.testing.assert_array_equal(schedule(4 + np.arange(12)), cosine(0.1, 10)(np.arange(12)))


def test_a_piece_may_be_a_number():
    np.testing.assert_array_equal(SequentialLR(0.1, [0.5], [])(np.arange(3)), np.float32([0.5, 0.5, 0.5]))
    np.testing.assert_array_equal(SequentialLR(0.1, [0.5, 0.25], [2])(np.arange(3)), [0.5, 0.5, 0.25])


def test_multiplicative_lr_goes_on_from_the_rate_before():
    schedule = SequentialLR(1.0, [ExponentialLR(1.0, 0.5), MultiplicativeLR(1.0, lambda step: 0.1)], [2])
    np.testing.assert_allclose(schedule(np.arange(4)), [1, 0.5, 0.5, 0.05], rtol=1e-6)


def test_what_stands_after_a_setter_multiplies_by_its_change_only():
    chain = ChainedScheduler(1.0, [LambdaLR(1.0, lambda step: 0.5**step), PolynomialLR(1.0, 4)])
    np.testing.assert_allclose(chain(np.arange(6)), [1, 0.5 * 3 / 4, 0.25 * 2 / 3, 0.125 / 2, 0, 0.5**5], rtol=1e-6)


def test_bad_arguments_are_refused():
    for call, message in {
        lambda: SequentialLR(0.1, [StepLR(0.1, 5), StepLR(0.2, 5)], [3]): "SequentialLR: base_lr must be 0.1, got 0.2",
        lambda: SequentialLR(
            0.1, [StepLR(0.1, 5)], [3]
        ): "torch.SequentialLR: milestones must be one fewer than schedulers, got 1",
        lambda: SequentialLR(
            0.1, [StepLR(0.1, 5), SWALR(0.1, 0.2)], [3]
        ): "torch.SequentialLR: schedulers must not hold this here, got torch.SWALR",
        lambda: SequentialLR(
            0.1, [StepLR(0.1, 5)] * 3, [3, 1]
        ): "torch.SequentialLR: milestones must be a sequence in ascending",
        lambda: SequentialLR(
            0.1, [OneCycleLR(0.1, 0.2, 9), StepLR(0.1, 5)], [3]
        ): "must not hold this here, got torch.OneCycleLR",
        lambda: SequentialLR(0.1, [], []): "SequentialLR: milestones must be one fewer than schedulers, got 0 for 0",
        lambda: ChainedScheduler(0.1, []): "torch.ChainedScheduler: schedulers must be at least one, got none",
        lambda: ChainedScheduler(0.1, [constant(0.1)]): "torch.ChainedScheduler: schedulers must not hold this here",
        lambda: ChainedScheduler(
            0.1, [CosineAnnealingLR(0.1, 5, 0.01)]
        ): "torch.ChainedScheduler: eta_min must be 0, got 0.01",
    }.items():
        with pytest.raises(ValueError, match=message):
            call()
