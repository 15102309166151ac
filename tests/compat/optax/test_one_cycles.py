"""Tests of Optax's one-cycles."""

import hypothesis.strategies as st
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from laws import PortedScheduleLaws
from optax_peer import RATES, assert_same, examples

from lropt_jax.compat.optax import cosine_onecycle_schedule, linear_onecycle_schedule

STEPS = st.integers(20, 200)
FACTORS = st.sampled_from([25.0, 1e4]) | st.floats(0.5, 100.0)


class TestLawsOfLines(PortedScheduleLaws):
    specimen = linear_onecycle_schedule(22, 0.1, 0.3, 0.85, 10.0, 100.0)
    end = 22


class TestLawsOfCosines(PortedScheduleLaws):
    specimen = cosine_onecycle_schedule(22, 0.1, 0.3, 10.0, 100.0)
    end = 22


@given(STEPS, RATES, st.floats(0.05, 0.45), st.floats(0.5, 0.99), FACTORS, FACTORS)
@examples
def test_lines_are_optaxs(transition_steps, peak_value, pct_start, pct_final, div_factor, final_div_factor):
    shares = (pct_start, pct_final)
    assert_same("linear_onecycle_schedule", transition_steps, peak_value, *shares, div_factor, final_div_factor)


@given(STEPS, RATES, st.floats(0.05, 0.99), FACTORS, FACTORS)
@examples
def test_cosines_are_optaxs(transition_steps, peak_value, pct_start, div_factor, final_div_factor):
    assert_same("cosine_onecycle_schedule", transition_steps, peak_value, pct_start, div_factor, final_div_factor)


def test_phases_end_where_pythons_product_falls_below_a_whole_number_too():
    assert int(0.29 * 100) == 28
    for name in ("linear_onecycle_schedule", "cosine_onecycle_schedule"):
        assert_same(name, 100, 1.0, 0.29)


def test_it_may_begin_at_the_peak():
    for schedule in (linear_onecycle_schedule(10, 0.5, 0.0), cosine_onecycle_schedule(10, 0.5, 0.0)):
        assert schedule(0) == 0.5


def test_the_length_of_the_run_may_be_traced():
    lengths, steps = jnp.array([50, 100]), np.arange(110)
    for make in (linear_onecycle_schedule, cosine_onecycle_schedule):
        rates = jax.vmap(lambda length, make=make: make(length, 1.0)(steps))(lengths)
        for length, own in zip((50, 100), rates, strict=True):
            np.testing.assert_allclose(own, make(length, 1.0)(steps), rtol=1e-6)


def test_bad_arguments_are_refused():
    for make in (linear_onecycle_schedule, cosine_onecycle_schedule):
        with pytest.raises(ValueError, match=f"{make.name}: transition_steps must be finite and > 0, got 0"):
            make(0, 0.1)
        with pytest.raises(ValueError, match=rf"{make.name}: pct_start must be in \[0, 1\), got 1"):
            make(10, 0.1, 1)
    with pytest.raises(ValueError, match=r"optax.linear_onecycle_schedule: pct_final must be in \(0, 1\), got 1"):
        linear_onecycle_schedule(10, 0.1, pct_final=1)
    phases = r"int\(pct_final \* transition_steps\) must be finite and > int\(pct_start \* transition_steps\), 0, got 0"
    with pytest.raises(ValueError, match=f"optax.linear_onecycle_schedule: {phases}"):
        linear_onecycle_schedule(1, 0.1)


def test_runs_may_be_longer_than_the_whole_numbers_of_int32():
    schedule = linear_onecycle_schedule(2**40, 1.0, 0.5, 0.75, 4.0)
    np.testing.assert_allclose(schedule(np.array([0, 2**30])), [0.25, 0.25 + 0.75 / 2**9], rtol=1e-6)
