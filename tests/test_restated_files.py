"""Tests of `restate` with states from files, from versions before, and from other libraries."""

import pickle
from typing import Any, NamedTuple

import flax.serialization
import jax
import jax.numpy as jnp
import numpy as np
import optax
import orbax.checkpoint as ocp
import pytest
from flax import nnx
from restated import AROUND, FALLING, PLAIN, X, after, expected, same

from lropt_jax import restate
from lropt_jax.optimizers import adam
from lropt_jax.schedules import linear
from lropt_jax.wrappers import (
    clip_norm,
)


def from_orbax(state, folder):
    with ocp.StandardCheckpointer() as checkpointer:
        checkpointer.save(folder, state, force=True)
        checkpointer.wait_until_finished()
        return checkpointer.restore(folder)


FILES = {
    "orbax": from_orbax,
    "flax": lambda state, folder: flax.serialization.msgpack_restore(flax.serialization.to_bytes(state)),
    "pickle": lambda state, folder: pickle.loads(pickle.dumps(jax.device_get(state))),
}


@pytest.mark.parametrize("stored", FILES.values(), ids=FILES)
@pytest.mark.parametrize("around", [lambda tx: tx, *(AROUND[name] for name in ("wrapped", "optax", "groups", "ema"))])
def test_states_from_files_are_taken_with_arrays_on_the_host_and_without_named_tuples(stored, around, tmp_path):
    old = after(around(PLAIN))
    found = restate(around(FALLING), stored(old, tmp_path), X)
    same(found, restate(around(FALLING), old, X))
    assert all(isinstance(leaf, jax.Array) for leaf in jax.tree.leaves(found))
    same(restate(around(PLAIN), stored(old, tmp_path), X), old)


def test_arrays_of_the_host_are_copied():
    old = jax.tree.map(np.array, after(PLAIN))
    state = restate(PLAIN, old, X)
    old.trace["head"][:] = 7
    same(state, after(PLAIN))


class PlateauState(NamedTuple):
    """The state of `plateau` before it knew of results that are no numbers."""

    scale: Any
    best: Any
    since_best: Any
    bad_results: Any
    cooldown_left: Any
    stop: Any


class SGDState(NamedTuple):
    """A state of `sgd` without a place for the rate's state."""

    count: Any
    learning_rate: Any
    trace: Any


def test_a_checkpoint_of_an_earlier_version_is_restored():
    now = after(FALLING)
    rate = PlateauState(*now.rate[:6])
    wanted = now._replace(rate=FALLING.init(X).rate._replace(**rate._asdict()))
    for old in (now._replace(rate=rate), now._asdict() | {"rate": rate._asdict()}):
        same(restate(FALLING, pickle.loads(pickle.dumps(jax.device_get(old))), X), wanted)
        with pytest.raises(ValueError, match=r"^sgd: state must be .*restate\(tx, state, params\)"):
            FALLING.update(X, old, X, value=1.0)
    older = SGDState(now.count, now.learning_rate, now.trace)
    same(restate(FALLING, older, X), expected(now))


class OldPickle(NamedTuple):
    """What is in a file of an earlier version: a name of today with the fields of then."""

    fields: tuple

    def __reduce__(self):
        return type(FALLING.init(X).rate), self.fields


def test_a_pickle_of_an_earlier_version_is_restored():
    now = after(FALLING)
    old = pickle.loads(pickle.dumps(jax.device_get(now)._replace(rate=OldPickle(jax.device_get(now.rate[:6])))))
    assert type(old.rate) is type(now.rate)
    with pytest.raises(
        ValueError, match=r"^sgd: state must be .*, got no rate/results, rate/gathered, rate/total; lropt"
    ):
        FALLING.update(X, old, X, value=1.0)
    same(tuple(restate(FALLING, old, X).rate), (*now.rate[:6], *FALLING.init(X).rate[6:]))


def test_a_checkpoint_that_cannot_be_restored_is_refused_with_the_difference():
    now = after(FALLING)
    with pytest.raises(ValueError, match=r"^restate: .*, got no count, trace; .*reset=\['count', 'trace'\]"):
        restate(FALLING, tuple(now)[:3], X)  # a tuple without names
    without = now._asdict()
    del without["count"]
    with pytest.raises(ValueError, match=r"^restate: .*, got no count; "):
        restate(FALLING, without, X)


def test_a_state_of_optax_with_the_same_moments_goes_on():
    theirs = optax.chain(optax.clip(1.0), optax.adam(linear(0.1, 9)))
    old = after(theirs)
    state = restate(clip_norm(adam(0.1), 1.0), old, X)
    same((state.inner.count, state.inner.mu, state.inner.nu), (3, old[1][0].mu, old[1][0].nu))
    same(restate(theirs, old, X), old)
    with pytest.raises(ValueError, match="got no count; "):
        restate(PLAIN, after(optax.sgd(0.1, momentum=0.9)), X)


def test_a_state_in_the_optimizer_of_flax_is_taken():
    model = nnx.Linear(2, 3, rngs=nnx.Rngs(0))
    optimizer = nnx.Optimizer(model, PLAIN, wrt=nnx.Param)
    grads = jax.tree.map(jnp.ones_like, nnx.state(model, nnx.Param))
    optimizer.update(model, grads)
    state = restate(FALLING, optimizer.opt_state, nnx.state(model, nnx.Param))
    assert (state.count, jax.tree.leaves(state.trace)[0][0]) == (1, 1)
    FALLING.update(grads, state, value=1.0)
