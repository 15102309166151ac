"""Tests of `multiply`."""

import pickle
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from laws import TransformLaws, WrapperLaws, x64

from lropt_jax import learning_rate
from lropt_jax.optimizers import adam, adamw, decay, sgd
from lropt_jax.schedules import linear, piecewise
from lropt_jax.wrappers import multiply


class TestLaws(WrapperLaws):
    specimen = multiply(adam(0.1), {"w": 0.5})

    def test_the_rate_inside_can_be_read(self):
        tx = self.specimen.replace(optimizer=sgd(linear(0.1, 10)))
        assert learning_rate(tx.init(self.tree())) == {"w": np.float32(0.05), "*": np.float32(0.1)}


class TestLawsOfTheRestAndSchedules(WrapperLaws):
    specimen = multiply(sgd(linear(0.1, 50), momentum=0.9), {"w": linear(1.0, 10), "*": 2.0})

    def test_the_rate_inside_can_be_read(self):
        tx = self.specimen.replace(optimizer=sgd(0.1))
        assert learning_rate(tx.init(self.tree())) == {"w": np.float32(0.1), "*": np.float32(0.2)}


class TestLawsOfATree(WrapperLaws):
    specimen = multiply(adam(0.1), {"w": {"deep": 0.5}, "b": 2.0})

    def tree(self, dtype=jnp.float32):
        return super().tree(dtype) | {"w": {"deep": super().tree(dtype)["w"]}}

    def test_the_rate_inside_can_be_read(self):
        tx = self.specimen.replace(optimizer=sgd(0.1))
        assert learning_rate(tx.init(self.tree())) == {"w/deep": np.float32(0.05), "b": np.float32(0.2)}

    def test_gradients_through_a_run_are_finite_for_every_number(self):
        def end(tx):
            return jnp.sum(self.run(tx, self.tree())[0]["w"]["deep"])

        gradient = jax.grad(end)(self.specimen)
        assert all(np.isfinite(leaf) for leaf in jax.tree.leaves(gradient))
        assert gradient.multipliers["w"]["deep"] != 0

    def test_it_works_inside_optax_wrappers(self):
        labels = {"w": {"deep": "a"}, "b": "b", "none": None}
        alone, _ = self.run(self.specimen, self.tree())
        for tx in (
            optax.chain(optax.identity(), self.specimen),
            optax.partition({"a": self.specimen, "b": self.specimen}, labels),
        ):
            self.close(self.run(tx, self.tree())[0], alone)


class TestLawsWithTheDecayApart(TransformLaws):
    specimen = multiply(adamw(0.1, weight_decay=0.1), {"w": 0.5}, multiply_decay=False)

    def test_zero_gradients_move_nothing_but_what_decays(self):
        params = self.tree()
        updates, _ = self.specimen.update(jax.tree.map(jnp.zeros_like, params), self.specimen.init(params), params)
        self.close(updates, jax.tree.map(lambda p: -0.1 * 0.1 * p, params))


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


def test_slots_of_optax_stay_in_float32_for_low_precision():
    params = jax.tree.map(lambda leaf: leaf.astype(jnp.bfloat16), PARAMS)
    tx = multiply(optax.adam(0.1), {"head/*": 0.5})
    before = tx.init(params)
    updates, after = tx.update(params, before, params)
    assert all(leaf.dtype == jnp.bfloat16 for leaf in jax.tree.leaves(updates))
    assert jax.tree.map(lambda leaf: leaf.dtype, before) == jax.tree.map(lambda leaf: leaf.dtype, after)


@pytest.mark.parametrize(
    "coupling",
    [
        {},
        {"goes_with": "nothing"},
        {"goes_with": "schedule", "peak": 0.2},
        {"goes_with": "schedule", "peak": linear(0.2, 10)},
    ],
)
def test_the_decay_can_be_left_as_it_is(coupling):
    with x64():
        params = jax.tree.map(lambda leaf: leaf.astype(jnp.float64), PARAMS)
        plain, decayed = (sgd(linear(0.1, 9), weight_decay=how) for how in (None, decay(linear(0.3, 5), **coupling)))
        both, apart = (multiply(decayed, {"head/*": 0.25}, multiply_decay=too) for too in (True, False))
        of_gradient, of_both = step(plain, params, params)[0], step(decayed, params, params)[0]
        for tx, share in ((both, 0.25), (apart, 1.0)):
            updates, _ = step(tx, params, params)
            gradient, pull = of_gradient["head"]["kernel"], of_both["head"]["kernel"] - of_gradient["head"]["kernel"]
            np.testing.assert_allclose(updates["head"]["kernel"], 0.25 * gradient + share * pull, rtol=1e-12)
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


class Layer(NamedTuple):
    slow: jax.Array
    z: jax.Array


def test_parameters_may_be_called_as_the_fields_of_states_are():
    params = Layer(jnp.ones(2), jnp.ones(3))
    tx = multiply(sgd(0.1, momentum=0.9), {"z": 2.0})
    updates, _ = tx.update(params, tx.init(params), params)
    np.testing.assert_allclose(updates.z, -0.2, rtol=1e-6)
