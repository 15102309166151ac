"""Tests of `restate`."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from laws import stacked
from restated import AROUND, FALLING, PLAIN, X, after, expected, same

from lropt_jax import learning_rate, restate
from lropt_jax.optimizers import adam, adamax, adamw, muon, nadam, sgd
from lropt_jax.rates import dog, dowg, greedy, plateau, settable
from lropt_jax.schedules import linear, product
from lropt_jax.wrappers import (
    clip_norm,
    ema,
    groups,
)


def test_a_plateau_begins_anew_and_moments_count_and_record_are_kept():
    state = restate(FALLING, after(PLAIN), X)
    same(state, expected())
    updates, state = FALLING.update(X, state, X, value=0.5)
    assert (state.count, state.rate.best) == (4, 0.5)
    same(updates, PLAIN.update(X, after(PLAIN), X)[0])


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
