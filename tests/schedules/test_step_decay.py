"""Tests of `step_decay`."""

import numpy as np
import optax
import pytest
from golden_values import schedule_cases
from laws import ScheduleLaws, x64

from lropt_jax.schedules import step_decay


class TestLaws(ScheduleLaws):
    specimen = step_decay(0.1, 4, decay=0.5, floor=0.001)


@pytest.mark.parametrize(("name", "peak"), [("basic", 0.1), ("grow", 1e-4)])
def test_it_is_torch_step_lr(name, peak):
    case = schedule_cases("StepLR")[name]
    with x64():
        schedule = step_decay(peak, case["params"]["step_size"], decay=case["params"]["gamma"])
        np.testing.assert_allclose(schedule(np.arange(len(case["lrs"]))), case["lrs"], atol=1e-12)


def test_it_is_optax_staircase():
    steps = np.arange(60)
    theirs = optax.exponential_decay(0.1, 20, 0.3, staircase=True)(steps)
    np.testing.assert_allclose(step_decay(0.1, 20, decay=0.3)(steps), theirs, rtol=1e-6)


def test_drops_after_fractions_of_a_step_are_on_time():
    steps = np.arange(100)
    np.testing.assert_allclose(step_decay(1.0, 2.4, decay=0.5)(steps), 0.5 ** (steps // 2.4), rtol=1e-6)


def test_no_drop_is_early_or_late_beyond_what_float32_can_count():
    schedule, far = step_decay(1.0, 3, decay=0.5, floor=0.0), 3 * 2**24
    with x64():
        ratio = np.asarray(step_decay(1.0, 2**24, decay=0.5)(np.array([2**24 - 1, 2**24, 2**25 - 1, 2**25])))
    np.testing.assert_array_equal(ratio, [1, 0.5, 0.5, 0.25])
    np.testing.assert_array_equal(step_decay(1.0, 2**25 + 1, decay=0.5)(np.array([2**25, 2**25 + 1])), [1, 0.5])
    assert schedule(far) == 0
