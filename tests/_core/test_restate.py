"""Tests of `restate`."""

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
from laws import stacked

from lropt_jax import chain, learning_rate, restate
from lropt_jax.optimizers import adam, adamax, adamw, muon, nadam, sgd
from lropt_jax.rates import dog, dowg, greedy, plateau, settable
from lropt_jax.schedules import linear, product
from lropt_jax.wrappers import (
    accumulate,
    clip_norm,
    ema,
    groups,
    lookahead,
    master_weights,
    multiply,
    per_leaf,
    schedule_free,
    skip_nonfinite,
)

X = {"body": jnp.full((2, 3), 0.5), "head": jnp.ones(3)}
PLAIN, FALLING = sgd(1e-2, momentum=0.9), sgd(plateau(1e-2), momentum=0.9)


def after(tx, steps=3, params=X):
    state = tx.init(params)
    for _ in range(steps):
        _, state = tx.update(params, state, params, value=1.0)
    return state


def same(a, b):
    assert jax.tree.structure(a) == jax.tree.structure(b)
    jax.tree.map(np.testing.assert_array_equal, a, b)


def expected(state=None):
    """The state of the plain rule under a plateau that has seen nothing."""
    return (after(PLAIN) if state is None else state)._replace(rate=FALLING.init(X).rate)


def test_a_plateau_begins_anew_and_moments_count_and_record_are_kept():
    state = restate(FALLING, after(PLAIN), X)
    same(state, expected())
    updates, state = FALLING.update(X, state, X, value=0.5)
    assert (state.count, state.rate.best) == (4, 0.5)
    same(updates, PLAIN.update(X, after(PLAIN), X)[0])


AROUND = {
    "wrapped": lambda tx: skip_nonfinite(clip_norm(tx, 1.0)),
    "chain": lambda tx: chain(optax.clip(1.0), tx),
    "optax": lambda tx: optax.chain(optax.clip(1.0), optax.chain(tx)),
    "groups": lambda tx: groups({"head": tx, "*": adam(1e-3)}),
    "per_leaf": per_leaf,
    "multiply": lambda tx: multiply(tx, {"head": 2.0}),
    "ema": ema,
    "lookahead": lookahead,
    "master_weights": master_weights,
    "schedule_free": schedule_free,
    "accumulate": lambda tx: accumulate(tx, 2),
    "masked": lambda tx: optax.masked(tx, {"body": True, "head": False}),
    "if_finite": lambda tx: optax.apply_if_finite(tx, 3),
    "multi_steps": lambda tx: optax.MultiSteps(tx, 2).gradient_transformation(),
    "partition": lambda tx: optax.partition({"a": tx, "b": adam(1e-3)}, {"body": "a", "head": "b"}),
}


@pytest.mark.parametrize("around", AROUND.values(), ids=AROUND)
def test_inside_wrappers_and_chains_the_rate_alone_begins_anew(around):
    old, fresh = after(around(PLAIN)), around(FALLING).init(X)
    state = restate(around(FALLING), old, X)
    assert jax.tree.structure(state) == jax.tree.structure(fresh)
    is_ours = lambda node: hasattr(node, "rate") and hasattr(node, "count")  # noqa: E731
    bare = lambda tree: jax.tree.map(lambda n: n._replace(rate=()) if is_ours(n) else n, tree, is_leaf=is_ours)  # noqa: E731
    same(bare(state), bare(old))
    around(FALLING).update(X, state, X, value=1.0)


@pytest.mark.parametrize("around", [AROUND[name] for name in ("wrapped", "chain", "optax", "ema", "master_weights")])
def test_a_wrapper_may_be_put_on_and_taken_off(around):
    same(restate(FALLING, after(around(PLAIN)), X).count, 3)
    put_on = restate(around(FALLING), after(PLAIN), X)
    assert jax.tree.structure(put_on) == jax.tree.structure(around(FALLING).init(X))
    same(optax.tree.get(put_on, "trace"), after(PLAIN).trace)
    same(restate(FALLING, put_on, X), expected())


def test_a_new_average_begins_at_the_parameters_and_an_old_one_stays():
    same(restate(ema(PLAIN), after(PLAIN), X).average, X)
    old = after(clip_norm(ema(PLAIN), 1.0))
    same(restate(ema(FALLING), old, X).average, old.inner.average)


def test_the_same_optimizer_keeps_all_and_a_rate_of_the_same_kind_goes_on():
    same(restate(FALLING, after(FALLING), X), after(FALLING))
    patient = sgd(plateau(0.5, patience=3), momentum=0.9)
    same(restate(patient, after(FALLING), X), after(FALLING))


@pytest.mark.parametrize("rate", [0.1, dowg(), greedy(0.1), settable(0.1), product(dog(), linear(1.0, 9))])
def test_the_state_of_another_rate_is_not_taken(rate):
    tx = sgd(rate)
    for old in (dog(), plateau(0.1)):
        same(restate(tx, after(sgd(old)), X).rate, tx.init(X).rate)


def test_a_rate_inside_a_product_is_that_rate():
    tx = sgd(product(dog(), linear(1.0, 9)))
    same(restate(tx, after(sgd(product(dog(), 0.5))), X).rate, after(sgd(product(dog(), 0.5))).rate)


def test_what_is_missing_is_refused_until_it_is_named():
    with pytest.raises(ValueError, match=r"^restate: state must have .*, got no mu, nu; .*reset=\['mu', 'nu'\]\) begi"):
        restate(adam(0.1), after(PLAIN), X)
    same(restate(adam(0.1), after(PLAIN), X, reset=["mu", "nu"]), adam(0.1).init(X)._replace(
        count=jnp.int32(3), learning_rate=jnp.float32(1e-2)))  # fmt: skip


def test_other_shapes_and_dtypes_are_refused_until_they_are_named():
    other = X | {"head": jnp.ones(4)}
    with pytest.raises(ValueError, match=r"got trace/head of float32\[3\] in the place of float32\[4\]; .*\['trace'\]"):
        restate(PLAIN, after(PLAIN), other)
    assert restate(PLAIN, after(PLAIN), other, reset="trace").trace["head"].shape == (4,)
    wide = after(PLAIN)._replace(count=np.int64(3))
    with pytest.raises(ValueError, match=r"got count of int64\[\] in the place of int32\[\]"):
        restate(PLAIN, wide, X)
    with pytest.raises(ValueError, match=r"got no trace; "):
        restate(PLAIN, after(PLAIN), X | {"tail": jnp.ones(1)})


def test_moments_begin_anew_and_the_count_goes_on():
    falling = adamw(linear(0.1, 10))
    state = restate(falling, after(falling), X, reset="moments")
    same(state, falling.init(X)._replace(count=jnp.int32(3), learning_rate=falling.learning_rate(2)))
    assert learning_rate(falling.update(X, state, X)[1]) == falling.learning_rate(3)
    nested = clip_norm(groups({"head": muon(0.1), "*": PLAIN}), 1.0)
    assert learning_rate(restate(nested, after(nested), X, reset="moments")) == learning_rate(after(nested))
    same(optax.tree.get(restate(nested, after(nested), X, reset="moments"), "trace"), {"body": X["body"] * 0} | {
        "head": optax.MaskedNode()})  # fmt: skip


def test_single_fields_begin_anew():
    same(restate(FALLING, after(FALLING), X, reset="rate"), after(FALLING)._replace(rate=FALLING.init(X).rate))
    same(restate(FALLING, after(FALLING), X, reset=("count", "trace")).count, 0)
    same(restate(adamax(0.1), after(adam(0.1)), X, reset="nu").nu, adamax(0.1).init(X).nu)
    same(restate(nadam(0.1), after(adam(0.1)), X, reset=["momentum_product"]).mu, after(adam(0.1)).mu)


def test_a_name_that_is_no_field_is_refused():
    with pytest.raises(
        ValueError, match=r"^restate: reset must be names of fields of the state, got 'nu'; there are c"
    ):
        restate(PLAIN, after(PLAIN), X, reset=["trace", "nu"])
    with pytest.raises(TypeError, match=r"^restate: reset must be names of fields, got 1"):
        restate(PLAIN, after(PLAIN), X, reset=[1])
    with pytest.raises(TypeError, match=r"^restate: tx must be a gradient transformation, got 0.1"):
        restate(0.1, after(PLAIN), X)


def test_it_works_jitted_with_the_state_given_away():
    traced = jax.jit(lambda tx, state, params: restate(tx, state, params), donate_argnums=1)
    same(traced(FALLING, after(PLAIN), X), expected())
    jax.jit(FALLING.update, donate_argnums=1)(X, restate(FALLING, after(PLAIN), X), X)


def test_lanes_are_restated_side_by_side():
    txs = stacked([sgd(plateau(0.1), momentum=0.9), sgd(plateau(0.2), momentum=0.9)])
    states = jax.vmap(lambda factor: after(PLAIN, params=jax.tree.map(lambda x: factor * x, X)))(jnp.array([1.0, 2.0]))
    found = jax.vmap(lambda tx, state: restate(tx, state, X))(txs, states)
    same(jax.tree.map(lambda leaf: leaf[1], found.trace), jax.tree.map(lambda x: 2 * x, after(PLAIN).trace))
    assert found.rate.best.shape == (2,)


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
