"""Tests of `orthogonal`."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from golden_values import optimizer_cases
from laws import WrapperLaws
from osc_peer import assert_osc
from trajectories import START, noisy, trajectory

from lropt_jax.optimizers import adam, sgd
from lropt_jax.wrappers import orthogonal


class TestLaws(WrapperLaws):
    specimen = orthogonal(adam(0.1))


def test_it_is_the_paper():
    x, mu, nu = START.copy(), np.zeros(4), np.zeros(4)
    for t in range(1, 201):
        g = noisy(x, t - 1)
        rest = g - x @ g / (x @ x) * x
        g = rest * np.linalg.norm(g) / np.linalg.norm(rest)
        mu, nu = 0.9 * mu + 0.1 * g, 0.999 * nu + 0.001 * g**2
        x = x - 0.05 * (mu / (1 - 0.9**t)) / (np.sqrt(nu / (1 - 0.999**t)) + 1e-8)
    np.testing.assert_allclose(trajectory(orthogonal(adam(0.05)), START, noisy, 200)[-1], x, atol=1e-9)


def test_it_is_pytorch_optimizers_orthograd():
    """Whose vector, which begins with a 0 of both gradient and parameter, has the same rest."""
    case = optimizer_cases("OrthoGrad", "pytorch_optimizer")["sgd"]
    assert_osc(orthogonal(sgd(0.05, momentum=0.9)), case)


def test_every_gradient_is_orthogonal_and_as_long_as_before():
    params = {"w": jnp.arange(6.0).reshape(2, 3), "z": jnp.array([1 + 2j, 3j]), "tiny": jnp.full(3, 1e-30)}
    grads = {"w": jnp.ones((2, 3)), "z": jnp.array([1 + 1j, 2 - 1j]), "tiny": jnp.array([1e-30, 0, 2e-30])}
    updates, _ = orthogonal(sgd(1.0)).update(grads, orthogonal(sgd(1.0)).init(params), params)
    for name, update in updates.items():
        size = np.linalg.norm(np.asarray(grads[name], complex))
        np.testing.assert_allclose(np.linalg.norm(np.asarray(update, complex)), size, rtol=1e-5)
        assert abs(np.vdot(params[name] / np.linalg.norm(np.asarray(params[name], complex)), update).real) < 1e-5 * size


def test_what_has_no_orthogonal_part_stands_still_and_a_single_number_and_zeros_move():
    params = {"along": jnp.array([3.0, 4.0]), "one": jnp.array([2.0]), "number": jnp.array(2.0), "zeros": jnp.zeros(2)}
    grads = {"along": 0.1 * params["along"], "one": jnp.ones(1), "number": jnp.array(1.0), "zeros": jnp.ones(2)}
    tx = orthogonal(sgd(1.0))
    updates, _ = tx.update(grads, tx.init(params), params)
    np.testing.assert_array_equal(updates["along"], 0)
    for name in ("one", "number", "zeros"):
        np.testing.assert_allclose(updates[name], -grads[name])


def test_what_is_not_finite_is_not_hidden():
    tx, params = orthogonal(sgd(1.0)), jnp.ones(2)
    for wrong in (jnp.nan, jnp.inf):
        updates, _ = tx.update(jnp.array([wrong, 1.0]), tx.init(params), params)
        assert not np.all(np.isfinite(updates))


def test_it_keeps_nothing_and_needs_params():
    params = jax.ShapeDtypeStruct((30, 50), jnp.float32)
    assert jax.eval_shape(orthogonal(adam(0.1)).init, params) == jax.eval_shape(adam(0.1).init, params)
    tx = orthogonal(optax.sgd(0.1))
    with pytest.raises(ValueError, match="orthogonal: update needs params; call tx.update"):
        tx.update(jnp.ones(2), tx.init(jnp.ones(2)))
