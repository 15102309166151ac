"""Tests of `join`."""

import jax
import numpy as np
import optax
import pytest
from golden_values import schedule_cases
from laws import ScheduleLaws, x64

from lropt_jax.schedules import constant, cosine, join, linear


class TestLaws(ScheduleLaws):
    specimen = join([linear(0.01, 4, floor=0.1), 0.1, cosine(0.1, 8, floor=0.02)], [4, 12])
    end = 20


def test_it_is_torch_sequential_lr():
    case = schedule_cases("SequentialLR")["wsd"]
    with x64():
        schedule = join([linear(0.01, 15, floor=0.2), constant(0.2), linear(0.2, 25)], [15, 75])
        np.testing.assert_allclose(schedule(np.arange(len(case["lrs"]))), case["lrs"], atol=1e-12)


def test_it_is_optax_join_schedules():
    steps, pieces = np.arange(30), [linear(0.1, 5), cosine(0.3, 10)]
    np.testing.assert_allclose(join(pieces, [7])(steps), optax.join_schedules(pieces, [7])(steps), rtol=1e-6)


def test_no_piece_sees_a_negative_step():
    seen = []

    def spy(step):
        seen.append(np.min(step))
        return 0.1 + 0.0 * step

    join([spy, spy, spy], [5, 8])(np.arange(12))
    assert min(seen) == 0


def test_boundaries_can_be_traced():
    at = np.arange(10)
    several = jax.vmap(lambda boundary: join([1.0, 0.5], [boundary])(at))(np.array([2, 7]))
    np.testing.assert_array_equal(several, [join([1.0, 0.5], [2])(at), join([1.0, 0.5], [7])(at)])


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="join: boundaries must be one fewer than schedules, got 0 for 2 schedules"):
        join([0.1, 0.2], [])
    with pytest.raises(ValueError, match="join: boundaries must be a sequence in ascending order"):
        join([0.1, 0.2, 0.3], [5, 2])
    with pytest.raises(ValueError, match="join: schedules must be finite and >= 0, got -0.1"):
        join([0.1, -0.1], [5])
