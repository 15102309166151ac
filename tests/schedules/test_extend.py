"""Tests of `extend`."""

import jax
import numpy as np
import pytest
from laws import ScheduleLaws

from lropt_jax.schedules import cosine, extend, inverse_time, linear, warmup


class TestLaws(ScheduleLaws):
    specimen = extend(warmup(cosine(0.1, 25), 3), 9, 36)
    end = 45


class TestLawsAfterTheEnd(ScheduleLaws):
    specimen = extend(linear(0.1, 15, floor=0.01), 18, 27, rise_steps=5)
    end = 45


@pytest.mark.parametrize("at", [3, 50, 99, 100, 150])
def test_nothing_changes_before_and_nothing_jumps(at):
    schedule = warmup(cosine(0.1, 90), 10)
    extended, before = extend(schedule, at, 200), np.arange(at + 1)
    np.testing.assert_allclose(extended(before), schedule(before), rtol=1e-6)
    assert abs(extended(at + 1) - extended(at)) <= 0.1 / 10


def test_a_running_schedule_spends_what_was_left_over_the_new_steps():
    old = cosine(0.1, 100, floor=0.01)
    rest = extend(old, 40, 180)
    np.testing.assert_allclose(rest(40 + 3 * np.arange(61)), old(40 + np.arange(61)), rtol=1e-5)
    assert rest(219) > rest(220) == old(100)


def test_a_finished_schedule_climbs_back_to_the_curve_of_the_longer_run():
    rest = extend(linear(0.1, 100), 100, 100, rise_steps=20)
    assert rest(100) == 0
    assert np.all(np.diff(rest(np.arange(100, 120))) > 0)
    np.testing.assert_allclose(rest(np.arange(120, 201)), linear(0.1, 200)(np.arange(120, 201)), rtol=1e-5, atol=1e-8)
    np.testing.assert_allclose(extend(linear(0.1, 100), 100, 100)(110), linear(0.1, 200)(110), rtol=1e-5)


def test_an_extended_schedule_can_be_extended_again():
    again = extend(extend(linear(1.0, 100), 50, 100), 100, 200)
    np.testing.assert_allclose(again(np.array([100, 200, 300])), [0.25, 0.125, 0], atol=1e-6)


def test_where_it_changes_can_be_traced_across_the_old_end():
    steps = np.arange(200)
    rates = jax.vmap(lambda at: extend(linear(0.1, 100), at, 80)(steps))(np.array([30, 120]))
    np.testing.assert_allclose(
        rates, [extend(linear(0.1, 100), at, 80)(steps) for at in (30, 120)], rtol=1e-5, atol=1e-8
    )


def test_bad_arguments_are_refused():
    with pytest.raises(
        ValueError, match="extend: planned_steps must be given for a schedule without an end, got inverse_time"
    ):
        extend(inverse_time(0.1, 10), 5, 5)
    with pytest.raises(ValueError, match="extend: steps must be finite and > 0, got 0"):
        extend(linear(0.1, 10), 5, 0)
    with pytest.raises(ValueError, match="extend: at must be finite and >= 0, got -1"):
        extend(linear(0.1, 10), -1, 5)
    with pytest.raises(ValueError, match="extend: steps must be finite and >= rise_steps, 9, got 5"):
        extend(linear(0.1, 10), 20, 5, rise_steps=9)
    assert extend(lambda step: 0.1 / (1 + step), 5, 5, planned_steps=10)(10) == pytest.approx(0.1 / 11)


def test_there_are_no_stairs_late_in_a_long_run():
    old, left = 10**8, np.arange(40, -1, -1)
    rates = extend(linear(1.0, old), old - 1000, 4000)(old + 3000 - left)
    np.testing.assert_allclose(rates, left / 4 / old, rtol=1e-6)
