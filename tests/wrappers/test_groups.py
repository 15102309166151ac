"""Tests of `groups`."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from laws import TransformLaws

from lropt_jax import learning_rate
from lropt_jax.optimizers import adam, adamw, sgd
from lropt_jax.rates import Rate
from lropt_jax.schedules import linear
from lropt_jax.wrappers import clip_norm, frozen, groups, multiply


class TestLaws(TransformLaws):
    specimen = groups({"w": adam(0.1), "b": sgd(0.1, momentum=0.9)})


class TestLawsOfTheRest(TransformLaws):
    specimen = groups({"*": adam(linear(0.1, 50)), "b": sgd(0.1)})


class TestLawsAround(TransformLaws):
    specimen = clip_norm(groups({"w": adam(0.1), "*": sgd(0.1)}), max_norm=0.5)
    apart = False


PARAMS = {"encoder": [{"kernel": jnp.array([1.0, -2.0]), "bias": jnp.array([0.5])}], "head": {"kernel": jnp.ones(3)}}


def test_each_group_is_updated_as_if_it_were_alone():
    tx = groups({"encoder/*": adamw(linear(0.1, 5), weight_decay=0.1), "head/*": sgd(0.5, momentum=0.9)})
    parts = {"encoder": adamw(linear(0.1, 5), weight_decay=0.1), "head": sgd(0.5, momentum=0.9)}
    params, state = PARAMS, tx.init(PARAMS)
    alone, states = PARAMS, {name: part.init(PARAMS[name]) for name, part in parts.items()}
    for _ in range(8):
        updates, state = jax.jit(tx.update)(jax.tree.map(jnp.sin, params), state, params)
        params = optax.apply_updates(params, updates)
        for name, part in parts.items():
            updates, states[name] = part.update(jax.tree.map(jnp.sin, alone[name]), states[name], alone[name])
            alone = alone | {name: optax.apply_updates(alone[name], updates)}
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-6), params, alone)


def test_optimizers_of_optax_may_be_groups():
    ours, theirs = (groups({"encoder/*": tx, "*": frozen()}) for tx in (adam(0.1), optax.adam(0.1)))
    updates = [tx.update(PARAMS, tx.init(PARAMS), PARAMS)[0] for tx in (ours, theirs)]
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-5), *updates)
    assert theirs == groups(theirs.optimizers)


def test_rates_are_read_by_pattern():
    tx = groups({"encoder/*/kernel": adam(linear(0.1, 10)), "*/bias": frozen(), "*": sgd(0.5)})
    state = tx.init(PARAMS)
    for _ in range(6):
        _, state = tx.update(PARAMS, state, PARAMS)
    rates = learning_rate(state)
    assert rates.keys() == {"encoder/*/kernel", "*"}
    np.testing.assert_allclose([rates["encoder/*/kernel"], rates["*"]], [0.05, 0.5], rtol=1e-6)
    assert learning_rate(groups({"encoder/*": frozen(), "*": sgd(0.5)}).init(PARAMS)) == 0.5


def test_rates_of_groups_in_groups_and_of_multiples_are_named_by_both():
    tx = groups({"encoder/*": multiply(sgd(1.0), {"*/bias": 0.5}), "*": sgd(3.0)})
    assert learning_rate(clip_norm(tx, 1.0).init(PARAMS)) == {"encoder/*": 1, "encoder/* & */bias": 0.5, "*": 3}
    tx = groups({"encoder/*": groups({"*/kernel": sgd(1.0), "*": sgd(2.0)}), "*": optax.chain(sgd(3.0), sgd(4.0))})
    rates = learning_rate(tx.init(PARAMS))
    assert (rates["encoder/* & */kernel"], rates["encoder/*"]) == (1, 2)
    assert sorted(map(float, rates.values())) == [1, 2, 3, 4]


def test_groups_side_by_side_keep_their_rates_apart():
    tx = optax.chain(groups({"*": sgd(1.0), "head/*": sgd(2.0)}), groups({"*": sgd(3.0), "head/*": sgd(4.0)}))
    assert learning_rate(tx.init(PARAMS)) == {"[0]: *": 1, "[0]: head/*": 2, "[1]: *": 3, "[1]: head/*": 4}


def test_what_an_optimizer_does_not_see_it_does_not_remember():
    tx = groups({"encoder/*": adam(0.1), "head/*": frozen()})
    slots = [leaf.shape for leaf in jax.tree.leaves(tx.init(PARAMS)) if leaf.shape]
    assert sorted(slots) == [(1,), (1,), (2,), (2,)]


def test_another_rate_in_a_group_compiles_nothing():
    traces = []
    step = jax.jit(lambda tx, state: (traces.append(tx), tx.update(PARAMS, state, PARAMS))[1])
    for rate in (0.1, 0.2, 0.3):
        tx = groups({"encoder/*": adam(rate), "*": sgd(2 * rate)})
        step(tx, tx.init(PARAMS))
    assert len(traces) == 1


def test_extra_arguments_reach_every_group():
    polyak = Rate(init=lambda params: (0.0, ()), next=lambda state, reading: (reading.value, state))
    tx = groups({"encoder/*": sgd(polyak), "head/*": sgd(polyak)})
    updates, _ = tx.update(PARAMS, tx.init(PARAMS), PARAMS, value=2.0)
    jax.tree.map(lambda u, p: np.testing.assert_array_equal(u, -2 * p), updates, PARAMS)


def test_flax_nnx_takes_them_by_the_names_of_its_variables():
    nnx = pytest.importorskip("flax.nnx")
    model = nnx.Sequential(nnx.Linear(2, 3, rngs=nnx.Rngs(0)), nnx.Linear(3, 1, rngs=nnx.Rngs(1)))
    optimizer = nnx.Optimizer(
        model, groups({"layers/0/*": frozen(), "layers/1/kernel": adam(0.1), "*": sgd(0.1)}), wrt=nnx.Param
    )
    before = jax.tree.map(jnp.copy, nnx.state(model, nnx.Param))
    optimizer.update(model, nnx.grad(lambda model: jnp.sum(model(jnp.ones((1, 2)))))(model))
    moved = jax.tree.map(lambda a, b: bool(jnp.any(a != b)), before, nnx.state(model, nnx.Param))
    assert [bool(leaf) for leaf in jax.tree.leaves(moved)] == [False, False, True, True]


@pytest.mark.parametrize(
    ("optimizers", "message"),
    [
        (
            {"encoder/*": sgd(0.1)},
            "groups: every parameter must match a pattern, got none for 'head/kernel'; add a pattern",
        ),
        (
            {"encoder/*": sgd(0.1), "heads/*": sgd(0.1), "*": sgd(0.1)},
            r"groups: pattern 'heads/\*' must match a parameter",
        ),
        (
            {"*kernel": sgd(0.1), "head/*": sgd(0.1), "*": sgd(0.1)},
            "groups: parameter 'head/kernel' must match one pattern",
        ),
    ],
)
def test_patterns_that_do_not_fit_the_parameters_are_refused(optimizers, message):
    with pytest.raises(ValueError, match=message):
        groups(optimizers).init(PARAMS)


def test_bad_arguments_are_refused():
    with pytest.raises(TypeError, match=r"groups: optimizers\['head'\] must be a gradient transformation, got 0.1"):
        groups({"head": 0.1})
    with pytest.raises(TypeError, match="groups: optimizers must be a dict from strings, got adam"):
        groups(adam(0.1))
