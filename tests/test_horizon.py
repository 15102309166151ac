"""Tests of `Horizon`."""

import pytest
from hypothesis import given, strategies

from lropt_jax import Horizon
from lropt_jax.schedules import cosine, warmup

RUN = Horizon("10 epochs", steps_per_epoch=100, batch_size=32, sequence_length=512)


def test_every_unit_comes_out_in_steps():
    assert RUN.steps == 1000
    lengths = {
        "7 steps": 7,
        "2 epochs": 200,
        "1 epoch": 100,
        "0.5 epochs": 50,
        "3200 samples": 100,
        "0.25 of the run": 250,
    }
    assert {length: RUN(length) for length in lengths} == lengths
    assert RUN("1638400 tokens") == RUN("1.6384e6 Tokens") == 100
    assert RUN(12) == 12


def test_the_same_length_in_other_units_is_the_same_schedule():
    spelled = [
        warmup(cosine(0.1, RUN(length)), 10)
        for length in ("10 epochs", "1.0 of the run", "32e3 samples", "16384000 tokens")
    ]
    assert set(spelled) == {warmup(cosine(0.1, 1000), 10)}


def test_a_part_of_a_step_counts_as_a_whole_one():
    assert RUN("33 samples") == 2
    assert RUN("1 token") == 1
    assert RUN("0 tokens") == 0


@given(strategies.integers(0, 1000), strategies.integers(1, 10**9))
def test_shares_are_exact_in_decimals(thousandths, total):
    assert Horizon(total)(f"{thousandths / 1000} of the run") == -(-thousandths * total // 1000)


@pytest.mark.parametrize(
    "length", ["ten epochs", "1 of the runs", "10", "10 weeks", "-1 epochs", "1.2.3 steps", "", None, -5, float("nan")]
)
def test_what_is_no_length_is_refused(length):
    with pytest.raises(ValueError, match="Horizon: a length must be a number >= 0 with a unit, steps, epochs, samples"):
        RUN(length)


def test_missing_numbers_are_named():
    with pytest.raises(ValueError, match="Horizon: steps_per_epoch must be given to turn '10 epochs' into steps"):
        Horizon("10 epochs")
    with pytest.raises(ValueError, match="Horizon: sequence_length must be given to turn '5 tokens' into steps"):
        Horizon(batch_size=3)("5 tokens")
    with pytest.raises(ValueError, match="Horizon: total must be given to know the length of the run, got None"):
        Horizon(batch_size=3)("0.1 of the run")


def test_bad_numbers_are_refused():
    with pytest.raises(ValueError, match="Horizon: batch_size must be finite and > 0, got 0"):
        Horizon(batch_size=0)
    with pytest.raises(TypeError, match="Horizon: steps_per_epoch must be a number, got '500'"):
        Horizon(steps_per_epoch="500")
    with pytest.raises(ValueError, match=r"Horizon: a share of the run must be in \[0, 1\], got '1.5 of the run'"):
        RUN("1.5 of the run")
    with pytest.raises(ValueError, match="Horizon: total must be finite and > 0, got 0"):
        Horizon("0 steps")
    with pytest.raises(ValueError, match="Horizon: total must not be a share of itself, got '0.5 of the run'"):
        Horizon("0.5 of the run")
