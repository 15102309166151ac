"""Tests of runs of one problem from one start."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
from bowls import TRACES, bowl

from lropt_jax.optimizers import sgd
from lropt_jax.problems import Problem, solve
from lropt_jax.schedules import linear
from lropt_jax.tuning.training import Training

KEY = jax.random.key(3)


def trained(training, tx, steps):
    at, values = training.begin(tx)
    for now, batches in training.chunks(steps):
        at, values = training.run(tx, at, values, now, batches)
    return at, values


def test_a_run_is_what_solve_makes_of_it():
    tx = sgd(linear(0.1, 20))
    at, values = trained(Training(bowl, 20, KEY), tx, 20)
    expected = solve(bowl, tx, KEY, 20)
    np.testing.assert_array_equal(at.params, expected.params)
    np.testing.assert_array_equal(values, expected.values)


def test_every_rate_and_length_share_one_program():
    training = Training(bowl, 30, KEY)
    trained(training, sgd(linear(0.1, 20)), 20)
    before = len(TRACES)
    for rate, steps in ((0.3, 5), (1.0, 30), (1e-3, 1)):
        trained(training, sgd(linear(rate, steps)), steps)
    assert len(TRACES) == before


def streamed(batches):
    return Problem.from_loss(lambda w, batch: jnp.mean((w - batch) ** 2), lambda key: jnp.zeros(()), batches)


def test_a_stream_is_read_once_in_pieces_of_one_shape():
    read = []

    def batches():
        for place in itertools.count():
            read.append(place)
            yield np.full(2, place, np.float32)

    training = Training(streamed(batches()), 40, KEY)
    pieces = list(training.chunks(40))
    assert [now for now, _ in pieces] == [32, 8]
    assert {piece.shape for _, piece in pieces} == {(32, 2)}
    assert read == list(range(40))
    assert training.batch()[0] == 40
    lanes = [training.begin(sgd(rate)) for rate in (0.1, 0.2)]
    for now, piece in pieces:
        lanes = [training.run(sgd(r), *lane, now, piece) for r, lane in zip((0.1, 0.2), lanes, strict=True)]
    expected = solve(streamed([np.full(2, place, np.float32) for place in range(40)]), sgd(0.2), KEY, 40)
    np.testing.assert_allclose(lanes[1][0].params, expected.params, rtol=1e-6)


def test_what_is_computed_is_counted_in_steps():
    training = Training(bowl, 20, KEY)
    at, _ = trained(training, sgd(0.1), 6)
    assert training.spent == 6
    training.loss(at)
    assert training.spent == 6 + 4 / 3
    training.first_steps([sgd(0.1), sgd(0.2)])
    assert training.spent == 6 + 4 / 3 + 1 + 3 / 3


def test_first_steps_are_those_of_the_optimizers_themselves():
    before, after = Training(bowl, 20, KEY).first_steps([sgd(0.0), sgd(0.25), sgd(1e30)])
    assert after[0] == before
    np.testing.assert_allclose(after[1], before / 4, rtol=1e-6)  # x -> x / 2
    assert after[2] == np.inf
