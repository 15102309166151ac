"""Tests of the compiled programs."""

import dataclasses

import jax.numpy as jnp
import numpy as np
import pytest
from bowls import bowl, measured

from lropt_jax.optimizers import sgd
from lropt_jax.tuning.lanes import Lane, Work
from lropt_jax.tuning.programs import POINTS, advance, begin, judge

BATCHES = [np.full(3, number, np.float32) for number in range(3)]


def work(*rates):
    return Work(bowl, [Lane("sgd", rate, 0, sgd(rate)) for rate in rates], 20)


@pytest.mark.parametrize("width", [1, 3])
def test_a_lane_runs_alike_alone_and_beside_others(width):
    rates = (0.1, 0.4, 2.0)[:width]
    tx, seeds = work(*rates).side_by_side(range(width), width)
    track = begin(bowl, tx, seeds, width)
    start = np.atleast_2d(track.at.params).copy()
    track = advance(bowl, tx, track, 5, 20, width)
    ends = np.atleast_2d(track.at.params)
    for row, rate in enumerate(rates):
        np.testing.assert_allclose(ends[row], start[row] * (1 - 2 * rate) ** 5, rtol=1e-5)
    sums, counts = np.moveaxis(np.asarray(track.curve).reshape(width, 2, POINTS), 1, 0)
    assert counts.sum() == 5 * width
    np.testing.assert_allclose(sums[:, 0], np.sum(start**2, axis=1), rtol=1e-6)
    validation, test, metrics = judge(bowl, track.at, width)
    assert metrics == {}
    np.testing.assert_allclose(np.atleast_1d(test), 2 * np.atleast_1d(validation))


def test_lanes_are_judged_on_validation_else_by_the_known_answer_else_by_one_batch_of_training():
    at = begin(bowl, *work(0.1).side_by_side([0], 1), 1).at
    squared = float(at.params @ at.params)
    known = dataclasses.replace(bowl, validate=None, test=None, judge=lambda x, state: 5.0)
    bare = dataclasses.replace(known, judge=None)
    for problem, expected in ((bowl, (squared, 2 * squared)), (known, (5.0, np.nan)), (bare, (squared, np.nan))):
        np.testing.assert_allclose(judge(problem, at, 1)[:2], expected, rtol=1e-6)


def test_metrics_are_those_of_the_loss_on_held_out_data_else_on_the_data_that_judge():
    held = measured(validation=np.zeros((4, 3)), test=np.full((4, 3), 2.0))
    for problem, names in ((held, ("validation", "test")), (measured(), ("training",))):
        at = begin(problem, *work(0.1).side_by_side([0], 1), 1).at
        validation, test, metrics = judge(problem, at, 1)
        assert sorted(metrics) == sorted(f"{part} {name}" for part in names for name in ("distance", "rate"))
        np.testing.assert_allclose(metrics[f"{names[0]} distance"] ** 2, validation, rtol=1e-6)
        np.testing.assert_allclose(
            metrics[f"{names[-1]} distance"] ** 2, test if len(names) > 1 else validation, rtol=1e-6
        )


def test_metrics_of_a_stream_are_means_over_the_batches_held():
    problem = measured()
    streamed = problem.from_loss(
        lambda x, batch: (x @ batch, {"first": batch[0]}), lambda key: jnp.ones(3), BATCHES, has_aux=True
    )
    bare = Work(streamed, work(0.1).lanes, 3)
    at = begin(streamed, *bare.side_by_side([0], 1), 1).at
    assert judge(streamed, at, 1, bare.held)[2] == {"training first": 1.0}


def test_metrics_that_are_no_numbers_are_refused():
    problem = dataclasses.replace(bowl, metrics=lambda x, state, key: {"all": x})
    with pytest.raises(ValueError, match=r"metrics must be a dict of numbers, got shape \(3,\) for 'all'; take a mean"):
        judge(problem, begin(problem, *work(0.1).side_by_side([0], 1), 1).at, 1)
