"""Tests of how a step gets its batch."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lropt_jax.optimizers import sgd
from lropt_jax.problems import Problem, fed, solve, start, step
from lropt_jax.problems.batches import after, drawing, numbered
from lropt_jax.problems.solve import _advance
from lropt_jax.tuning import auto, sweep

ROWS = {"x": np.arange(10), "y": 10 * np.arange(10)}


def in_turn(state, draw, many):
    batches = []
    for _ in range(many):
        model, batch = draw(state, jax.random.key(0))
        state = after(state, model)
        batches.append(batch)
    return batches


def test_every_row_is_drawn_with_the_others_of_its_example():
    draw = drawing(ROWS, 10, "random")
    _, batch = draw((), jax.random.key(0))
    np.testing.assert_array_equal(batch["y"], 10 * batch["x"])
    seen = np.concatenate([draw((), jax.random.key(seed))[1]["x"] for seed in range(20)])
    assert set(seen) == set(range(10))


def test_an_epoch_has_every_example_once_but_those_that_fill_no_batch():
    batches = in_turn(numbered((), jax.random.key(0)), drawing(ROWS, 3, "epochs"), 6)
    epochs = [np.concatenate([batch["x"] for batch in batches[first : first + 3]]) for first in (0, 3)]
    assert [len(set(epoch)) for epoch in epochs] == [9, 9]
    assert list(epochs[0]) != list(epochs[1])
    assert all(np.all(batch["y"] == 10 * batch["x"]) for batch in batches)


def squares(w, batch):
    return jnp.mean((w * batch[0] - batch[1]) ** 2)


def zero(key):
    return jnp.zeros(())


X = np.linspace(-1, 1, 12, dtype=np.float32)
DATA = (X, 3 * X)


def test_a_run_in_epochs_goes_on_where_it_stopped():
    problem, tx = Problem.from_loss(squares, zero, DATA, batch_size=5, order="epochs"), sgd(0.1)
    begun, whole = start(problem, tx, jax.random.key(0)), solve(problem, tx, jax.random.key(0), 7)
    half, _ = _advance(problem, tx, begun, None, 3)
    rest, _ = _advance(problem, tx, half, None, 4)
    assert rest.state.taken == whole.state.taken == 7
    np.testing.assert_allclose(rest.params, whole.params, rtol=1e-6)
    np.testing.assert_allclose(step(problem, tx, half)[1], whole.values[3], rtol=1e-6)


@pytest.mark.slow
def test_lanes_have_orders_of_their_own_and_all_of_tuning_takes_epochs():
    problem = Problem.from_loss(squares, zero, DATA, batch_size=5, order="epochs")
    seeds = jax.vmap(lambda seed: solve(problem, sgd(0.1), jax.random.key(seed), 3).params)(jnp.arange(3))
    assert len(set(seeds.tolist())) == 3
    assert sweep(problem, sgd, rates=[0.1, 0.3], steps=30, seeds=2).best().validation < 1e-2
    assert abs(auto(problem, sgd, steps=200, key=jax.random.key(0)).solution.params - 3) < 0.01
    slope = jax.grad(lambda rate: solve(problem, sgd(rate), jax.random.key(0), 3).params)(0.1)
    assert np.isfinite(slope)


@pytest.mark.parametrize(
    ("data", "options", "message"),
    [
        (DATA, {}, "batch_size must be given for order='epochs', got None"),
        ([DATA], {}, "order must be 'random' for batches, which have an order of their own, got 'epochs'"),
        (DATA, {"order": "epoch"}, "order must be one of random, epochs, got 'epoch'"),
        (DATA, {"has_aux": "yes"}, "has_aux must be True or False, got 'yes'"),
        (DATA, {"batch_size": 13}, "batch_size must be a whole number from 1 to 12"),
    ],
)
def test_epochs_need_arrays_and_a_size(data, options, message):
    with pytest.raises(ValueError, match=f"^Problem.from_loss: {message}"):
        Problem.from_loss(squares, zero, data, **{"order": "epochs"} | options)


def test_a_batch_from_the_host_comes_beside_a_state():
    assert fed((), 1.0) == 1.0
    assert fed(2.0, None) == 2.0
    assert fed(2.0, 1.0) == (2.0, 1.0)
    assert fed({}, 1.0) == ({}, 1.0)  # as of a model that may have a state and has none
