"""Tests of `per_leaf`."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from laws import WrapperLaws, x64
from trajectories import noisy

from lropt_jax import learning_rate
from lropt_jax.optimizers import adam, sgd
from lropt_jax.rates import Rate, dog, polyak
from lropt_jax.schedules import linear
from lropt_jax.wrappers import groups, per_leaf


class TestLaws(WrapperLaws):
    specimen = per_leaf(sgd(dog(r_eps=1e-2), momentum=0.9))

    def test_the_rate_inside_can_be_read(self):
        params = self.tree()
        tx = self.specimen.replace(optimizer=sgd(linear(0.1, 10)))
        _, state = tx.update(self.grads(params, 0), tx.init(params), params)
        assert learning_rate(state) == {"b": np.float32(0.1), "w": np.float32(0.1)}


PARAMS = {"encoder": [{"kernel": jnp.array([[1.0, -2.0]]), "bias": jnp.array([0.5, 0.25])}], "head": jnp.ones(3)}


def run(tx, params, steps, **extra):
    state, update = tx.init(params), jax.jit(lambda g, s, p: tx.update(g, s, p, **extra))
    for _ in range(steps):
        updates, state = update(jax.tree.map(jnp.sin, params), state, params)
        params = optax.apply_updates(params, updates)
    return params, state


@pytest.mark.parametrize(
    "tx", [sgd(dog(r_eps=0.1)), adam(linear(0.1, 5)), optax.lamb(0.1)], ids=["dog", "adam", "lamb"]
)
def test_each_array_is_updated_as_if_it_were_alone(tx):
    together, _ = run(per_leaf(tx), PARAMS, 6)
    for ours, alone in zip(jax.tree.leaves(together), jax.tree.leaves(PARAMS), strict=True):
        np.testing.assert_allclose(ours, run(tx, alone, 6)[0], rtol=1e-5)


def test_around_dog_it_is_the_layerwise_dog_of_the_package():
    start = {"w": np.array([2.0, -1.5]), "b": np.array([0.3, 1.0, -0.7])}
    x = dict(start)
    r = {name: 1e-6 * (1 + np.linalg.norm(leaf)) for name, leaf in x.items()}
    total = dict.fromkeys(x, 1e-8)
    with x64():
        tx, params = per_leaf(sgd(dog())), jax.tree.map(jnp.asarray, start)
        state, update = tx.init(params), jax.jit(tx.update)
        for step in range(200):
            for name, leaf in x.items():
                g = noisy(leaf, step)
                r[name] = max(r[name], np.linalg.norm(leaf - start[name]))
                total[name] += g @ g
                x[name] = leaf - r[name] / np.sqrt(total[name]) * g
            grads = {name: jnp.asarray(noisy(np.asarray(leaf), step)) for name, leaf in params.items()}
            updates, state = update(grads, state, params)
            params = optax.apply_updates(params, updates)
        for name, leaf in params.items():
            np.testing.assert_allclose(leaf, x[name], atol=1e-10)
            assert learning_rate(state)[name] == pytest.approx(r[name] / np.sqrt(total[name]), rel=1e-9)


def test_rates_are_read_by_path_also_inside_groups():
    _, state = run(per_leaf(sgd(polyak())), PARAMS, 1, value=2.0)
    assert set(learning_rate(state)) == {"encoder/0/kernel", "encoder/0/bias", "head"}
    assert learning_rate(state)["head"] == pytest.approx(2 / (3 * np.sin(1) ** 2))
    inside = groups({"encoder/*": per_leaf(sgd(0.1)), "head": sgd(0.2)}).init(PARAMS)
    rates = learning_rate(inside)
    assert len(rates) == 3
    assert rates["head"] == np.float32(0.2)
    assert learning_rate(per_leaf(sgd(0.1)).init(jnp.ones(2))) == np.float32(0.1)


def test_leaves_of_one_shape_are_traced_once():
    traces = []

    def update(grads, state, params=None):
        traces.append(grads.shape)
        return jax.tree.map(lambda g: -g, grads), state

    counted = optax.GradientTransformation(lambda params: (), update)
    params = {f"layer{i}": jnp.ones((3, 4) if i % 2 else 3) for i in range(2000)}
    tx = per_leaf(counted)
    jax.jit(tx.update).lower(params, tx.init(params), params)
    assert sorted(traces) == [(3,), (3, 4)]


def test_a_loss_as_a_function_becomes_one_of_the_array_alone():
    seen = Rate(lambda params: (0.0, ()), lambda state, reading: (reading.value_fn(2 * reading.params), state))
    params = {"a": jnp.array([1.0, 2.0]), "b": jnp.array(10.0)}
    tx = per_leaf(sgd(seen))
    _, state = tx.update(params, tx.init(params), params, value_fn=lambda tree: jnp.sum(tree["a"]) + tree["b"])
    assert learning_rate(state) == {"a": 16, "b": 23}


def test_parameters_with_one_path_are_refused():
    twice = {"a/b": jnp.ones(2), "a": {"b": jnp.ones(2)}}
    with pytest.raises(ValueError, match="per_leaf: parameters must have paths of their own, got two of the same"):
        per_leaf(sgd(0.1)).init(twice)
