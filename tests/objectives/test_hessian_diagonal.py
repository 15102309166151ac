"""Tests of the estimates of a Hessian's diagonal."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lropt_jax.objectives import gauss_newton_bartlett, hutchinson

KEYS = jax.random.split(jax.random.key(0), 4000)
INPUTS = jnp.asarray(np.random.default_rng(0).normal(size=(6, 2)), jnp.float32)
WEIGHTS = {"w": jnp.asarray(np.random.default_rng(1).normal(size=(2, 3)), jnp.float32), "b": jnp.zeros(3)}


def logits(params):
    return INPUTS @ params["w"] + params["b"]


def loss(params):
    return jnp.mean(jax.nn.logsumexp(logits(params), -1) - logits(params)[:, 0])


def close_to_the_mean(estimates, exact):
    """Within four standard errors of the mean, in every coordinate."""
    error = jnp.std(estimates, 0) / np.sqrt(len(estimates))
    assert np.all(np.abs(jnp.mean(estimates, 0) - exact) < 4 * error + 1e-6)


def exact(params):
    """The diagonal of the Hessian of the mean cross-entropy of a linear model, where it is the Gauss-Newton matrix."""
    share = jax.nn.softmax(logits(params))
    return {"w": (INPUTS**2).T @ (share * (1 - share)) / 6, "b": jnp.mean(share * (1 - share), 0)}


@pytest.mark.parametrize(("estimate", "function"), [(hutchinson, loss), (gauss_newton_bartlett, logits)])
def test_the_mean_of_the_estimates_is_the_diagonal(estimate, function):
    found = jax.jit(jax.vmap(lambda key: estimate(function, WEIGHTS, key)))(KEYS)
    jax.tree.map(close_to_the_mean, found, exact(WEIGHTS))


def test_of_a_diagonal_hessian_one_product_is_exact_also_where_it_curves_down():
    curvatures = jnp.array([3.0, -2.0, 0.0])
    found = hutchinson(lambda x: jnp.sum(curvatures * x**2) / 2, jnp.ones(3), jax.random.key(3))
    np.testing.assert_allclose(found, curvatures)


def test_predictions_on_several_axes_count_as_so_many():
    def of_sequences(params):
        return logits(params).reshape(2, 3, 3)

    key = jax.random.key(0)
    one = gauss_newton_bartlett(of_sequences, WEIGHTS, key)
    jax.tree.map(np.testing.assert_allclose, one, gauss_newton_bartlett(logits, WEIGHTS, key))


def test_leaves_without_gradients_stay_out():
    params = {"x": jnp.ones(2), "steps": jnp.arange(3), "name": None}
    found = hutchinson(lambda p: jnp.sum(p["x"] ** 2), params, jax.random.key(0))
    np.testing.assert_allclose(found["x"], 2)
    assert found["steps"] is None


def test_bf16_parameters_give_float32_estimates():
    found = hutchinson(lambda x: jnp.sum(x**2), jnp.ones(2, jnp.bfloat16), jax.random.key(0))
    assert found.dtype == jnp.float32


def test_what_is_no_loss_or_gives_no_logits_is_refused():
    key = jax.random.key(0)
    with pytest.raises(ValueError, match="hutchinson: loss must return a float of shape \\(\\), got float32\\[2\\]"):
        hutchinson(lambda x: x, jnp.ones(2), key)
    with pytest.raises(ValueError, match="gauss_newton_bartlett: logits must return an array of shape"):
        gauss_newton_bartlett(jnp.sum, jnp.ones(2), key)
    with pytest.raises(ValueError, match="hutchinson: params must have at least one leaf of floats"):
        hutchinson(lambda x: 1.0, {"a": None}, key)
