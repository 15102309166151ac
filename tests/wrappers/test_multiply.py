"""Tests of `multiply`."""

import pickle

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from laws import x64

from lropt_jax import learning_rate
from lropt_jax.optimizers import adam, sgd
from lropt_jax.schedules import linear, piecewise
from lropt_jax.wrappers import (
    clip_norm,
    groups,
    multiply,
)

PARAMS = {"encoder": [{"kernel": jnp.array([1.0, -2.0]), "bias": jnp.array([0.5])}], "head": {"kernel": jnp.ones(3)}}


def step(tx, grads=PARAMS, params=PARAMS, state=None):
    return tx.update(grads, tx.init(params) if state is None else state, params)


def test_each_update_is_multiplied_by_the_number_of_its_pattern():
    alone, _ = step(adam(0.1))
    updates, state = step(multiply(adam(0.1), {"encoder/*/kernel": 0.1, "head/*": 3.0}))
    np.testing.assert_allclose(updates["encoder"][0]["kernel"], 0.1 * alone["encoder"][0]["kernel"], rtol=1e-6)
    np.testing.assert_allclose(updates["head"]["kernel"], 3.0 * alone["head"]["kernel"], rtol=1e-6)
    np.testing.assert_array_equal(updates["encoder"][0]["bias"], alone["encoder"][0]["bias"])
    assert state.multipliers == {"encoder/*/kernel": np.float32(0.1), "head/*": 3, "*": 1}


def test_a_dict_a_tree_and_a_function_of_the_parameters_say_the_same():
    tree = {"encoder": [{"kernel": 0.1, "bias": 2.0}], "head": {"kernel": 1.0}}
    expected, _ = step(multiply(sgd(0.1), {"*/0/kernel": 0.1, "*/bias": 2.0}))
    for multipliers in (
        tree,
        lambda params: tree,
        lambda params: {"*/0/kernel": 0.1, "*/bias": 2.0},
        lambda params: jax.tree.map(lambda p: {2: 0.1, 1: 2.0, 3: 1.0}[p.size], params),
    ):
        updates, state = step(multiply(sgd(0.1), multipliers))
        jax.tree.map(np.testing.assert_array_equal, updates, expected)
        np.testing.assert_allclose(sorted(learning_rate(state).values()), [0.01, 0.1, 0.2], rtol=1e-6)


def test_a_tree_of_lists_may_come_back_as_tuples():
    tree = {"encoder": ({"kernel": 0.1, "bias": 2.0},), "head": {"kernel": 1.0}}
    assert step(multiply(sgd(1.0), tree))[0]["encoder"][0]["bias"] == -1


def test_multipliers_follow_schedules_by_a_count_of_their_own():
    tx = multiply(optax.sgd(1.0), {"head/*": piecewise((0.0, 1.0), (2,))})  # the head joins in at step 2
    state, seen = tx.init(PARAMS), []
    for _ in range(4):
        updates, state = step(tx, state=state)
        seen.append(float(updates["head"]["kernel"][0]))
    assert seen == [0, 0, -1, -1]
    assert (state.count, state.multipliers["head/*"]) == (4, 1)


def test_rates_are_read_by_pattern_of_the_last_update():
    tx = multiply(clip_norm(adam(linear(0.1, 10)), 1.0), {"encoder/*": 0.1, "head/*": linear(1.0, 10)})
    state = tx.init(PARAMS)
    for _ in range(6):
        _, state = step(tx, state=state)
    rates = learning_rate(clip_norm(tx, 1.0).init(PARAMS)._replace(inner=state))
    np.testing.assert_allclose([rates["encoder/*"], rates["head/*"]], [0.1 * 0.05, 0.5 * 0.05], rtol=1e-6)
    assert rates.keys() == {"encoder/*", "head/*"}


def test_one_rate_for_all_is_one_number():
    assert learning_rate(multiply(sgd(0.5), {"*": 0.5}).init(PARAMS)) == 0.25
    assert learning_rate(multiply(sgd(0.5), {}).init(PARAMS)) == 0.5


def test_rates_of_multiples_of_groups_and_of_multiples_are_named_by_both():
    tx = multiply(groups({"encoder/*": sgd(1.0), "head/*": sgd(2.0)}), {"*/bias": 0.5})
    assert learning_rate(tx.init(PARAMS)) == {
        "encoder/*": 1, "head/*": 2, "*/bias & encoder/*": 0.5, "*/bias & head/*": 1,
    }  # fmt: skip
    tx = multiply(multiply(sgd(1.0), {"*/bias": 0.5}), {"encoder/*": 3.0})
    assert learning_rate(tx.init(PARAMS)) == {"*": 1, "*/bias": 0.5, "encoder/*": 3, "encoder/* & */bias": 1.5}


def test_a_state_without_a_rate_inside_says_so():
    with pytest.raises(ValueError, match="learning_rate: state must record a rate, got none"):
        learning_rate(multiply(optax.sgd(1.0), {"head/*": 2.0}).init(PARAMS))


def test_lanes_have_rates_of_their_own():
    lanes = multiply(sgd(0.5), {"head/*": jnp.array([1.0, 2.0])})
    state = jax.vmap(
        lambda tx: tx.init(PARAMS), in_axes=(jax.tree.map(lambda leaf: 0 if np.ndim(leaf) else None, lanes),)
    )(lanes)
    np.testing.assert_array_equal(learning_rate(state)["head/*"], [0.5, 1.0])


def test_slots_of_optax_stay_in_float32_for_low_precision():
    params = jax.tree.map(lambda leaf: leaf.astype(jnp.bfloat16), PARAMS)
    tx = multiply(optax.adam(0.1), {"head/*": 0.5})
    before = tx.init(params)
    updates, after = tx.update(params, before, params)
    assert all(leaf.dtype == jnp.bfloat16 for leaf in jax.tree.leaves(updates))
    assert jax.tree.map(lambda leaf: leaf.dtype, before) == jax.tree.map(lambda leaf: leaf.dtype, after)


@pytest.mark.parametrize("coupling", ["rate", "independent", 0.2, linear(0.2, 10)])
def test_the_decay_can_be_left_as_it_is(coupling):
    with x64():
        params = jax.tree.map(lambda leaf: leaf.astype(jnp.float64), PARAMS)
        plain, decayed = sgd(linear(0.1, 9)), sgd(linear(0.1, 9), weight_decay=linear(0.3, 5), decay_coupling=coupling)
        both, apart = (multiply(decayed, {"head/*": 0.25}, multiply_decay=too) for too in (True, False))
        of_gradient, of_both = step(plain, params, params)[0], step(decayed, params, params)[0]
        for tx, share in ((both, 0.25), (apart, 1.0)):
            updates, _ = step(tx, params, params)
            gradient, decay = of_gradient["head"]["kernel"], of_both["head"]["kernel"] - of_gradient["head"]["kernel"]
            np.testing.assert_allclose(updates["head"]["kernel"], 0.25 * gradient + share * decay, rtol=1e-12)
            np.testing.assert_allclose(updates["encoder"][0]["bias"], of_both["encoder"][0]["bias"], rtol=1e-12)


def test_without_a_decay_there_is_nothing_to_leave():
    expected, _ = step(multiply(sgd(0.1), {"head/*": 0.25}))
    updates, _ = step(multiply(sgd(0.1), {"head/*": 0.25}, multiply_decay=False))
    jax.tree.map(np.testing.assert_array_equal, updates, expected)


def test_it_can_be_saved_in_every_form():
    tx = multiply(adam(0.1), {"encoder/*": 0.1, "*": linear(1.0, 10)})
    assert pickle.loads(pickle.dumps(tx)).multipliers == {"encoder/*": 0.1, "*": linear(1.0, 10)}
    assert repr(tx).endswith(
        "multipliers={'*': linear(peak=1.0, steps=10, floor=0.0), 'encoder/*': 0.1}, multiply_decay=True)"
    )
