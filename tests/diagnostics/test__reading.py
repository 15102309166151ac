"""Tests of the rules of a verdict on made-up records."""

import numpy as np
import pytest
from records import falling, run

from lropt_jax.diagnostics._reading import read
from lropt_jax.diagnostics._rows import Rows


def verdict(level, **columns):
    return read(Rows.of(run(level, **columns)))


def test_a_run_that_diverged_is_too_high():
    level = falling(20)
    level[12:] = np.nan
    found = verdict(level, rate=0.4)
    assert found.verdict == "too high"
    assert found.evidence == ("from step 120 on, the loss is not finite from step 120 on",)
    assert found.advice == "take a quarter of it: 0.1, or let it rise from 0"


def test_a_run_that_was_over_its_start_is_too_high():
    level = falling(40)
    level[3:7] += 5
    found = verdict(level)
    assert found.verdict == "too high"
    assert "over its start, 2.5" in found.evidence[0]


@pytest.mark.parametrize("noise", [0.0, 0.02])
def test_a_run_that_has_settled_is_fine(noise):
    assert verdict(falling(60, half_life=5, noise=noise), rate=np.linspace(0.1, 0.06, 60)).verdict == "fine"


def test_a_run_that_gains_most_in_its_second_half_is_too_low():
    level = 2.5 - 1.5 * np.linspace(0, 1, 60) ** 3
    found = verdict(level, rate=0.01)
    assert found.verdict == "too low"
    assert found.advice == "take 4 times as much: 0.04, if the run ends soon"


def test_a_run_that_moved_by_less_than_its_noise_is_too_low():
    assert verdict(2.5 + 0.1 * np.random.default_rng(0).normal(size=60), cosine_grads=0.4).verdict == "too low"


def test_a_rate_that_came_down_while_the_loss_was_falling_decays_too_early():
    at = np.arange(60)
    level = np.where(at < 20, 2.5 - 0.05 * at, 1.5)
    rate = np.where(at < 18, 0.1, 0.1 * 0.5 ** np.minimum(at - 17, 30.0))
    found = verdict(level, rate=rate)
    assert found.verdict == "decays too early"
    assert "below a tenth of its peak from step 210 on" in found.evidence[0]


def test_a_rate_that_stayed_high_on_a_floor_of_noise_decays_too_late():
    at, noise = np.arange(60), 0.02 * np.random.default_rng(0).normal(size=60)
    level = np.where(at < 50, 1.0 + 1.5 * 0.5 ** (at / 2), 1.0 - 0.06 * (at - 50)) + noise
    rate = np.where(at < 50, 0.1, 0.1 * (60 - at) / 11)
    found = verdict(level, rate=rate)
    assert found.verdict == "decays too late"
    assert found.advice.startswith("let the rate fall from step ")


def test_a_level_loss_at_a_high_rate_stands_on_a_floor_of_noise():
    found = verdict(falling(60, half_life=1, noise=0.1), cosine_grads=-0.02)
    assert found.verdict == "noise floor"
    assert found.advice.startswith("average, or let the rate fall: the loss has been level with noise since step ")


def test_a_run_in_between_says_nothing():
    found = verdict(falling(40, half_life=11))
    assert found.verdict == "cannot say"
    assert "of the gain" in found.evidence[0]
