"""Tests of what the curves of a sweep say."""

import numpy as np
import pytest
from bowls import bowl

from lropt_jax.optimizers import sgd
from lropt_jax.tuning import sweep


@pytest.fixture(scope="module")
def found():
    return sweep(bowl, sgd, rates=[1e-5, 0.1, 1.2, 3.0, 1e9], steps=100, seeds=2, schedule=None)


def test_a_curve_has_a_verdict(found):
    slow, good = (next(choice for choice in found.choices("sgd") if choice.rate == rate) for rate in (1e-5, 0.1))
    assert found.verdict(slow) == "too low"
    assert found.verdict(good) == "fine"


def test_a_short_curve_and_a_monitor_have_none(found):
    short = sweep(bowl, sgd, rates=[0.1], steps=5, seeds=1)
    assert short.verdict(short.best()) == ""
    assert found.deaths("adam") == ""


def test_the_dead_say_since_when(found):
    said = found.deaths("sgd")
    assert said.startswith("sgd: ")
    assert "lanes not finite, the first from step " in said
    assert "of 100 on at rate 1e+09" in said
    assert "2 ended over the start" in said
    assert np.sum(found.status == "diverged") == 6


def test_a_short_run_that_stayed_finite_is_not_called_lost():
    found = sweep(bowl, sgd, rates=[1.2], steps=5, seeds=1, schedule=None)
    assert found.deaths("sgd") == "sgd: 1 ended over the start"


def test_an_optimizer_whose_lanes_live_has_no_dead():
    assert sweep(bowl, sgd, rates=[0.1], steps=20, seeds=1).deaths("sgd") == ""
