"""Tests of `sharpness_aware`."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from laws import ValueLaws

from lropt_jax import learning_rate
from lropt_jax.optimizers import adam, sgd
from lropt_jax.schedules import linear
from lropt_jax.wrappers import sharpness_aware


class TestLaws(ValueLaws):
    """Laws of values; the updates need a function, which the laws of wrappers do not give."""

    specimen = sharpness_aware(adam(0.1), rho=0.1)


def loss(params):
    return jnp.sum(jnp.cosh(params["w"])) + jnp.sum(params["w"]) * jnp.sum(params["b"] ** 3)


PARAMS = {"w": jnp.array([0.5, -1.0]), "b": jnp.array([0.3])}


def test_it_is_the_paper_and_sam_of_optax_with_its_function():
    ours = sharpness_aware(sgd(linear(0.1, 10)), rho=0.2)
    theirs = optax.contrib.sam(
        optax.sgd(optax.linear_schedule(0.1, 0, 10)),
        optax.chain(optax.contrib.normalize(), optax.sgd(0.2)),
        sync_period=2,
        opaque_mode=True,
    )
    one, two, states = PARAMS, PARAMS, [ours.init(PARAMS), theirs.init(PARAMS)]
    gradient = jax.grad(loss)
    for step in range(5):
        updates, states[0] = ours.update(gradient(one), states[0], one, gradient=gradient)
        one = optax.apply_updates(one, updates)
        updates, states[1] = theirs.update(gradient(two), states[1], two, grad_fn=lambda params, _: gradient(params))
        two = optax.apply_updates(two, updates)
        jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-5), one, two)
        assert learning_rate(states[0]) == linear(0.1, 10)(step)


def test_without_reach_and_without_gradients_it_is_the_optimizer():
    for rho, grads in ((0.0, PARAMS), (0.1, jax.tree.map(jnp.zeros_like, PARAMS))):
        tx = sharpness_aware(adam(0.1), rho=rho)
        updates, _ = jax.jit(lambda p, tx=tx, g=grads: tx.update(g, tx.init(p), p, gradient=lambda p: g))(PARAMS)
        alone, _ = adam(0.1).update(grads, adam(0.1).init(PARAMS), PARAMS)
        jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-6), updates, alone)


def test_it_does_not_settle_in_a_pit_narrower_than_its_reach():
    def pit(x):
        return -jnp.exp(-((x + 1) ** 2) / 0.02) - jnp.exp(-((x - 1) ** 2) / 2)

    def run(tx):
        gradient = jax.grad(pit)

        def body(carry, _):
            x, state = carry
            updates, state = tx.update(gradient(x), state, x, gradient=gradient)
            return (x + updates, state), None

        start = jnp.array(-0.9)
        return jax.lax.scan(body, (start, tx.init(start)), length=1000)[0][0]

    assert run(sgd(0.01)) == pytest.approx(-1, abs=0.01)
    assert run(sharpness_aware(sgd(0.01), rho=0.3)) > -0.75


def test_what_it_needs_is_asked_for():
    with pytest.raises(ValueError, match="sharpness_aware: rho must be finite and >= 0, got -1"):
        sharpness_aware(sgd(0.1), rho=-1)
    with pytest.raises(TypeError, match="sharpness_aware: optimizer must be a gradient transformation, got 0.1"):
        sharpness_aware(0.1)
    tx = sharpness_aware(sgd(0.1))
    with pytest.raises(ValueError, match="sharpness_aware: update needs gradient, a function of the parameters"):
        tx.update(PARAMS, tx.init(PARAMS), PARAMS)
    with pytest.raises(ValueError, match="sharpness_aware: update needs params"):
        tx.update(PARAMS, tx.init(PARAMS))
