"""Tests of the sharpness against eigenvalues by NumPy in float64."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lropt_jax.diagnostics import sharpness

ROTATION, _ = np.linalg.qr(np.random.default_rng(0).normal(size=(60, 60)))
VALUES = np.concatenate([[-9.0, -5.0], np.linspace(-1, 1, 54), [1.5, 2.0, 3.0, 5.0]])
HESSIAN = jnp.asarray((ROTATION * VALUES) @ ROTATION.T, jnp.float32)


def flat(params):
    return jnp.concatenate([params["a"], params["b"].ravel()])


def bowl(params):
    return 0.5 * flat(params) @ HESSIAN @ flat(params)


PARAMS = {"a": jnp.ones(20), "b": jnp.ones((5, 8))}


def tree_of(vector):
    return {"a": jnp.asarray(vector[:20], jnp.float32), "b": jnp.asarray(vector[20:], jnp.float32).reshape(5, 8)}


def test_it_is_the_largest_eigenvalue_and_not_the_largest_in_absolute_value():
    found = sharpness(bowl, PARAMS, steps=25)
    np.testing.assert_allclose(found.value, 5, rtol=1e-4)
    np.testing.assert_allclose(abs(np.asarray(flat(found.vector)) @ ROTATION[:, -1]), 1, rtol=1e-3)
    assert found.residual < 0.05
    image = HESSIAN @ flat(found.vector)
    np.testing.assert_allclose(found.residual, np.linalg.norm(image - found.value * flat(found.vector)), atol=1e-5)


def test_a_scale_gives_the_eigenvalues_of_the_preconditioned_hessian():
    scale = tree_of(np.linspace(0.2, 3, 60))
    found = sharpness(bowl, PARAMS, scale=scale, steps=25)
    exact = np.linalg.eigvals(np.asarray(flat(scale), np.float64)[:, None] * np.asarray(HESSIAN, np.float64)).real.max()
    np.testing.assert_allclose(found.value, exact, rtol=1e-4)
    ones = jax.tree.map(jnp.ones_like, PARAMS)
    assert sharpness(bowl, PARAMS, scale=ones, steps=3).value == sharpness(bowl, PARAMS, steps=3).value


@pytest.mark.slow
def test_a_warm_start_needs_few_steps_and_leaves_an_eigenvector_that_is_no_longer_the_first():
    def turning(share, vector, steps):
        def loss(params):
            x = flat(params)
            return 0.5 * (x @ HESSIAN @ x + share * jnp.sum(x[:3] ** 2))

        return sharpness(loss, PARAMS, vector=vector, steps=steps)

    before = turning(0.0, None, 25)
    exact = np.linalg.eigvalsh(np.asarray(HESSIAN, np.float64) + np.diag([0.5] * 3 + [0.0] * 57)).max()
    np.testing.assert_allclose(turning(0.5, before.vector, 4).value, exact, rtol=0.01)
    stuck = tree_of(ROTATION[:, -2])
    np.testing.assert_allclose(sharpness(bowl, PARAMS, vector=stuck, steps=1).value, 3, rtol=1e-4)
    np.testing.assert_allclose(sharpness(bowl, PARAMS, vector=stuck, steps=16).value, 5, rtol=0.01)


def test_in_a_scan_it_starts_from_zeros_and_survives_a_step_that_is_not_finite():
    def step(vector, factor):
        found = sharpness(lambda x: factor * jnp.sum(x**4), jnp.arange(3.0), vector=vector, steps=6)
        return found.vector, found.value

    factors = jnp.array([1.0, 2.0, jnp.nan, 3.0])
    _, values = jax.jit(lambda: jax.lax.scan(step, jnp.zeros(3), factors))()
    np.testing.assert_allclose(values[jnp.array([0, 1, 3])], [48, 96, 144], rtol=1e-3)
    assert np.isnan(values[2])


def test_it_works_under_vmap_at_any_magnitude():
    factors = jnp.array([1.0, -1.0, 1e-30, 1e30, 0.0])
    found = jax.vmap(lambda factor: sharpness(lambda x: factor * (x[0] ** 2 + 4 * x[1] ** 2), jnp.ones(2)).value)(
        factors
    )
    np.testing.assert_allclose(found, [8, -2, 8e-30, 8e30, 0], rtol=1e-4)


def test_its_gradient_is_that_of_the_eigenvalue():
    slope = jax.jit(jax.grad(lambda x: sharpness(lambda x: jnp.sum(x**4), x).value))(jnp.array([1.0, 2.0, 3.0]))
    np.testing.assert_allclose(slope, [0, 0, 72], atol=0.01)


def test_leaves_without_gradients_stay_and_narrow_and_complex_ones_count():
    def loss(model):
        narrow = jnp.sum(model["narrow"].astype(jnp.float32) ** 2)
        return model["act"](0.0) + jnp.sum(model["whole"]) + narrow + 2 * jnp.sum(jnp.abs(model["z"] ** 2))

    model = {
        "act": jnp.tanh, "whole": jnp.arange(3), "none": None,
        "narrow": jnp.ones(2, jnp.bfloat16), "z": jnp.ones(2, jnp.complex64),
    }  # fmt: skip
    found = sharpness(loss, model)
    np.testing.assert_allclose(found.value, 4, rtol=1e-3)
    assert found.vector["act"] is found.vector["whole"] is found.vector["none"] is None
    assert (found.vector["narrow"].dtype, found.vector["z"].dtype) == (jnp.float32, jnp.complex64)
    scale = {"act": None, "whole": jnp.ones(3), "none": None, "narrow": jnp.full(2, 4.0), "z": jnp.full(2, 0.1)}
    np.testing.assert_allclose(sharpness(loss, model, scale=scale).value, 8, rtol=1e-2)


def test_a_flat_loss_has_no_sharpness():
    assert sharpness(lambda x: 3.0, jnp.ones(3)).value == 0
    assert sharpness(lambda x: jnp.sum(x), 2.0).value == 0


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (
            lambda: sharpness(lambda x: x, jnp.ones(3)),
            r"loss must return a float of shape \(\), got float32\[3\]; take",
        ),
        (lambda: sharpness(lambda x: (x[0], 1), jnp.ones(3)), r"loss must return a number alone, got a tuple; give"),
        (lambda: sharpness(lambda x: None, jnp.ones(3)), "loss must return a number alone, got a NoneType"),
        (lambda: sharpness(lambda x, batch: x[0], jnp.ones(3)), "loss must be a function of 1 argument, got"),
        (lambda: sharpness(lambda: 1.0, jnp.ones(3)), "loss must be a function of 1 argument, got"),
        (lambda: sharpness(1.0, jnp.ones(3)), "loss must be a function, got 1.0"),
        (lambda: sharpness(lambda p: p["w"][0], {"b": jnp.ones(3)}), "loss must take params, .*, got KeyError: 'w'"),
        (lambda: sharpness(lambda x: 1.0, jnp.arange(3)), "params must have at least one leaf of floats, got"),
        (lambda: sharpness(lambda x: 1.0, None), "params must have at least one leaf of floats, got None"),
        (lambda: sharpness(bowl, PARAMS, steps=0), "steps must be a whole number >= 1, got 0"),
        (lambda: sharpness(bowl, PARAMS, steps=2.5), "steps must be a whole number >= 1, got 2.5"),
        (lambda: sharpness(bowl, PARAMS, scale={"a": jnp.ones(20)}), "scale must be a tree like params"),
        (lambda: sharpness(bowl, PARAMS, vector=jnp.ones(60)), "vector must be a tree like params"),
        (lambda: sharpness(bowl, PARAMS, vector={**PARAMS, "a": jnp.ones(3)}), "vector must have the shapes of params"),
    ],
)
def test_bad_arguments_are_refused(call, says):
    with pytest.raises(ValueError, match=f"^sharpness: {says}"):
        call()
