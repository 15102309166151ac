"""Tests of Optax's schedules by stretches of steps."""

import json

import hypothesis.strategies as st
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from hypothesis import given
from laws import PortedScheduleLaws
from optax_peer import COUNTS, RATES, assert_agree, assert_same, examples

from lropt_jax import from_config, to_config
from lropt_jax.compat.optax import (
    join_schedules,
    linear_schedule,
    piecewise_constant_schedule,
    piecewise_interpolate_schedule,
)

SCALES = st.none() | st.dictionaries(COUNTS, st.sampled_from([0.0, 1.0]) | st.floats(1e-2, 2.0), max_size=5)


class TestLawsOfJoin(PortedScheduleLaws):
    specimen = join_schedules([linear_schedule(0.01, 0.1, 4), linear_schedule(0.1, 0.02, 8)], [12])
    end = 20


class TestLawsOfConstants(PortedScheduleLaws):
    specimen = piecewise_constant_schedule(0.1, [(4, 0.5), (20, 0.2)])
    end = 20


class TestLawsOfLines(PortedScheduleLaws):
    specimen = piecewise_interpolate_schedule("linear", 0.1, ((4, 0.5), (20, 0.2)))
    end = 20


class TestLawsOfCosines(PortedScheduleLaws):
    specimen = piecewise_interpolate_schedule("cosine", 0.1, ((4, 0.5), (20, 0.2)))
    end = 20


@given(st.lists(st.tuples(RATES, RATES, COUNTS), min_size=1, max_size=4), st.data())
@examples
def test_a_join_is_optaxs(lines, data):
    boundaries = sorted(data.draw(st.lists(COUNTS, min_size=len(lines) - 1, max_size=len(lines) - 1)))
    ours = join_schedules([linear_schedule(*line) for line in lines], boundaries)
    assert_agree(ours, optax.join_schedules([optax.linear_schedule(*line) for line in lines], boundaries))


@given(RATES, SCALES)
@examples
def test_constants_are_optaxs(init_value, scales):
    assert_same("piecewise_constant_schedule", init_value, scales)


@given(st.sampled_from(["linear", "cosine"]), RATES, SCALES)
@examples
def test_what_is_interpolated_is_optaxs(interpolate_type, init_value, scales):
    assert_same("piecewise_interpolate_schedule", interpolate_type, init_value, scales)


def test_a_boundary_at_0_is_the_beginning():
    np.testing.assert_allclose(piecewise_constant_schedule(1.0, {0: 0.5})(np.arange(2)), 0.5)
    schedule = piecewise_interpolate_schedule("linear", 1.0, {0: 0.5, 2: 0.5})
    np.testing.assert_allclose(schedule(np.arange(4)), [0.5, 0.375, 0.25, 0.25])


def test_steps_are_data_in_pairs_and_structure_in_a_dict():
    steps = np.arange(12)
    for make in (piecewise_constant_schedule, lambda *args: piecewise_interpolate_schedule("linear", *args)):
        named, paired = make(1.0, {9: 0.5, 4: 0.1}), make(1.0, [(4, 0.1), (9, 0.5)])
        np.testing.assert_array_equal(named(steps), paired(steps))
        assert sorted(jax.tree.leaves(named)) == [0.1, 0.5, 1.0]
        assert sorted(jax.tree.leaves(paired)) == [0.1, 0.5, 1.0, 4, 9]
        later = jax.vmap(lambda step, make=make: make(1.0, [(step, 0.1)])(steps))(jnp.array([4, 9]))
        np.testing.assert_array_equal(later[1], make(1.0, {9: 0.1})(steps))


def test_a_dict_survives_json_which_has_no_numbers_for_keys():
    schedule = piecewise_constant_schedule(1.0, {4: 0.1, 10: 0.5})
    again = from_config(json.loads(json.dumps(to_config(schedule))))
    np.testing.assert_array_equal(again(np.arange(12)), schedule(np.arange(12)))


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="join_schedules: boundaries must be one fewer than schedules, got 0 for 2"):
        join_schedules([linear_schedule(0.1, 0, 5)] * 2, [])
    with pytest.raises(ValueError, match="optax.join_schedules: boundaries must be a sequence in ascending order"):
        join_schedules([linear_schedule(0.1, 0, 5)] * 3, [5, 3])
    with pytest.raises(ValueError, match="piecewise_constant_schedule: boundaries_and_scales must be finite and >= 0"):
        piecewise_constant_schedule(0.1, {4: -0.5})
    with pytest.raises(ValueError, match="boundaries_and_scales must be finite and >= the step before it, 9, got 4"):
        piecewise_constant_schedule(0.1, [(9, 0.5), (4, 0.5)])
    with pytest.raises(ValueError, match="schedule: interpolate_type must be one of linear, cosine, got 'cubic'"):
        piecewise_interpolate_schedule("cubic", 0.1, {4: 0.5})


def test_boundaries_may_lie_beyond_the_whole_numbers_of_int32():
    steps = np.array([0, 2**30, 2**31 - 1])
    np.testing.assert_array_equal(piecewise_constant_schedule(1.0, {2**40: 0.1})(steps), 1.0)
    schedule = piecewise_interpolate_schedule("linear", 1.0, {2**32: 0.5, 2**40: 0.1})
    np.testing.assert_allclose(schedule(steps), [1.0, 0.875, 0.75], rtol=1e-6)
