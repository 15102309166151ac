"""Tests of the network that plays where nobody gives another."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lropt_jax.problems.decisions.perceptrons import perceptrons

INIT, APPLY = perceptrons(3)
SEEN = {"a": jnp.zeros(2), "b": jnp.ones((2, 2))}


def test_actor_and_critic_are_apart_and_observations_may_be_trees():
    shapes = jax.eval_shape(INIT, jax.random.key(0), SEEN)
    assert set(shapes) == {"actor", "critic"}
    assert [layer["kernel"].shape for layer in shapes["actor"]] == [(6, 64), (64, 64), (64, 3)]
    logits, value = jax.eval_shape(APPLY, shapes, SEEN)
    assert (logits.shape, value.shape) == ((3,), ())


@pytest.mark.slow
def test_kernels_are_orthogonal_and_the_first_policy_is_even():
    params = jax.jit(INIT)(jax.random.key(0), SEEN)
    np.testing.assert_allclose(jax.nn.softmax(APPLY(params, SEEN)[0]), 1 / 3, atol=0.02)
    kernel = params["actor"][1]["kernel"]
    np.testing.assert_allclose(kernel @ kernel.T, 2 * np.eye(64), atol=1e-4)
