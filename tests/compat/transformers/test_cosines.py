"""Tests of the cosines of transformers that go down to 0."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from golden_values import assert_rates, schedule_cases
from laws import PortedScheduleLaws, x64

from lropt_jax.compat import transformers
from lropt_jax.compat.transformers import (
    get_cosine_schedule_with_warmup,
    get_cosine_with_hard_restarts_schedule_with_warmup,
)
from lropt_jax.compat.transformers.cosines import waves


class TestLawsOfCosine(PortedScheduleLaws):
    specimen = get_cosine_schedule_with_warmup(0.1, 4, 20)


class TestLawsOfHardRestarts(PortedScheduleLaws):
    specimen = get_cosine_with_hard_restarts_schedule_with_warmup(0.1, 4, 20, 2)
    end = 20


@pytest.mark.parametrize(
    "name", ["get_cosine_schedule_with_warmup", "get_cosine_with_hard_restarts_schedule_with_warmup"]
)
def test_the_numbers_are_the_library_s(name):
    for case in schedule_cases(name, "transformers").values():
        assert_rates(getattr(transformers, name)(case["base_lr"], **case["params"]), case["lrs"])


@pytest.mark.parametrize("cycles", [0, 0.25, 0.5, 0.8, 1, 1.5, 2, 3.3])
def test_waves_are_their_formula(cycles):
    left = np.linspace(90, -90, 361)
    with x64():
        expected = (1 + np.cos(2 * np.pi * cycles * (1 - left / 83))) / 2
        np.testing.assert_allclose(waves(left, 83, cycles), expected, atol=1e-13)


@pytest.mark.parametrize("cycles", [0.5, 1.5])
def test_waves_are_exact_near_the_foot_at_the_end(cycles):
    left = np.arange(-3, 4)
    for steps in (83, 2**25 + 1):
        high = np.sin(np.pi * cycles * left / steps) ** 2
        np.testing.assert_allclose(waves(left, steps, cycles), high, rtol=1e-6)


def test_slopes_of_waves_are_finite_at_crests_and_feet():
    for cycles in (0.0, 0.5, 1.0):
        for left in (0.0, 5.0, 10.0):
            assert np.all(np.isfinite(jax.grad(waves, (0, 1, 2))(left, 10.0, cycles)))


def test_the_cosine_rises_again_after_the_run():
    rates = get_cosine_schedule_with_warmup(1.0, 10, 50)(np.array([10, 50, 90, 130]))
    np.testing.assert_allclose(rates, [1, 0, 1, 0], atol=1e-12)


def test_a_run_that_is_all_warmup_goes_on_with_waves_of_2_steps():
    np.testing.assert_allclose(get_cosine_schedule_with_warmup(1.0, 2, 2)(np.arange(6)), [0, 0.5, 1, 0, 1, 0])
    schedule = get_cosine_with_hard_restarts_schedule_with_warmup(1.0, 2, 2)
    np.testing.assert_allclose(schedule(np.arange(5)), [0, 0.5, 1, 0, 0])
    assert schedule.end == 3


@pytest.mark.parametrize(("cycles", "steps"), [(1, 7), (3, 30), (7, 49), (10, 100), (3, 10), (3, 10_000_001)])
def test_every_restart_has_the_full_rate_and_the_step_before_it_nearly_none(cycles, steps):
    schedule = get_cosine_with_hard_restarts_schedule_with_warmup(1.0, 5, 5 + steps, cycles)
    restarts = np.array([-(-steps * cycle // cycles) for cycle in range(cycles)])
    late = restarts - steps * np.arange(cycles) / cycles
    share = late * cycles / steps
    np.testing.assert_allclose(schedule(5 + restarts), np.cos(np.pi / 2 * share) ** 2, rtol=1e-6)
    left = (np.append(restarts[1:], steps) - 1) * cycles
    before = np.sin(np.pi / 2 * (steps * np.arange(1, cycles + 1) - left) / steps) ** 2
    np.testing.assert_allclose(schedule(4 + np.append(restarts[1:], steps)), before, rtol=1e-6)


def test_cycles_need_not_be_whole():
    case = (1 + np.cos(np.pi * (1.5 * np.arange(20) / 20 % 1))) / 2
    assert_rates(get_cosine_with_hard_restarts_schedule_with_warmup(1.0, 0, 20, 1.5), np.append(case, [0, 0]))


def test_bad_arguments_are_refused():
    for factory in (get_cosine_schedule_with_warmup, get_cosine_with_hard_restarts_schedule_with_warmup):
        for arguments, message in {
            (-0.1, 0, 9): "base_lr must be finite and >= 0, got -0.1",
            (0.1, 0, 0): "num_training_steps must be finite and > 0, got 0",
            (0.1, -1, 9): "num_warmup_steps must be finite and >= 0, got -1",
            (0.1, 9, 5): "num_training_steps must be finite and >= num_warmup_steps, 9, got 5",
            (0.1, 0, 9, -1): "num_cycles must be finite and >= 0, got -1",
        }.items():
            with pytest.raises(ValueError, match=f"^{factory.name}: {message}"):
                factory(*arguments)


def test_restarts_come_on_their_steps_in_runs_whose_cycles_do_not_fit_into_whole_numbers():
    run, steps = 10**9, np.array([333_333_333, 333_333_334, 2**24 + 1, 10**9 - 1])
    left = 1 - steps * 6 % run / run
    rates = get_cosine_with_hard_restarts_schedule_with_warmup(1.0, 0, run, 6)
    np.testing.assert_allclose(rates(steps), np.sin(np.pi / 2 * left) ** 2, rtol=1e-5)
    np.testing.assert_allclose(rates(jnp.asarray(steps)), np.sin(np.pi / 2 * left) ** 2, rtol=1e-5)
