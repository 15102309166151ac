"""Tests of what the rungs of successive halving share."""

import threading

import numpy as np
from bowls import bowl

from lropt_jax.optimizers import sgd
from lropt_jax.tuning.makers import makers
from lropt_jax.tuning.plan import Plan
from lropt_jax.tuning.rungs.ladder import Ladder


def test_a_rung_has_its_share_of_the_curve_and_forgets_lanes_that_lost():
    ladder = Ladder(bowl, makers(sgd), [0], 100, 0.5, None, threading.Event())
    first = ladder.climb({"sgd": [0.1, 0.2, 0.3]}, 20, Plan(1, 1, 50, ""), None)
    assert first.curve.shape == (3, 10)
    assert np.all(np.isfinite(first.curve))
    assert len(ladder.trunks) == 3
    assert ladder.climb({"sgd": [0.2]}, 60, Plan(1, 1, 50, ""), None).curve.shape == (1, 30)
    assert list(ladder.trunks) == [("sgd", 0.2, 0)]
    assert ladder.spent == 3 * 20 + (30 - 10) + 30


def test_programs_are_no_wider_than_the_last_rung_unless_asked_for():
    ladder = Ladder(bowl, makers(sgd), [0, 1], 10, 0.5, None, threading.Event())
    rates = {"sgd": [0.1, 0.2, 0.3, 0.4]}
    assert ladder.plan(rates, 4, None, 1).lanes_per_program <= 2
    assert ladder.plan(rates, 4, 8, 1).lanes_per_program == 8
