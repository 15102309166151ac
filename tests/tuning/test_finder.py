"""Tests of a range test in a loop of one's own."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from lropt_jax import Refused, set_learning_rate
from lropt_jax.optimizers import adam, sgd
from lropt_jax.problems import Problem
from lropt_jax.rates import settable
from lropt_jax.tuning import Finder, range_test

X = np.random.default_rng(0).normal(size=(256, 4)).astype(np.float32)
Y = X @ np.array([1.0, -2.0, 3.0, 0.5], np.float32)
BATCHES = [(X[place : place + 64], Y[place : place + 64]) for place in range(0, 256, 64)]
TRACES = []


def plain(tx, donate=()):
    """A step in plain JAX."""

    def step(state, batch, rate):
        TRACES.append(rate)
        params, optimizer_state = state
        optimizer_state = set_learning_rate(optimizer_state, rate)
        loss, grads = jax.value_and_grad(lambda w: jnp.mean((batch[0] @ w - batch[1]) ** 2))(params)
        updates, optimizer_state = tx.update(grads, optimizer_state, params)
        return (params + updates, optimizer_state), loss

    return jax.jit(step, donate_argnums=donate)


def begun(tx):
    return jnp.zeros(4), tx.init(jnp.zeros(4))


SGD = sgd(settable(0.0))
STEP = plain(SGD)


def test_a_run_is_a_range_test_and_a_loop_of_ones_own_is_too():
    finder = Finder(low=1e-4, steps=40)
    found = finder.run(STEP, begun(SGD), BATCHES)
    batches = Problem.from_loss(lambda w, b: jnp.mean((b[0] @ w - b[1]) ** 2), lambda key: jnp.zeros(4), BATCHES)
    same = range_test(batches, sgd, low=1e-4, steps=40, seeds=1)
    np.testing.assert_allclose(found.losses[0][:30], same.losses[0][:30], rtol=1e-3)
    assert found.rate == pytest.approx(same.rate, rel=1e-2)

    mine, state = Finder(low=1e-4, steps=40), begun(SGD)
    for rate, batch in zip(mine.rates(), BATCHES * 10):  # noqa: B905
        state, loss = STEP(state, batch, rate)
        mine.record(loss)
    np.testing.assert_array_equal(mine.losses, finder.losses)
    assert mine.suggestion("lowest").rate == found.by_rule["lowest"]


def test_lanes_read_the_loader_once_and_a_step_may_donate_all():
    read = []

    def loader():
        for batch in BATCHES * 5:
            read.append(batch)
            yield jax.tree.map(jnp.asarray, batch)

    state = begun(SGD)
    found = Finder(low=1e-3, high=1e3, steps=9, lanes=8).run(plain(SGD, (0, 1)), state, loader())
    assert len(read) == 10
    assert 0.05 < found.rate < 1
    assert np.isinf(found.losses).sum() + np.isnan(found.losses).sum() <= 4
    np.testing.assert_array_equal(state[0], 0)


def test_it_stops_early_and_compiles_once():
    before, finder = len(TRACES), Finder(low=1e-4, high=1e9, steps=60)
    found = finder.run(plain(SGD), begun(SGD), BATCHES)
    assert len(finder.losses) < 60
    assert finder.diverged
    assert len(TRACES) == before + 1
    assert 0.02 < found.rate < 2
    assert "of 60 rates from 0.0001 to 1e+09 tried" in repr(finder)


def test_flax_nnx_keeps_model_and_optimizer():
    nnx = pytest.importorskip("flax.nnx")
    model = nnx.Linear(4, 1, rngs=nnx.Rngs(0))
    optimizer = nnx.Optimizer(model, adam(settable(0.1)), wrt=nnx.Param)

    @nnx.jit
    def train(model, optimizer, batch, rate):
        optimizer.opt_state = set_learning_rate(optimizer.opt_state, rate)
        loss, grads = nnx.value_and_grad(lambda model: jnp.mean((model(batch[0])[:, 0] - batch[1]) ** 2))(model)
        optimizer.update(model, grads)
        return loss

    kept = jax.tree.map(np.array, (nnx.state(model), nnx.state(optimizer)))
    found = Finder(low=1e-5, steps=60).run(
        lambda state, batch, rate: (state, train(*state, batch, rate)), (model, optimizer), BATCHES
    )
    assert 0.02 < found.rate < 2
    jax.tree.map(np.testing.assert_array_equal, kept, (nnx.state(model), nnx.state(optimizer)))


def test_equinox_with_optax_and_everything_donated():
    eqx = pytest.importorskip("equinox")
    model = eqx.nn.Linear(4, "scalar", key=jax.random.key(0))
    tx, traces = optax.inject_hyperparams(optax.adam)(learning_rate=0.0), []

    @eqx.filter_jit(donate="all")
    def step(state, batch, rate):
        traces.append(rate)
        model, optimizer_state = state
        optimizer_state.hyperparams["learning_rate"] = rate
        loss, grads = eqx.filter_value_and_grad(lambda m: jnp.mean((jax.vmap(m)(batch[0]) - batch[1]) ** 2))(model)
        updates, optimizer_state = tx.update(grads, optimizer_state)
        return (eqx.apply_updates(model, updates), optimizer_state), loss

    found = Finder(low=1e-5, steps=60).run(step, (model, tx.init(eqx.filter(model, eqx.is_inexact_array))), BATCHES)
    assert 0.02 < found.rate < 2
    assert len(traces) == 1
    assert np.isfinite(model.weight).all()


def test_keras_stateless_loop_carries_lists_of_variables():
    class Variable:  # as Keras has them: a leaf that is an array when asked
        def __init__(self, value):
            self.value = value

        def __jax_array__(self):
            return jnp.asarray(self.value)

    weights, slots = [Variable(np.zeros(4, np.float32))], [Variable(np.float32(0.01)), Variable(np.zeros(4))]

    @jax.jit
    def train_step(state, data):
        (w,), (rate, velocity) = state
        loss, gradient = jax.value_and_grad(lambda w: jnp.mean((data[0] @ w - data[1]) ** 2))(w)
        velocity = 0.5 * velocity - rate * gradient
        return loss, ([w + velocity], [rate, velocity])

    def step(state, batch, rate):
        trainable, (_, *others) = state  # the first of the optimizer's variables that is its learning rate
        loss, state = train_step((trainable, [rate, *others]), batch)
        return state, loss

    assert 0.01 < Finder(low=1e-4, steps=40).run(step, (weights, slots), BATCHES).rate < 1
    np.testing.assert_array_equal(weights[0].value, 0)


def test_what_cannot_be_done_is_refused():
    with pytest.raises(Refused, match="Finder: high must be > low, got 1 to 0.1"):
        Finder(low=1.0, high=0.1)
    with pytest.raises(Refused, match="Finder: steps must be a whole number >= 5, got 2"):
        Finder(steps=2)
    finder = Finder(steps=5)
    with pytest.raises(Refused, match="Finder.suggestion: rates must have been tried, got none"):
        finder.suggestion()
    with pytest.raises(Refused, match="record must be called once for each rate, got 0 calls"):
        list(finder.rates())
    with pytest.raises(Refused, match=r"Finder.record: loss must be a scalar, got the shape \(3,\)"):
        finder.record(np.ones(3))
    finder.losses = [1.0] * 5
    with pytest.raises(Refused, match=r"Finder.record: loss must follow one of rates\(\), got 6 losses"):
        finder.record(1.0)
    with pytest.raises(TypeError, match=r"Finder.run: step must return \(state, loss\), got a int"):
        finder.run(lambda state, batch, rate: 3, (), BATCHES)
    with pytest.raises(Refused, match="Finder.run: batches ended after 4; give more"):
        finder.run(lambda state, batch, rate: (state, 1.0), (), iter(BATCHES))
    with pytest.raises(TypeError, match="Finder.run: batches must be an iterable, got 3"):
        finder.run(STEP, begun(SGD), 3)
