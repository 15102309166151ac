"""Tests of the compiled programs."""

import dataclasses

import numpy as np
import pytest
from bowls import bowl

from lropt_jax.optimizers import sgd
from lropt_jax.tuning.lanes import Lane, side_by_side
from lropt_jax.tuning.programs import POINTS, advance, begin, judge


def lane(tx):
    return Lane("sgd", 0.1, 0, tx)


@pytest.mark.parametrize("width", [1, 3])
def test_a_lane_runs_alike_alone_and_beside_others(width):
    lanes = [lane(sgd(rate)) for rate in (0.1, 0.4, 2.0)][:width]
    tx, seeds = side_by_side(lanes, width)
    track = begin(bowl, tx, seeds, width)
    start = np.atleast_2d(track.at.params).copy()
    track = advance(bowl, tx, track, 5, 20, width)
    ends = np.atleast_2d(track.at.params)
    for row, one in enumerate(lanes):
        np.testing.assert_allclose(ends[row], start[row] * (1 - 2 * one.tx.learning_rate) ** 5, rtol=1e-5)
    sums, counts = np.moveaxis(np.asarray(track.curve).reshape(width, 2, POINTS), 1, 0)
    assert counts.sum() == 5 * width
    np.testing.assert_allclose(sums[:, 0], np.sum(start**2, axis=1), rtol=1e-6)
    validation, test = judge(bowl, track.at, width)
    np.testing.assert_allclose(np.atleast_1d(test), 2 * np.atleast_1d(validation))


def test_lanes_are_judged_on_validation_else_by_the_known_answer_else_by_one_batch_of_training():
    at = begin(bowl, *side_by_side([lane(sgd(0.1))], 1), 1).at
    squared = float(at.params @ at.params)
    known = dataclasses.replace(bowl, validate=None, test=None, judge=lambda x, state: 5.0)
    bare = dataclasses.replace(known, judge=None)
    for problem, expected in ((bowl, (squared, 2 * squared)), (known, (5.0, np.nan)), (bare, (squared, np.nan))):
        np.testing.assert_allclose(judge(problem, at, 1), expected, rtol=1e-6)
