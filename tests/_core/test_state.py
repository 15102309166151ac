"""Tests of `learning_rate`."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from flax import nnx
from laws import stacked

from lropt_jax import chain, learning_rate
from lropt_jax._core.state import reads_results, recorded, states_of, within
from lropt_jax.optimizers import adam, sgd
from lropt_jax.rates import greedy, momo, plateau
from lropt_jax.schedules import linear
from lropt_jax.wrappers import groups

PARAMS = {"a": jnp.ones(2), "b": jnp.ones(3)}


def test_it_is_found_in_any_nesting():
    for tx in (
        adam(0.5),
        optax.chain(optax.clip(1.0), optax.chain(adam(0.5))),
        optax.MultiSteps(adam(0.5), 2).gradient_transformation(),
        optax.masked(adam(0.5), {"a": True, "b": False}),
        optax.apply_if_finite(adam(0.5), 2),
        optax.inject_hyperparams(optax.sgd)(learning_rate=0.5),
    ):
        assert learning_rate(tx.init(PARAMS)) == 0.5


def test_several_are_all_found_by_where_they_stand():
    tx = optax.partition({"a": adam(0.5), "b": sgd(linear(0.1, 10))}, {"a": "a", "b": "b"})
    found = learning_rate(tx.init(PARAMS))
    assert sorted(map(float, found.values())) == [np.float32(0.1), 0.5]
    assert any("'a'" in place for place in found)


def test_a_rate_that_optax_injects_into_our_optimizers_is_one_rate():
    injected = optax.inject_hyperparams(adam)(learning_rate=0.5)
    for tx in (
        injected,
        chain(optax.clip(1.0), injected),
        optax.apply_if_finite(injected, 2),
        optax.inject_hyperparams(lambda learning_rate: optax.chain(optax.clip(1.0), sgd(learning_rate)))(0.5),
        optax.inject_hyperparams(lambda learning_rate: optax.inject_hyperparams(sgd)(learning_rate))(0.5),
        optax.inject_hyperparams(adam)(learning_rate=linear(0.5, 10)),
    ):
        state = tx.init(PARAMS)
        assert learning_rate(state) == 0.5
    state = injected.init(PARAMS)
    state.hyperparams["learning_rate"] = jnp.float32(0.25)
    assert learning_rate(injected.update(PARAMS, state, PARAMS)[1]) == 0.25


def test_a_rate_that_is_injected_into_groups_counts_once_in_each():
    make = lambda learning_rate: groups({"a": adam(learning_rate), "b": sgd(2 * learning_rate)})  # noqa: E731
    assert learning_rate(optax.inject_hyperparams(make)(0.5).init(PARAMS)) == {"a": 0.5, "b": 1.0}


class Grouping(NamedTuple):
    inner: Any
    learning_rate: Any = 9.0  # no array: not a rate of its own

    def rates_by_group(self):
        return {
            name: rate for group, state in self.inner.items() for name, rate in within(group, recorded(state)).items()
        }


def test_a_state_may_name_its_rates_by_groups():
    state = Grouping({"a/*": adam(0.5).init(PARAMS), "*": sgd(0.25).init(PARAMS)})
    for nested in (state, (state,), {"state": (state, optax.EmptyState())}):
        assert learning_rate(nested) == {"a/*": 0.5, "*": 0.25}
    assert learning_rate(Grouping({"a/*": adam(0.5).init(PARAMS)})) == 0.5


def test_groups_within_groups_have_both_names_and_what_is_no_group_its_place():
    inner = Grouping({"b": sgd(0.5).init(PARAMS), "*": sgd(0.25).init(PARAMS)})
    found = learning_rate((Grouping({"a": inner, "*": inner}), sgd(1.0).init(PARAMS)))
    assert {name: float(found.pop(name)) for name in ("a & b", "a", "b", "*")} == {
        "a & b": 0.5,
        "a": 0.25,
        "b": 0.5,
        "*": 0.25,
    }
    assert list(map(float, found.values())) == [1]


def test_names_that_come_twice_are_told_apart_by_their_places():
    state = Grouping({"a": sgd(0.5).init(PARAMS), "b": sgd(0.25).init(PARAMS)})
    assert learning_rate((state, state)) == {"[0]: a": 0.5, "[0]: b": 0.25, "[1]: a": 0.5, "[1]: b": 0.25}


def test_lanes_have_one_each():
    state = jax.vmap(lambda tx: tx.init(PARAMS))(stacked([adam(0.1), adam(0.2)]))
    np.testing.assert_allclose(learning_rate(state), [0.1, 0.2])


def test_a_state_without_one_says_what_to_do():
    with pytest.raises(ValueError, match="learning_rate: state must record a rate, got none; use an optimizer of"):
        learning_rate(optax.adam(0.1).init(PARAMS))


def test_states_on_the_host_and_shapes_of_states_and_states_of_flax_have_one_too():
    state = adam(0.5).init(PARAMS)
    assert learning_rate(jax.device_get(state)) == 0.5
    assert learning_rate(jax.eval_shape(adam(0.5).init, PARAMS)).shape == ()
    model = nnx.Linear(2, 3, rngs=nnx.Rngs(0))
    assert learning_rate(nnx.Optimizer(model, adam(0.5), wrt=nnx.Param).opt_state) == 0.5


def test_a_parameter_of_that_name_is_no_rate():
    assert learning_rate(adam(0.5).init({"learning_rate": jnp.ones(2), "w": jnp.ones(2)})) == 0.5


def test_states_of_a_kind_are_found_inside_one_another():
    inner = Grouping({"a": Grouping({"b": 1})})
    assert states_of(Grouping, (inner, {"c": adam(0.5).init(PARAMS)})) == [inner, inner.inner["a"]]


def test_rates_that_read_results_are_told_from_those_that_read_losses():
    for rate, reads in ((plateau(0.1), True), (greedy(0.1), True), (momo(0.1), False), (0.1, False)):
        assert reads_results({"a": (jax.eval_shape(sgd(rate).init, PARAMS),)}) == reads
