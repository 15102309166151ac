"""Tests of the batches of a stream, and of sweeps over them."""

import itertools
import threading

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lropt_jax.optimizers import adam, sgd
from lropt_jax.problems import Problem, solve
from lropt_jax.tuning import auto, sweep, tune
from lropt_jax.tuning.batches import Pieces, ahead, alike
from lropt_jax.tuning.engine import Engine
from lropt_jax.tuning.lanes import Lane, Work
from lropt_jax.tuning.plan import Plan

KEY = jax.random.key(0)
RATES = [0.01, 0.1, 3.0]


class Loader:
    """Batches that begin again, and count how often each is read."""

    def __init__(self, batches):
        self.batches, self.read = batches, []

    def __iter__(self):
        for place, batch in enumerate(self.batches):
            self.read.append(place)
            yield batch


def batches(many=40, seed=0):
    x = np.random.default_rng(seed).normal(size=(many, 4)).astype(np.float32)
    return [(each, 3 * each) for each in x]


def _loss(w, batch):
    return jnp.mean((w * batch[0] - batch[1]) ** 2)


def fit(data, **more):
    return Problem.from_loss(_loss, lambda key: jnp.zeros(()), data, **more)


@pytest.mark.parametrize("lanes_per_program", [None, 2])
def test_a_loader_is_read_once_and_every_lane_is_the_run_that_solve_makes(lanes_per_program):
    loader = Loader(batches())
    held = (jnp.ones(4), 3 * jnp.ones(4))
    found = sweep(fit(loader, validation=held), [sgd, adam], rates=RATES, steps=40, seeds=2, schedule=None,
                  lanes_per_program=lanes_per_program)  # fmt: skip
    assert loader.read == list(range(40))
    assert found.status.tolist() == ["ok"] * 4 + ["diverged"] * 2 + ["ok"] * 6
    alone = solve(fit(batches()), sgd(0.1), KEY, 40)
    np.testing.assert_allclose(found.validation[2], _loss(alone.params, held), rtol=1e-4)
    np.testing.assert_allclose(found.train[2], alone.values[-1], rtol=1e-4)


def test_without_held_out_data_the_last_steps_rank_and_the_first_batches_tell_what_diverged():
    found = sweep(fit(batches(70)), sgd, rates=RATES, steps=70, seeds=1, schedule=None)
    assert (found.chosen_by, found.status.tolist()) == ("training", ["ok", "ok", "diverged"])
    np.testing.assert_array_equal(found.validation, found.train)
    assert found.best().rate == 0.1


def test_both_passes_of_a_tuning_read_a_loader_again():
    loader = Loader(batches(7))
    found = tune(fit(loader), sgd, rates=[0.01, 0.1], steps=30, seeds=2, finalists=1, extend=False)
    assert found.best().rate == 0.1
    assert loader.read[:6] == list(range(6))  # the short runs: 6 steps
    assert loader.read[-30:] == [place % 7 for place in range(30)]


def test_lanes_that_the_memory_does_not_hold_at_once_read_it_again():
    work = Work(fit(Loader(batches())), [Lane("sgd", rate, 0, sgd(rate)) for rate in RATES], 40)
    engine = Engine(work)
    assert engine.run(Plan(1, 2, 7, "", lanes_at_once=2))
    assert work.problem.stream.batches.read == [*range(40), *range(40)]
    assert [engine.outcomes[place].status for place in range(3)] == ["ok", "ok", "diverged"]
    once = Work(fit(iter(batches())), work.lanes, 40)
    with pytest.raises(ValueError, match="data must be an iterable that can begin again, got batches from list_iter"):
        Engine(once).run(Plan(1, 2, 7, "", lanes_at_once=2))


def test_the_last_piece_is_filled_up_and_large_batches_go_in_small_pieces():
    pieces = list(Pieces(fit(batches()).stream, 40))
    assert [piece.now for piece in pieces] == [32, 8]
    assert {piece.batches[0].shape for piece in pieces} == {(32, 4)}
    large = itertools.repeat(np.zeros((2**25,), np.uint8))
    assert [piece.now for piece in Pieces(fit(large).stream, 3)] == [2, 1]


def bad(*batches):
    return (np.asarray(batch, np.float32) for batch in batches)


@pytest.mark.parametrize("train", [
    lambda data: sweep(fit(data), sgd, rates=[0.1], steps=80, seeds=1),
    lambda data: auto(fit(data), sgd, steps=80, key=KEY),
])  # fmt: skip
def test_a_loader_that_ends_early_or_changes_shape_is_one_clear_error(train):
    with pytest.raises(ValueError, match="data ended after 40 batches; give more, or an iterable that can begin again"):
        train(iter(batches(40)))
    smaller = (np.ones(2, np.float32), np.ones(2, np.float32))
    with pytest.raises(ValueError, match=r"must have one shape and dtype, got float32 \(4,\) and then float32 \(2,\) in"
                                         " batch 41; leave out a last batch that is smaller"):  # fmt: skip
        train(iter([*batches(40), smaller, *batches(80)]))


def test_a_batch_of_another_form_is_told_apart():
    with pytest.raises(ValueError, match="got float32 .* and then int32"):
        list(alike(iter([np.ones(2, np.float32), np.ones(2, np.int32)])))
    with pytest.raises(ValueError, match="PyTreeDef"):
        list(alike(iter([{"x": 1}, {"y": 1}])))


def test_a_loader_that_fails_raises_its_own_error():
    def fails():
        yield from batches(35)
        raise RuntimeError("of the loader")

    with pytest.raises(RuntimeError, match="of the loader"):
        sweep(fit(fails()), sgd, rates=[0.1], steps=80, seeds=1)


def test_nan_in_a_stream_is_said_to_be_the_problems_fault():
    found = sweep(fit(itertools.repeat((np.full(4, np.nan), np.ones(4)))), sgd, rates=[0.1], steps=5, seeds=1)
    assert "the first training value is nan, before any step" in found.engine["fault"]


def test_a_thread_is_one_item_ahead_and_ends_with_its_reader():
    read, asked = [], threading.Event()

    def items():
        for place in range(10):
            read.append(place)
            if place == 1:
                asked.set()
            yield place

    reader = ahead(items())
    assert next(reader) == 0
    assert asked.wait(10)
    reader.close()
    assert read == [0, 1]
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("lropt-read-ahead")]
