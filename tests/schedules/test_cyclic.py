"""Tests of `cyclic`."""

import jax
import numpy as np
import pytest
from golden_values import schedule_cases
from laws import ScheduleLaws, x64

from lropt_jax.schedules import cyclic


class TestLaws(ScheduleLaws):
    specimen = cyclic(0.1, 4, down_steps=3, shrink=0.7, decay=0.99, floor=0.01)
    nudges = (1.0, 0.95, 0.9)


class TestLawsOfTheTriangle(ScheduleLaws):
    specimen = cyclic(0.1, 4, floor=0.01, shrink=0.9, decay=0.9)


@pytest.mark.parametrize(("name", "schedule"), [
    ("triangular", cyclic(0.1, 20, floor=0.001)),
    ("exp_range", cyclic(1.0, 15, decay=0.99, floor=0.01)),
    ("no_momentum", cyclic(0.02, 7, shrink=0.5, floor=0.002)),
])  # fmt: skip
def test_it_is_torch_cyclic_lr(name, schedule):
    case = schedule_cases("CyclicLR")[name]
    with x64():
        np.testing.assert_allclose(schedule(np.arange(len(case["lrs"]))), case["lrs"], atol=1e-12)


def test_the_fall_may_be_longer_than_the_rise():
    np.testing.assert_allclose(cyclic(1.0, 1, down_steps=4)(np.arange(6)), [0, 1, 0.75, 0.5, 0.25, 0])


def test_no_step_is_lost_beyond_the_whole_numbers_of_float32():
    for step in (2**24 + 1, 2**24 + 3, 2**30 + 1, 2**31 - 1):
        expected = 1 - abs(step % 10 - 5) / 5
        np.testing.assert_allclose(cyclic(1.0, 5)(step), expected, rtol=1e-6)
        np.testing.assert_allclose(jax.jit(cyclic(1.0, 5))(step), expected, rtol=1e-6)
    np.testing.assert_allclose(cyclic(1.0, 2**31 - 1)(np.array([2**30, 2**31 - 2])), [0.5, 1], rtol=1e-6)


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="cyclic: down_steps must be finite and > 0, got 0"):
        cyclic(0.1, 5, down_steps=0)
    with pytest.raises(ValueError, match="cyclic: shrink must be finite and > 0, got 0"):
        cyclic(0.1, 5, shrink=0)
