"""Tests of `sampled`."""

import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from laws import ScheduleLaws, x64

from lropt_jax.schedules import sampled, stretch

TABLE = np.array([0.1, 0.3, 0.0, 0.2, 0.25, 0.05, 0.0, 0.1, 0.4])


class TestLaws(ScheduleLaws):
    specimen = sampled(tuple(TABLE.tolist()))
    end = 8


class TestLawsOfOneRate(ScheduleLaws):
    specimen = sampled((0.1,))
    end = 0


class TestLawsOfAnArray(ScheduleLaws):
    specimen = sampled(TABLE)
    end = 8


def test_an_array_is_one_leaf():
    assert len(jax.tree.leaves(sampled(TABLE))) == 1
    assert len(jax.tree.leaves(sampled(list(TABLE)))) == len(TABLE)


def test_whole_steps_give_the_rates_themselves_and_the_last_stays():
    rates = sampled(TABLE)(np.array([*range(9), 9, 2**31 - 1], np.int32))
    np.testing.assert_array_equal(rates, np.float32([*TABLE, 0.4, 0.4]))


def test_between_them_the_lines_are_straight():
    steps = np.linspace(0, 12, 97)
    with x64():
        np.testing.assert_allclose(sampled(TABLE)(steps), np.interp(steps, np.arange(9), TABLE), rtol=1e-12)
        np.testing.assert_allclose(stretch(sampled(TABLE), 2)(9), np.mean(TABLE[4:6]), rtol=1e-12)


def test_stacked_tables_run_side_by_side():
    tables = np.random.default_rng(0).uniform(size=(3, 9)).astype(np.float32)
    together = jax.vmap(sampled)(tables)
    assert together.rates.shape == (3, 9)
    rates = jax.jit(jax.vmap(lambda schedule: schedule(jnp.arange(12))))(together)
    np.testing.assert_array_equal(rates, np.pad(tables, ((0, 0), (0, 3)), "edge"))


def test_one_program_serves_all_tables_of_a_length():
    traces = []
    rate = jax.jit(lambda schedule, step: (traces.append(step), schedule(step))[1])
    assert [float(rate(sampled(jnp.full(4, r)), 2)) for r in (0.5, 0.25)] == [0.5, 0.25]
    assert len(traces) == 1


def test_bad_tables_are_refused():
    with pytest.raises(ValueError, match=r"^sampled: rates must be a sequence of numbers, got 0.1\.$"):
        sampled(0.1)
    for bad, shape in ((np.ones((2, 2)), (2, 2)), ((), (0,))):
        message = f"sampled: rates must have the shape (T,), got {shape}."
        with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
            sampled(bad)
    with pytest.raises(ValueError, match=r"^sampled: rates must be finite and >= 0, got \(0.1, -0.2\)\.$"):
        sampled((0.1, -0.2))
