"""Tests of what a run depends on."""

import dataclasses

import jax.numpy as jnp
import numpy as np
from bowls import bowl

from lropt_jax.optimizers import adam, sgd
from lropt_jax.problems import Problem
from lropt_jax.tuning.identity import identity, listing_of, name_of, name_of_pass
from lropt_jax.tuning.lanes import Lane, Work


def work(problem=bowl, steps=10, **how):
    txs = {"sgd": sgd(0.1), "faster": sgd(0.2), "adam": adam(0.1), "b1": adam(0.1, b1=0.5), "seed": sgd(0.1), **how}
    return Work(problem, [Lane(name, 0.1, int(name == "seed"), tx) for name, tx in txs.items()], steps)


def names(it):
    listings = [listing_of(it, [place], 1) for place in range(5)]
    return [name_of(identity(it), it, [place], 1, listings[place]) for place in range(5)]


def test_every_optimizer_rate_seed_and_length_has_a_name_of_its_own_and_the_same_again():
    first, longer = names(work()), names(work(steps=11))
    assert len({*first, *longer}) == 10
    assert names(work()) == first
    pair = work()
    assert name_of(identity(pair), pair, [0, 1], 2, listing_of(pair, [0, 1], 2)) not in first


def fitted(scale, offset):
    return Problem.from_loss(lambda w, x: jnp.mean((w - x + offset) ** 2), lambda key: jnp.zeros(()),
                             scale * jnp.ones(3), name="fit")  # fmt: skip


def test_program_and_data_are_told_apart():
    first, data, program = (identity(work(fitted(*how))) for how in ((1, 0.0), (2, 0.0), (1, jnp.arange(3))))
    assert {name for name in first if first[name] != data[name]} == {"data"}
    assert {name for name in first if first[name] != program[name]} == {"problem"}
    assert first == identity(work(fitted(1, 0.0)))  # made anew


def test_batches_of_a_stream_are_data():
    one, same, other = (
        identity(work(fitted_to([np.full(2, value)] * many))) for value, many in ((1, 10), (1, 10), (1, 12))
    )
    assert one == same
    assert {name for name in one if one[name] != other[name]} == {"data"}


def fitted_to(batches):
    return Problem.from_loss(lambda w, x: jnp.mean((w - x) ** 2), lambda key: jnp.zeros(()), batches)


def test_a_pass_is_its_lanes():
    known = identity(work())
    first = name_of_pass(known, work(), None)
    assert first == name_of_pass(known, work(), None)
    assert first != name_of_pass(known, work(), 2)
    assert first != name_of_pass(known, work(steps=11), None)
    judged = dataclasses.replace(bowl, test=lambda x, state, key: x @ x)
    assert first != name_of_pass(identity(work(judged)), work(judged), None)
