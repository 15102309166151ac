"""Tests of hyper-parameters as arrays."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from laws import x64

from lropt_jax._core.numbers import (
    alike,
    before,
    count,
    counted,
    is_number,
    is_whole,
    minus,
    passed,
    plus,
    precise,
    progress,
    raised,
    real,
    remaining,
    step_number,
    value_at,
    whole,
)


def test_numbers_keep_full_precision():
    assert real(0.999).dtype == jnp.float32
    assert real(jnp.asarray(1, jnp.bfloat16)).dtype == jnp.float32
    assert not jax.jit(real)(0.1).weak_type
    with x64():
        assert real(0.999).dtype == jnp.float64


def test_precise_numbers_ask_no_device_unless_they_are_there():
    for number in (0.999, 3, np.float64(0.999), np.array([1, 2]), np.float16(0.5)):
        assert isinstance(precise(number), (np.float32, np.ndarray))
        assert precise(number).dtype == jnp.float32
        np.testing.assert_array_equal(precise(number), real(number))
    assert precise(1e40) == np.inf
    assert isinstance(precise(jnp.asarray(1, jnp.bfloat16)), jax.Array)
    assert precise(jnp.asarray(1, jnp.bfloat16)).dtype == jnp.float32
    with x64():
        assert precise(0.999).dtype == jnp.float64


def test_fractions_of_steps_are_dropped_and_whole_steps_stay():
    for number in (7, 7.9, np.float32(7.9), jnp.asarray(7.9)):
        assert whole(number) == 7
        assert is_whole(whole(number))
    assert whole(2**31 - 1) == 2**31 - 1


def test_whole_and_real_steps_meet_as_reals():
    assert all(is_whole(number) for number in alike(2, np.int64(3)))
    assert [number.dtype for number in alike(2, 2.5)] == [jnp.float32] * 2
    assert minus(np.int32(3), np.float32(0.5)).dtype == jnp.float32
    assert before(2**24, 2**24 + 1)
    np.testing.assert_array_equal(before(np.arange(3), 1.5), [True, True, False])


def test_a_hyper_parameter_is_a_number_or_follows_the_step():
    assert value_at(0.5, 3) == 0.5
    assert value_at(lambda step: 2 * step, 3) == 6


def test_a_step_is_a_number_from_0_on():
    for step in (3, 3.0, np.uint8(3), np.float16(3), jnp.uint32(3), np.array([3, 3]), [3, 3], jnp.bfloat16(3)):
        assert np.all(step_number(step) == 3)
    for step in (-1, -0.5, np.int8(-128), jnp.array([-7, -1]), -np.inf, -(10**400)):
        assert np.all(step_number(step) == 0)
    assert step_number(10**400) == np.float32(1e38)
    assert step_number(jnp.uint32(2**24 + 1)) == step_number(np.uint64(2**24 + 1)) == 2**24 + 1
    np.testing.assert_array_equal(step_number(jnp.array([-1, 2**30 + 1])), [0, 2**30 + 1])
    assert jax.grad(step_number)(0.0) == 1
    with x64():
        assert step_number(jnp.uint64(2**40 + 1)) == step_number(np.int64(2**40 + 1)) == 2**40 + 1


@pytest.mark.parametrize("step", ["3", None, 1j, True, np.True_, b"3", {}, object(), [1, "a"], [[1], [1, 2]]])
def test_what_is_no_number_is_no_step(step):
    with pytest.raises(TypeError, match="step must be a number or an array of numbers, got "):
        step_number(step)


def test_a_counter_stays_at_its_largest_number():
    assert counted(jnp.int32(2**31 - 1), True) == 2**31 - 1
    assert [int(counted(jnp.int32(3), happened)) for happened in (True, False)] == [4, 3]


def test_a_boundary_is_passed_from_its_step_on():
    np.testing.assert_array_equal(passed([2, 2**24 + 1], np.array([1, 2, 2**24, 2**24 + 1])), [0, 1, 1, 2])


def test_progress_runs_from_0_to_1_and_stays():
    np.testing.assert_allclose(progress(np.array([-1, 0, 5, 10, 2**31 - 1]), 10), [0, 0, 0.5, 1, 1])


def test_bools_are_no_numbers():
    assert [is_number(leaf) for leaf in (1, 1.0, np.float32(1), jnp.ones(2), True, None, "1")] == [True] * 4 + [
        False
    ] * 3


def test_what_remains_is_exact_to_the_last_step():
    for steps in (10, 60, 3300, 999_999):
        np.testing.assert_array_equal(remaining(steps - 1, steps), np.float32(1) / np.float32(steps))
    np.testing.assert_array_equal(remaining(np.array([0, 10, 11, 2**31 - 1]), 10), [1, 0, 0, 0])
    np.testing.assert_array_equal(remaining(np.array([11], np.uint32), 10), [0])


def test_counts_stay_whole_up_to_the_largest_integer_and_become_reals_beyond():
    assert count(2**24 + 1) == 2**24 + 1
    assert count(np.array([2**31 - 1])).dtype == jnp.int32
    assert count(2**31).dtype == count(np.array([2**40])).dtype == count(np.uint32(2**31)).dtype == jnp.float32
    np.testing.assert_array_equal(count(jnp.uint32([2**24 + 1, 2**32 - 1])), [2**24 + 1, 2**31 - 1])
    assert count(jnp.uint8(3)).dtype == jnp.int32
    with x64():
        assert count(2**40 + 1) == 2**40 + 1


def test_differences_are_exact_and_sums_do_not_turn_over():
    assert minus(2**30 + 1, 2**30) == 1
    assert minus(jnp.uint8(2), jnp.uint8(3)) == -1
    assert plus(2**31 - 1, 5) == plus(5, 2**31 - 1) == 2**31 - 1
    assert plus(2**24 + 1, 1) == 2**24 + 2
    assert plus(0.5, 1) == 1.5


def test_no_step_is_lost_beyond_the_whole_numbers_of_float32():
    steps = 2**25
    last = np.arange(steps - 9, steps)
    np.testing.assert_array_equal(remaining(last, steps), np.arange(9, 0, -1) / steps)


def test_powers_of_a_base_in_double_precision_are_right_to_float32():
    for base in (0.9, 0.5, 0.97, 1.05):
        steps = np.arange(120)
        np.testing.assert_allclose(raised(base, steps), base**steps, rtol=4e-7)
        np.testing.assert_allclose(raised(jnp.float32(base), steps), np.float64(np.float32(base)) ** steps, rtol=4e-7)
    with x64():
        np.testing.assert_allclose(raised(0.9, np.arange(200)), 0.9 ** np.arange(200), rtol=1e-14)
