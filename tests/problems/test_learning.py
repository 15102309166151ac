"""Tests of problems that descend a loss: states, metrics, held-out data, and programs that are shared."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lropt_jax.optimizers import adam, sgd
from lropt_jax.problems import Problem, solve
from lropt_jax.tuning import auto, sweep, tune

X = np.linspace(-1, 3, 12, dtype=np.float32)
DATA = (X, 3 * X)


def begin(key):
    return {"w": jnp.zeros(()), "b": jnp.zeros(())}, {"mean": jnp.zeros(()), "steps": jnp.zeros((), jnp.int32)}


def normalised(params, state, batch, key, training):
    """A line through centred inputs, with a running mean for evaluation, and dropout in training."""
    x, y = batch
    mean = jnp.mean(x) if training else state["mean"]
    keep = jax.random.bernoulli(key, 0.9, x.shape) if training else jnp.ones(x.shape)
    state = {"mean": 0.5 * state["mean"] + 0.5 * jnp.mean(x), "steps": state["steps"] + 1}
    error = keep * (params["w"] * (x - mean) + params["b"] - y)
    return jnp.mean(error**2), (state, {"error": jnp.mean(jnp.abs(error)), "near": jnp.mean(jnp.abs(error) < 0.5)})


def line(data=DATA, **options):
    flags = {"has_state": True, "has_aux": True} | options
    return Problem.from_loss(normalised, begin, data, validation=(X[:5], 3 * X[:5]), **flags)


def test_a_model_with_a_state_is_trained_and_validation_takes_the_last_one_without_change():
    problem = line()
    done = solve(problem, sgd(0.2), jax.random.key(0), 60)
    assert done.state["steps"] == 60
    np.testing.assert_allclose(done.state["mean"], X.mean(), rtol=1e-5)
    fit = done.params["w"] * (X[:5] - done.state["mean"]) + done.params["b"]
    held = problem.validate(done.params, done.state, jax.random.key(1))
    np.testing.assert_allclose(held, np.mean((fit - 3 * X[:5]) ** 2), rtol=1e-4)


def test_metrics_are_kept_by_name_in_steps_and_on_held_out_data():
    problem = line(test=DATA)
    done = solve(problem, sgd(0.2), jax.random.key(0), 60)
    assert {name: each.shape for name, each in done.metrics.items()} == {"error": (60,), "near": (60,)}
    assert done.metrics["error"][-1] < 0.1 * done.metrics["error"][0]
    found = problem.metrics(done.params, done.state, jax.random.key(1))
    assert list(found) == [f"{part} {name}" for part in ("validation", "test") for name in ("loss", "error", "near")]
    assert found["validation loss"] == problem.validate(done.params, done.state, jax.random.key(1))
    assert solve(Problem.from_loss(lambda w, x: w**2, lambda key: 1.0, X), sgd(0.1), jax.random.key(0), 2).metrics == {}


def test_a_stream_feeds_a_model_with_a_state_as_arrays_do():
    batches = [(X[:6], 3 * X[:6]), (X[6:], 3 * X[6:])]
    done = solve(line(batches), sgd(0.2), jax.random.key(0), 40)
    mean = 0.0
    for place in range(40):
        mean = 0.5 * mean + 0.5 * batches[place % 2][0].mean()
    np.testing.assert_allclose(done.state["mean"], mean, rtol=1e-5)
    assert done.state["steps"] == 40
    assert done.metrics["error"].shape == (40,)
    assert np.isfinite(auto(line(batches), sgd, steps=40, key=jax.random.key(0)).solution.values).all()


@pytest.mark.slow
@pytest.mark.parametrize("options", [{}, {"batch_size": 4}, {"batch_size": 5, "order": "epochs"}])
def test_all_of_tuning_takes_a_model_with_a_state(options):
    problem = line(**options)
    found = sweep(problem, sgd, rates=[0.05, 0.2], steps=60, seeds=2)
    assert found.best().validation < found.start.min()
    if not options:
        assert auto(problem, sgd, steps=100, key=jax.random.key(0)).solution.state["steps"] == 100
        assert tune(problem, adam, steps=60, rates=[0.1, 0.3], seeds=1).best().validation < 0.1
        lanes = jax.vmap(lambda rate: solve(problem, sgd(rate), jax.random.key(0), 5).state["steps"])(jnp.ones(3) / 9)
        assert lanes.tolist() == [5, 5, 5]
        slope = jax.grad(lambda rate: solve(problem, sgd(rate), jax.random.key(0), 5).params["w"])(0.1)
        assert slope > 0


def test_held_out_data_may_come_in_batches_that_do_not_divide_it():
    def loss(w, batch, key, training=True):
        return jnp.mean((w - batch) ** 2), {"mean": jnp.mean(batch)}

    def problem(size):
        return Problem.from_loss(loss, jnp.zeros_like, X, validation=X, has_aux=True, validation_batch_size=size)

    for size in (1, 3, 5, 12, 50):
        held = problem(size).metrics(jnp.ones(()), (), jax.random.key(0))
        np.testing.assert_allclose(held["validation loss"], np.mean((1 - X) ** 2), rtol=1e-6)
        np.testing.assert_allclose(held["validation mean"], X.mean(), rtol=1e-6)
    with pytest.raises(ValueError, match="Problem.from_loss: validation_batch_size must be a whole number >= 1, got 0"):
        problem(0)
    with pytest.raises(ValueError, match=r"validation must have one length along the first axis, got \[11, 12\]"):
        Problem.from_loss(loss, jnp.zeros_like, X, validation=(X, X[1:]), validation_batch_size=2)


def test_an_init_that_gives_no_state_is_refused():
    lacking = Problem.from_loss(normalised, lambda key: {"w": 0.0}, DATA, has_state=True)
    message = r"^Problem.from_loss: init must return \(params, state\) for has_state=True, got \{'w': 0.0\}"
    with pytest.raises(ValueError, match=message):
        lacking.init(jax.random.key(0))


def test_a_target_network_and_an_empty_state_go_through_streams_and_sweeps():
    def loss(w, target, batch):
        return jnp.mean((w * batch - 0.5 * target["w"] * batch - 1) ** 2), {"w": 0.9 * target["w"] + 0.1 * w}

    def two(key):
        w = jnp.ones(())
        return w, {"w": w}

    found = sweep(Problem.from_loss(loss, two, X, has_state=True), sgd, rates=[0.1, 0.3], steps=9, seeds=1)
    assert np.isfinite(found.validation).all()
    plain = Problem.from_loss(
        lambda w, state, batch: (jnp.mean((w - batch) ** 2), state), lambda key: (1.0, {}), [X, X], has_state=True
    )
    assert solve(plain, sgd(0.1), jax.random.key(0), 3).state == {}
