"""Tests of `settable` and `set_learning_rate`."""

import pickle

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from flax import nnx
from laws import RateLaws, stacked

from lropt_jax import chain, learning_rate, set_learning_rate
from lropt_jax.optimizers import adam, adamw, sgd
from lropt_jax.rates import settable
from lropt_jax.schedules import linear, product
from lropt_jax.wrappers import clip_norm, ema, groups, multiply, per_leaf, skip_nonfinite

X = {"body": jnp.ones(2), "head": jnp.ones(3)}
RULE = settable(0.1)


class TestLaws(RateLaws):
    rate = settable(0.1)


def after(tx, state):
    _, state = tx.update(X, state, X)
    return learning_rate(state)


NESTED = {
    "alone": sgd(RULE),
    "adam": adam(RULE),
    "wrapped": skip_nonfinite(clip_norm(ema(adamw(RULE)), 1.0)),
    "chain": chain(sgd(RULE), optax.scale(0.5)),
    "optax": optax.chain(optax.clip(1.0), sgd(RULE)),
    "if_finite": optax.apply_if_finite(sgd(RULE), 3),
    "multi_steps": optax.MultiSteps(sgd(RULE), 1).gradient_transformation(),
    "product": sgd(product(RULE, 1.0)),
}


@pytest.mark.parametrize("tx", NESTED.values(), ids=NESTED)
def test_it_is_set_however_deep_it_is_nested(tx):
    assert after(tx, set_learning_rate(tx.init(X), 0.25)) == 0.25
    assert after(tx, tx.init(X)) == np.float32(0.1)


def test_it_stays_set_and_the_record_follows_with_the_next_update():
    tx = sgd(RULE)
    state = set_learning_rate(tx.init(X), 0.25)
    assert learning_rate(state) == np.float32(0.1)
    for _ in range(3):
        updates, state = tx.update(X, state, X)
        assert learning_rate(state) == 0.25
        np.testing.assert_array_equal(updates["head"], -0.25)


def test_writing_into_the_record_sets_nothing():
    for tx in (sgd(0.1), sgd(RULE)):
        assert after(tx, tx.init(X)._replace(learning_rate=jnp.float32(0.5))) == np.float32(0.1)


def test_groups_are_set_all_together_or_one_by_one():
    tx = groups({"head": sgd(RULE), "*": adam(settable(0.2))})
    assert after(tx, set_learning_rate(tx.init(X), 0.25)) == {"head": 0.25, "*": 0.25}
    one = set_learning_rate(tx.init(X), {"head": 0.25})
    assert after(tx, one) == {"head": 0.25, "*": np.float32(0.2)}
    assert after(tx, set_learning_rate(one, {"*": 0.5})) == {"head": 0.25, "*": 0.5}
    leaves = per_leaf(sgd(RULE))
    assert after(leaves, set_learning_rate(leaves.init(X), {"head": 0.25})) == {"head": 0.25, "body": np.float32(0.1)}
    nested = groups({"*": groups({"head": sgd(RULE), "*": sgd(RULE)})})
    state = set_learning_rate(nested.init(X), {"head": 0.5})
    assert sorted(map(float, after(nested, state).values())) == [np.float32(0.1), 0.5]


def test_multipliers_stay_on_top():
    tx = multiply(sgd(RULE), {"head": 2.0})
    assert after(tx, set_learning_rate(tx.init(X), 0.25)) == {"head": 0.5, "*": 0.25}


def test_a_schedule_on_top_goes_on():
    tx = sgd(product(settable(1.0), linear(1.0, 4)))
    _, state = tx.update(X, tx.init(X), X)
    assert after(tx, set_learning_rate(state, 0.5)) == 0.375


def test_a_jitted_step_sets_it_and_gives_the_state_away_without_another_trace():
    tx, traces = adam(RULE), []

    def step(state, rate):
        traces.append(rate)
        return tx.update(X, set_learning_rate(state, rate), X)[1]

    step, state = jax.jit(step, donate_argnums=0), tx.init(X)
    for rate in (0.5, 0.25):
        state = step(state, rate)
        assert learning_rate(state) == rate
    state = step(set_learning_rate(state, 0.125), 0.125)
    assert len(traces) == 1


def test_it_is_set_inside_a_scan():
    tx = sgd(RULE)
    rates = jnp.array([0.5, 0.25])
    step = lambda state, rate: (state := tx.update(X, set_learning_rate(state, rate), X)[1], learning_rate(state))  # noqa: E731
    np.testing.assert_array_equal(jax.lax.scan(step, tx.init(X), rates)[1], rates)


def test_lanes_are_set_alike_or_one_by_one():
    tx = stacked([sgd(settable(0.1)), sgd(settable(0.2))])
    states = jax.vmap(lambda tx: tx.init(X))(tx)
    for number, expected in ((0.25, [0.25, 0.25]), (jnp.array([0.5, 0.25]), [0.5, 0.25])):
        found = jax.vmap(lambda tx, state: after(tx, state))(tx, set_learning_rate(states, number))
        np.testing.assert_array_equal(found, expected)
    with pytest.raises(ValueError, match=r"^set_learning_rate: learning_rate must have the shape \(\) or \(2,\), got"):
        set_learning_rate(states, jnp.ones(3))


def test_a_state_on_the_host_is_set_too():
    tx = sgd(RULE)
    assert after(tx, set_learning_rate(pickle.loads(pickle.dumps(jax.device_get(tx.init(X)))), 0.25)) == 0.25


def test_it_is_set_in_the_optimizer_of_flax():
    model = nnx.Linear(2, 3, rngs=nnx.Rngs(0))
    optimizer = nnx.Optimizer(model, sgd(RULE), wrt=nnx.Param)
    optimizer.opt_state = set_learning_rate(optimizer.opt_state, 0.25)
    optimizer.update(model, jax.tree.map(jnp.ones_like, nnx.state(model, nnx.Param)))
    assert learning_rate(optimizer.opt_state) == 0.25


@pytest.mark.parametrize("wrong", [-1.0, jnp.nan, "high", None, linear(0.1, 9), {"head": -1.0}])
def test_what_is_no_rate_is_refused(wrong):
    with pytest.raises(ValueError, match=r"^set_learning_rate: learning_rate(\['head'\])? must be .*, got"):
        set_learning_rate(sgd(RULE).init(X), wrong)


def test_a_state_or_a_group_without_a_settable_rate_says_what_to_do():
    with pytest.raises(ValueError, match=r"^set_learning_rate: state must hold a settable rate, got none; give .*sett"):
        set_learning_rate(sgd(0.1).init(X), 0.5)
    tx = groups({"head": sgd(RULE), "*": sgd(0.1)})
    with pytest.raises(ValueError, match=r"a settable rate in group '\*', got none"):
        set_learning_rate(tx.init(X), {"*": 0.5})
