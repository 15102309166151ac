import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lropt_jax.optimizers import adam, sgd
from lropt_jax.problems import Problem, solve
from lropt_jax.rates import line_search
from lropt_jax.tuning import sweep

X = jnp.linspace(-1, 1, 8)
DATA = (X, jnp.tanh(2 * X))


def loss(model, batch):
    return jnp.mean((model["activation"](model["w"] * batch[0] * model["share"] + model["b"]) - batch[1]) ** 2)


def model(key):
    place = {"table": jnp.arange(3), "name": "line", "share": 0.5}
    return {"w": jax.random.normal(key, ()), "b": jnp.zeros(()), "activation": jnp.tanh, **place}


WHOLE = Problem.from_loss(loss, model, DATA, batch_size=4, validation=DATA)


@pytest.mark.parametrize("tx", [adam(0.1), sgd(line_search())], ids=str)
def test_a_whole_model_is_solved_as_its_arrays_are_and_comes_back(tx):
    def of_arrays(arrays, batch):
        return loss({"activation": jnp.tanh, "share": 0.5, **arrays}, batch)

    arrays = Problem.from_loss(of_arrays, lambda key: {n: model(key)[n] for n in "wb"}, DATA, batch_size=4)
    whole, part = (solve(each, tx, jax.random.key(0), steps=30, average_from=10) for each in (WHOLE, arrays))
    np.testing.assert_allclose(whole.values, part.values, rtol=1e-5)
    for found in (whole.params, whole.average):
        assert found["activation"] is jnp.tanh
        assert (found["name"], found["share"]) == ("line", 0.5)
        np.testing.assert_array_equal(found["table"], jnp.arange(3))
        assert jnp.isfinite(loss(found, DATA))


def test_a_whole_model_learns_from_a_stream():
    streamed = Problem.from_loss(loss, model, [DATA, DATA])
    assert loss(solve(streamed, adam(0.1), jax.random.key(0), steps=40).params, DATA) < 0.1


def test_a_whole_model_is_swept():
    found = sweep(WHOLE, [adam], steps=20, rates=[1e-4, 0.1], seeds=2)
    assert found.best().rate == pytest.approx(0.1)
