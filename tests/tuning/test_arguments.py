"""Tests of what people give to `sweep` and `tune`."""

import dataclasses

import jax.numpy as jnp
import numpy as np
import pytest
from bowls import bowl

from lropt_jax.problems import Problem
from lropt_jax.tuning import log_rates, sweep
from lropt_jax.tuning.arguments import check_problem, rates_of, seeds_of


@pytest.mark.parametrize(
    "given", [0, -1, 2.0, np.float64(2), True, np.bool_(True), "3", None, np.array(3), jnp.int32(3)]
)
def test_what_is_no_count_is_refused(given):
    with pytest.raises(ValueError, match=r"sweep: steps must be a whole number >= 1, got"):
        sweep(bowl, [], steps=given)


def test_seeds_are_so_many_or_these():
    assert seeds_of(3) == seeds_of(np.int64(3)) == [0, 1, 2]
    assert seeds_of(seed for seed in (5, 7)) == seeds_of(np.array([5, 7])) == [5, 7]
    assert seeds_of([2**32 - 1]) == [2**32 - 1]
    assert type(seeds_of(np.array([5]))[0]) is int


@pytest.mark.parametrize(
    ("seeds", "message"),
    [
        (0, "seeds must be a whole number >= 1, got 0"),
        ([], "seeds must be at least one, got none"),
        (-1, "seeds must be a whole number >= 1, got -1"),
        ([-1], "seeds must be a whole number from 0 to 4294967295, got -1"),
        ([2**32], "seeds must be a whole number from 0 to 4294967295, got 4294967296"),
        ([0.5], "seeds must be a whole number from 0 to 4294967295, got 0.5"),
        ([True], "seeds must be a whole number from 0 to 4294967295, got True"),
        (1.5, "seeds must be a whole number >= 1, got 1.5"),
        (jnp.int32(2), "seeds must be a whole number >= 1, got Array"),
        ([4, 0, 4], "seeds must be different, got 4 twice"),
    ],
)
def test_what_is_no_seed_is_refused(seeds, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        seeds_of(seeds)


def test_rates_are_for_all_or_by_name():
    assert rates_of((rate for rate in (1, 0.2)), ["a", "b"]) == {"a": [1.0, 0.2], "b": [1.0, 0.2]}
    assert rates_of({"a": np.array([0.1]), "b": []}, ["a", "b"]) == {"a": [0.1], "b": []}
    assert rates_of(None, ["a"]) == {"a": list(log_rates())}


@pytest.mark.parametrize(
    ("rates", "message"),
    [
        ([0.1, 0.2, 0.1], "rates must be different, got 0.1 twice."),
        ([], "rates must be at least one, got none."),
        (0.1, "rates must be a sequence of numbers, got 0.1."),
        ([0.1, -0.1], r"rates must be finite and > 0, got \[0.1, -0.1\]"),
        (["0.1"], "rates must be a number, got '0.1'"),
        ({"a": [0.1]}, "rates must name every optimizer, got none for b"),
    ],
)
def test_what_is_no_rate_is_refused(rates, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        rates_of(rates, ["a", "b"])


def test_a_problem_must_be_made_hold_its_data_and_rank_rates():
    check_problem(bowl)
    watched = dataclasses.replace(bowl, validate=None, value="monitor")
    stream = Problem.from_loss(lambda w, x: jnp.mean((w - x) ** 2), lambda key: jnp.zeros(()), [np.ones(3)])
    for problem, message in (
        (lambda: bowl, "problem must be a Problem, got <function .*; call it first"),
        (watched, "problem must have validate or judge, since its value is a monitor"),
        (stream, "problem must hold its data as arrays, got a stream"),
    ):
        with pytest.raises(ValueError, match=f"^{message}"):
            check_problem(problem)
