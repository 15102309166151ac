"""Tests of the network that plays where nobody gives another."""

import jax
import jax.numpy as jnp
import numpy as np

from lropt_jax.problems.perceptrons import perceptrons


def test_actor_and_critic_are_apart_and_the_first_policy_is_even():
    init, apply = perceptrons(3)
    params = jax.jit(init)(jax.random.key(0), {"a": jnp.zeros(2), "b": jnp.zeros((2, 2))})
    assert set(params) == {"actor", "critic"}
    logits, value = apply(params, {"a": jnp.ones(2), "b": jnp.arange(4).reshape(2, 2)})
    assert (logits.shape, value.shape) == ((3,), ())
    np.testing.assert_allclose(jax.nn.softmax(logits), 1 / 3, atol=0.02)
    kernel = params["actor"][1]["kernel"]
    np.testing.assert_allclose(kernel @ kernel.T, 2 * np.eye(64), atol=1e-4)
