"""Tests of `lift`."""

import functools
import pickle

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from laws import stacked

from lropt_jax import Optimizer, Schedule, lift
from lropt_jax.optimizers import adam
from lropt_jax.rates import greedy
from lropt_jax.schedules import cosine

lion = lift(optax.lion)


@lift
def triangle(peak, steps, *, floor=0.0, mode="down"):
    """A user's own."""
    return lambda step: floor + (peak - floor) * (1 - step / steps if mode == "down" else step / steps)


@functools.partial(lift, static=["order"])
def taylor(rate, order=2):
    return lambda step: sum(rate * step**k for k in range(order))


def test_optax_factories_become_values():
    tx = lion(3e-4, b1=0.95)
    assert isinstance(tx, Optimizer)
    assert tx.b1 == 0.95
    assert repr(tx).startswith("lion(learning_rate=0.0003, b1=0.95, b2=0.99, weight_decay=0.001")
    assert pickle.loads(pickle.dumps(tx)) == tx
    grads = jnp.array([1.0, -2.0])
    theirs = optax.lion(3e-4, b1=0.95)
    ours, _ = jax.jit(lambda tx: tx.update(grads, tx.init(grads), grads))(tx)
    np.testing.assert_allclose(ours, theirs.update(grads, theirs.init(grads), grads)[0], rtol=1e-6)


@pytest.mark.parametrize("name", ["adam", "adagrad", "rmsprop", "sgd", "lion", "adabelief", "yogi", "radam", "lamb"])
def test_optax_factories_are_swept_by_vmap_in_one_trace(name):
    factory, grads, traces = lift(getattr(optax, name)), jnp.array([1.0, -2.0]), []
    rates = [1e-3, 1e-2, 1e-1]

    @jax.jit
    @jax.vmap
    def first(tx):
        traces.append(tx)
        return tx.update(grads, tx.init(grads), grads)[0]

    together = first(stacked([factory(rate) for rate in rates]))
    assert len(traces) == 1
    for rate, updates in zip(rates, together, strict=True):
        tx = getattr(optax, name)(rate)
        np.testing.assert_allclose(updates, tx.update(grads, tx.init(grads), grads)[0], rtol=1e-5)


def test_optax_schedules_become_values():
    schedule = lift(optax.linear_schedule)(0.1, 0.0, 10)
    assert isinstance(schedule, Schedule)
    np.testing.assert_allclose(schedule(5), 0.05)


def test_lifting_twice_gives_the_same_factory():
    assert lift(optax.lion) == lion
    assert lift(optax.lion)(1e-3) == lion(1e-3)
    assert hash(lift(optax.lion)) == hash(lion)


def test_a_users_schedule_is_a_value():
    schedule = triangle(0.1, 10, mode="up")
    assert jax.tree.leaves(schedule) == [0.1, 10, 0.0]
    assert schedule.mode == "up"
    assert schedule == pickle.loads(pickle.dumps(schedule))
    assert repr(schedule) == "triangle(peak=0.1, steps=10, floor=0.0, mode='up')"
    assert triangle.__doc__ == "A user's own."


def test_static_numbers_belong_to_the_tree():
    assert jax.tree.leaves(taylor(0.5, order=3)) == [0.5]
    assert taylor(0.5, order=3).order == 3
    assert jax.jit(lambda schedule: schedule(2.0))(taylor(0.5, order=3)) == 0.5 * (1 + 2 + 4)
    with pytest.raises(TypeError, match="lift: static must name arguments of adam, got 'beta'"):
        lift(optax.adam, static=["beta"])
    with pytest.raises(TypeError, match="taylor: order must be numbers or hashable"):
        taylor(0.5, order=[1])


def test_a_number_that_decides_shapes_is_static_by_its_kind():
    assert greedy.static == {"window"}
    assert adam.static == frozenset()


def test_an_argument_may_not_have_the_name_of_what_every_value_has():
    for taken in ("count", "index", "init", "update", "replace", "build", "arguments", "factory", "next"):
        scope = {}
        exec(f"def mine({taken}): return lambda step: {taken}", scope)
        with pytest.raises(TypeError, match=f"lift: mine must not have an argument '{taken}': a value has that itself"):
            lift(scope["mine"])


def test_factories_of_something_else_are_refused():
    with pytest.raises(TypeError, match="number must return a schedule, a rate or an Optax transformation, got 3"):
        lift(number)()
    with pytest.raises(TypeError, match="lift: factory must be a function with a name, got 3"):
        lift(3)


def number():
    return 3


def test_values_are_made_inside_traces():
    rates = jax.jit(lambda peak: cosine(peak, 10)(np.arange(3)))(0.1)
    np.testing.assert_allclose(rates, cosine(0.1, 10)(np.arange(3)), rtol=1e-6)


def test_static_may_be_one_name():
    assert lift(optax.sgd, static="momentum").static == {"momentum"}
