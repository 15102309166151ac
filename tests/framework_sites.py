"""Places where people call an optimizer. Each makes two steps from `START` and gives the parameters after them."""

import functools
import pickle
import tempfile
from pathlib import Path

import jax
import jax.numpy as jnp
import optax
import pytest

START = {"bias": jnp.array([0.5, -1.0]), "kernel": jnp.array([[1.0, -2.0], [0.5, 2.5], [-0.7, 0.1]])}
SITES = {}


def site(function):
    SITES[function.__name__] = function
    return function


def gradients(params):
    return jax.tree.map(jnp.sin, params)


def loss(params):
    return -sum(jnp.sum(jnp.cos(leaf)) for leaf in jax.tree.leaves(params))


def step(tx, params, state):
    updates, state = tx.update(gradients(params), state, params)
    return optax.apply_updates(params, updates), state


def run(tx, between=lambda state: state, made=step):
    params, state = made(tx, START, tx.init(START))
    return made(tx, params, between(state))[0]


@site
def eager(tx):
    return run(tx)


@site
def jit_closed_over(tx):
    jitted = jax.jit(lambda params, state: step(tx, params, state))
    return run(tx, made=lambda tx, params, state: jitted(params, state))


@site
def jit_as_an_argument(tx):
    return run(tx, made=jax.jit(step))


@site
def donated(tx):
    made = jax.jit(step, donate_argnums=(1, 2))
    params = jax.tree.map(jnp.array, START)
    return functools.reduce(lambda at, _: made(tx, *at), range(2), (params, tx.init(params)))[0]


@site
def scanned(tx):
    carry = (START, tx.init(START))
    return jax.jit(lambda carry: jax.lax.scan(lambda at, _: (step(tx, *at), None), carry, length=2)[0][0])(carry)


@site
def vmapped(tx):
    lanes = jax.tree.map(lambda leaf: jnp.stack([leaf, 2 * leaf]), START)

    @jax.jit
    @jax.vmap
    def both(params):
        return step(tx, *step(tx, params, tx.init(params)))[0]

    return jax.tree.map(lambda leaf: leaf[0], both(lanes))


@site
def shaped(tx):
    """`eval_shape` of the start tells how the state looks after a step."""
    shapes = jax.eval_shape(tx.init, START)
    after = jax.eval_shape(lambda: step(tx, START, tx.init(START))[1])
    assert jax.tree.map(lambda leaf: (leaf.shape, leaf.dtype), (shapes, after)) == jax.tree.map(
        lambda leaf: (leaf.shape, leaf.dtype), (after, shapes)
    )
    return run(tx)


@site
def mapped_over(tx):
    return run(tx, between=lambda state: jax.tree.map(jnp.array, jax.device_get(state)))


@site
def pickled(tx):
    return run(pickle.loads(pickle.dumps(tx)), between=lambda state: pickle.loads(pickle.dumps(state)))


@site
def checkpointed(tx):
    ocp = pytest.importorskip("orbax.checkpoint", reason="orbax is not installed")

    def between(state):
        with tempfile.TemporaryDirectory() as folder, ocp.StandardCheckpointer() as checkpointer:
            checkpointer.save(Path(folder) / "state", state)
            checkpointer.wait_until_finished()
            return checkpointer.restore(Path(folder) / "state", jax.eval_shape(tx.init, START))

    return run(tx, between)


@site
def optax_chain(tx):
    return run(optax.chain(optax.identity(), tx, optax.scale(1.0)))


@site
def optax_multi_steps(tx):
    return run(optax.MultiSteps(tx, 1).gradient_transformation())


@site
def optax_inject_hyperparams(tx):
    return run(optax.inject_hyperparams(lambda share: optax.chain(tx, optax.scale(share)))(share=1.0))


@site
def optax_masked(tx):
    return run(optax.masked(tx, {"bias": True, "kernel": True}))


@site
def optax_partition(tx):
    return run(optax.partition({"all": tx, "none": optax.set_to_zero()}, {"bias": "all", "kernel": "all"}))


@site
def optax_apply_if_finite(tx):
    return run(optax.apply_if_finite(tx, 3))


@site
def linen_train_state(tx):
    train_state = pytest.importorskip("flax.training.train_state", reason="flax is not installed")
    state = train_state.TrainState.create(apply_fn=None, params=START, tx=tx)
    step = jax.jit(lambda state: state.apply_gradients(grads=gradients(state.params)))
    return step(step(state)).params


def nnx_and_model():
    nnx = pytest.importorskip("flax.nnx", reason="flax is not installed")

    class Model(nnx.Module):
        def __init__(self):
            self.bias, self.kernel = (nnx.Param(jnp.array(START[name])) for name in ("bias", "kernel"))

    return nnx, Model()


def nnx_step(nnx, model, optimizer):
    optimizer.update(model, nnx.grad(lambda model: loss(nnx.state(model, nnx.Param)))(model))


@site
def nnx_optimizer(tx):
    nnx, model = nnx_and_model()
    optimizer, made = nnx.Optimizer(model, tx, wrt=nnx.Param), nnx.jit(functools.partial(nnx_step, nnx))
    made(model, optimizer)
    made(model, optimizer)
    return nnx.to_pure_dict(nnx.state(model, nnx.Param))


@site
def nnx_split_and_merge(tx):
    nnx, model = nnx_and_model()
    definition, state = nnx.split((model, nnx.Optimizer(model, tx, wrt=nnx.Param)))

    @jax.jit
    def made(state):
        model, optimizer = nnx.merge(definition, state)
        nnx_step(nnx, model, optimizer)
        return nnx.split((model, optimizer))[1]

    model, _ = nnx.merge(definition, made(made(state)))
    return nnx.to_pure_dict(nnx.state(model, nnx.Param))


@site
def nnx_state_by_hand(tx):
    nnx, model = nnx_and_model()
    params = jax.tree.map(jnp.array, nnx.state(model, nnx.Param))
    made = jax.jit(functools.partial(step, tx))
    return nnx.to_pure_dict(made(*made(params, tx.init(params)))[0])
