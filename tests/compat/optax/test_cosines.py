"""Tests of Optax's cosines."""

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given
from laws import PortedScheduleLaws
from optax_peer import COUNTS, POWERS, RATES, assert_same, examples

from lropt_jax.compat.optax import cosine_decay_schedule, sgdr_schedule, warmup_cosine_decay_schedule

CYCLE = {"init_value": 0.01, "peak_value": 0.1, "warmup_steps": 2, "decay_steps": 8, "end_value": 0.02}


class TestLawsOfCosine(PortedScheduleLaws):
    specimen = cosine_decay_schedule(0.1, 20, 0.1, 1.5)
    end = 20


class TestLawsOfWarmup(PortedScheduleLaws):
    specimen = warmup_cosine_decay_schedule(0.01, 0.1, 5, 20, 0.02, 1.5)
    end = 20


class TestLawsOfCycles(PortedScheduleLaws):
    specimen = sgdr_schedule([CYCLE, CYCLE | {"decay_steps": 12, "exponent": 1.5}])
    end = 20


@given(RATES, COUNTS, st.sampled_from([0.0, 0.1, 1.0, 5.0]), POWERS)
@examples
def test_a_cosine_is_optaxs(init_value, decay_steps, alpha, exponent):
    assert_same("cosine_decay_schedule", init_value, decay_steps, alpha, exponent)


@given(RATES, RATES, st.integers(0, 60), COUNTS, RATES, POWERS)
@examples
def test_a_warmup_and_a_cosine_are_optaxs(init_value, peak_value, warmup_steps, rest, end_value, exponent):
    steps = (warmup_steps, warmup_steps + rest)
    assert_same("warmup_cosine_decay_schedule", init_value, peak_value, *steps, end_value, exponent)


@given(st.lists(st.tuples(RATES, RATES, st.integers(0, 20), COUNTS, RATES), min_size=1, max_size=4))
@examples
def test_cycles_are_optaxs(cycles):
    names = ("init_value", "peak_value", "warmup_steps", "decay_steps", "end_value")
    kwargs = [dict(zip(names, cycle, strict=True)) for cycle in cycles]
    for cycle in kwargs:
        cycle["decay_steps"] += cycle["warmup_steps"]
    assert_same("sgdr_schedule", kwargs)


def test_long_runs_are_optaxs_at_both_ends():
    assert_same("cosine_decay_schedule", 0.1, 10_000, steps=np.array([0, 1, 10, 9_990, 9_999, 10_000, 20_000]))
    steps = np.array([0, 1, 999, 1_000, 1_001, 9_999, 10_000])
    assert_same("warmup_cosine_decay_schedule", 0.0, 0.1, 1_000, 10_000, 0.0, steps=steps)


def test_with_a_peak_of_0_the_end_is_0_as_well():
    np.testing.assert_array_equal(warmup_cosine_decay_schedule(0.0, 0.0, 2, 8, 0.1)(np.arange(12)), 0)


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="optax.cosine_decay_schedule: decay_steps must be finite and > 0, got 0"):
        cosine_decay_schedule(0.1, 0)
    with pytest.raises(ValueError, match="optax.cosine_decay_schedule: exponent must be finite and > 0, got 0"):
        cosine_decay_schedule(0.1, 10, exponent=0)
    for decay_steps in (5, 4):
        with pytest.raises(ValueError, match="decay_schedule: decay_steps must be finite and > warmup_steps, 5, got"):
            warmup_cosine_decay_schedule(0.0, 0.1, 5, decay_steps)


def test_cycles_must_be_a_list_and_each_a_call():
    with pytest.raises(ValueError, match="optax.sgdr_schedule: cosine_kwargs must be a list of dicts, got"):
        sgdr_schedule([])
    for bad in (CYCLE, None, "cycle"):
        with pytest.raises(TypeError, match="optax.sgdr_schedule: cosine_kwargs must be a sequence, got"):
            sgdr_schedule(bad)
    with pytest.raises(TypeError, match="optax.sgdr_schedule: cosine_kwargs must be a dict from strings, got 0.1"):
        sgdr_schedule([0.1])
    with pytest.raises(TypeError, match="warmup_cosine_decay_schedule: missing a required argument: 'peak_value'"):
        sgdr_schedule([{"init_value": 0.1}])
