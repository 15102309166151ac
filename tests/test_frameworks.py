"""The frameworks that people train in take our optimizers as they take Optax's."""

import equinox as eqx
import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from flax import nnx
from flax.training.train_state import TrainState

from lropt_jax import learning_rate
from lropt_jax.optimizers import adam, adamw, sgd
from lropt_jax.schedules import cosine, linear, warmup

X = jnp.linspace(-1, 1, 24).reshape(8, 3)
Y = X @ jnp.array([1.0, -2.0, 0.5])


def loss(prediction):
    return jnp.mean((prediction.squeeze(-1) - Y) ** 2)


@pytest.mark.parametrize(
    "tx", [adam(0.1), adamw(warmup(cosine(0.1, 60), 5), weight_decay=1e-3), sgd(0.1, momentum=0.9)]
)
def test_flax_nnx(tx):
    def train(tx):
        model = nnx.Linear(3, 1, rngs=nnx.Rngs(0))
        optimizer = nnx.Optimizer(model, tx, wrt=nnx.Param)

        @nnx.jit
        def step(model, optimizer):
            optimizer.update(model, nnx.grad(lambda model: loss(model(X)))(model))

        for _ in range(60):
            step(model, optimizer)
        return loss(model(X))

    assert train(tx) < 0.1
    if tx == adam(0.1):
        np.testing.assert_allclose(train(tx), train(optax.adam(0.1)), rtol=1e-2)


def test_flax_linen_train_state():
    model, tx = nn.Dense(1), adam(linear(0.1, 60))
    state = TrainState.create(apply_fn=model.apply, params=model.init(jax.random.key(0), X), tx=tx)

    @jax.jit
    def step(state):
        return state.apply_gradients(grads=jax.grad(lambda params: loss(state.apply_fn(params, X)))(state.params))

    before = loss(model.apply(state.params, X))
    for _ in range(60):
        state = step(state)
    assert loss(model.apply(state.params, X)) < 0.2 * before
    assert learning_rate(state.opt_state) == tx.learning_rate(59)


def test_equinox():
    model, tx = eqx.nn.MLP(3, 1, 8, 1, key=jax.random.key(0)), adam(0.02)
    state = tx.init(eqx.filter(model, eqx.is_inexact_array))
    before = loss(jax.vmap(model)(X))

    @eqx.filter_jit
    def step(tx, model, state):
        gradient = eqx.filter_grad(lambda model: loss(jax.vmap(model)(X)))(model)
        updates, state = tx.update(gradient, state, eqx.filter(model, eqx.is_inexact_array))
        return eqx.apply_updates(model, updates), state

    for _ in range(100):
        model, state = step(tx, model, state)
    assert loss(jax.vmap(model)(X)) < 0.1 * before
