"""Tests of `stopped`."""

import jax
import jax.numpy as jnp
import optax
import pytest
from flax import nnx

from lropt_jax import chain
from lropt_jax.optimizers import adam, sgd
from lropt_jax.rates import plateau, stopped
from lropt_jax.schedules import linear, product
from lropt_jax.wrappers import clip_norm, groups, per_leaf, skip_nonfinite

X = {"body": jnp.ones(2), "head": jnp.ones(3)}
RULE = plateau(0.1, stop_after=2)


def after(tx, results):
    state = tx.init(X)
    for result in results:
        _, state = tx.update(X, state, X, value=result)
    return state


NESTED = {
    "alone": sgd(RULE),
    "adam": adam(RULE),
    "product": sgd(product(RULE, linear(1.0, 9))),
    "wrapped": skip_nonfinite(clip_norm(adam(RULE), 1.0)),
    "groups": groups({"head": sgd(RULE), "*": sgd(0.1)}),
    "two": groups({"head": sgd(RULE), "*": sgd(plateau(0.1))}),
    "per_leaf": per_leaf(sgd(RULE)),
    "chain": chain(sgd(RULE), optax.scale(0.5)),
    "optax": optax.chain(optax.clip(1.0), sgd(RULE)),
    "multi_steps": optax.apply_if_finite(sgd(RULE), 3),
}


@pytest.mark.parametrize("tx", NESTED.values(), ids=NESTED)
def test_it_is_found_however_deep_it_is_nested(tx):
    assert not stopped(after(tx, [1.0, 1.0]))
    assert stopped(after(tx, [1.0, 1.0, 1.0]))


def test_the_state_of_the_rate_itself_serves_too():
    assert stopped(after(sgd(RULE), [1.0] * 3).rate)


def test_a_plateau_that_never_stops_has_not():
    assert not stopped(after(sgd(plateau(0.1)), [1.0] * 30))


def test_it_is_found_in_the_optimizer_of_flax():
    model = nnx.Linear(2, 3, rngs=nnx.Rngs(0))
    optimizer = nnx.Optimizer(model, sgd(RULE), wrt=nnx.Param)
    with pytest.raises(ValueError, match="got one without any"):
        stopped(optimizer.opt_state)
    for _ in range(3):
        grads = jax.tree.map(jnp.ones_like, nnx.state(model, nnx.Param))
        optimizer.update(model, grads, value=1.0)
    assert stopped(optimizer.opt_state)


def test_it_ends_a_loop_on_the_device():
    tx = sgd(RULE)

    def body(carry):
        x, state = carry
        updates, state = tx.update(x, state, x, value=jnp.float32(3.0))
        return optax.apply_updates(x, updates), state

    _, state = jax.lax.while_loop(lambda carry: ~stopped(carry[1]), body, (X, tx.init(X)))
    assert state.count == 3


def test_lanes_stop_one_by_one():
    states = jax.vmap(lambda result: after(sgd(RULE), [1.0, 1.0, result]))(jnp.array([1.0, 0.5]))
    assert stopped(states).tolist() == [True, False]


@pytest.mark.parametrize("tx", [sgd(RULE), skip_nonfinite(sgd(RULE)), groups({"head": sgd(RULE), "*": sgd(0.1)})])
@pytest.mark.parametrize("results", [[], [None] * 3, [jnp.nan] * 3])
def test_a_plateau_that_was_never_given_a_result_says_so(tx, results):
    state = after(tx, results)
    with pytest.raises(
        ValueError, match=r"^stopped: state must hold a plateau that was given results, got one w.*value="
    ):
        stopped(state)


def test_a_state_without_a_plateau_is_refused():
    with pytest.raises(ValueError, match=r"^stopped: state must hold a plateau, got none; give the optimizer plateau"):
        stopped(sgd(0.1).init(X))
