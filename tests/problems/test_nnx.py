"""Tests of models of Flax NNX."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

nnx = pytest.importorskip("flax.nnx")

from lropt_jax.optimizers import adam, sgd  # noqa: E402
from lropt_jax.problems import Problem, solve  # noqa: E402
from lropt_jax.tuning import auto, sweep  # noqa: E402

X = np.linspace(-1, 1, 16, dtype=np.float32)[:, None]
DATA = (X, np.abs(X))


class Net(nnx.Module):
    """Batch normalisation and dropout around a hidden layer."""

    def __init__(self, rngs):
        self.first, self.last = nnx.Linear(1, 8, rngs=rngs), nnx.Linear(8, 1, rngs=rngs)
        self.norm, self.drop = nnx.BatchNorm(8, rngs=rngs), nnx.Dropout(0.1, rngs=rngs)

    def __call__(self, x):
        return self.last(self.drop(nnx.relu(self.norm(self.first(x)))))


def loss(model, batch):
    error = model(batch[0]) - batch[1]
    return jnp.mean(error**2), {"error": jnp.mean(jnp.abs(error))}


def problem(**options):
    return Problem.from_nnx(Net, loss, DATA, has_aux=True, validation=DATA, **options)


def test_a_net_with_batch_normalisation_and_dropout_learns_and_is_judged_in_its_other_mode():
    done = solve(problem(), adam(0.05), jax.random.key(0), 60)
    assert done.values[-1] < 0.3 * done.values[0]
    assert done.state["drop"]["rngs"]["count"][...] == 60
    model = Net(nnx.Rngs(1))
    nnx.update(model, done.params, done.state)
    model.eval()
    held = problem().metrics(done.params, done.state, jax.random.key(1))
    np.testing.assert_allclose(held["validation loss"], loss(model, DATA)[0], rtol=1e-5)
    np.testing.assert_allclose(held["validation error"], loss(model, DATA)[1]["error"], rtol=1e-5)


@pytest.mark.slow
def test_it_goes_through_a_sweep_through_auto_and_through_epochs():
    found = sweep(problem(batch_size=6, order="epochs"), sgd, rates=[0.01, 0.1], steps=20, seeds=1)
    assert found.best().validation < found.start.min()
    streamed = Problem.from_nnx(Net, loss, [DATA, DATA], has_aux=True)
    done = auto(streamed, adam, steps=30, key=jax.random.key(0))
    assert done.solution.state["drop"]["rngs"]["count"][...] == 30


def test_errors_name_what_was_called():
    with pytest.raises(ValueError, match=r"^Problem.from_nnx: loss must return a scalar, got a tuple; say has_state"):
        solve(Problem.from_nnx(Net, loss, DATA), sgd(0.1), jax.random.key(0), 1)
