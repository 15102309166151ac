"""Tests of the critical rate, against quadratics and against a fine grid."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lropt_jax.diagnostics import critical_rate
from lropt_jax.optimizers import adam

CURVES = np.random.default_rng(0).uniform(0.1, 10, 20)
X = jnp.asarray(np.random.default_rng(1).normal(size=20), jnp.float32)


def bowl(x):
    return 0.5 * jnp.sum(jnp.asarray(CURVES, jnp.float32) * x**2)


GRADIENT = jax.grad(bowl)(X)
EXACT = float(2 * GRADIENT @ GRADIENT / jnp.sum(CURVES * GRADIENT**2))


@jax.jit
def critical(rate, start=1.0):
    return critical_rate(bowl, X, -rate * GRADIENT, start=start, most=2.0**20)


@pytest.mark.parametrize("rate", [1e-5, 1e-3, 0.1, 1.0, 30.0, 1e5])
def test_on_a_quadratic_it_is_two_over_the_curvature_along_the_gradient(rate):
    np.testing.assert_allclose(critical(rate), EXACT / rate, rtol=1e-3)


def test_along_the_update_of_an_optimizer_it_is_where_the_loss_is_back():
    tx = adam(0.05)
    update, _ = tx.update(GRADIENT, tx.init(X), X)
    exact = -2 * float(GRADIENT @ update) / float(jnp.sum(CURVES * update**2))
    np.testing.assert_allclose(critical_rate(bowl, X, update), exact, rtol=1e-3)


def test_a_multiple_that_is_tried_first_may_be_the_critical_one():
    @jax.jit
    def found(curve):
        return critical_rate(lambda x: 0.5 * curve * x @ x, jnp.ones(3), -0.5 * curve * jnp.ones(3))

    for curve in (1.0, 4.0, 16.0):
        np.testing.assert_allclose(found(curve), 4 / curve, rtol=1e-3)


def test_on_a_loss_that_is_no_quadratic_it_is_the_first_place_where_the_loss_is_back():
    def loss(x):
        return jnp.sum(jnp.log1p(x**2)) + 0.05 * jnp.sum(x**4)

    x, update = jnp.array([1.0, 2.0]), jnp.array([-0.4, -0.7])
    places = np.linspace(0.01, 20, 20000)
    losses = jax.vmap(lambda place: loss(x + place * update))(jnp.asarray(places, jnp.float32))
    exact = places[np.argmax(np.asarray(losses) > loss(x))]
    np.testing.assert_allclose(critical_rate(loss, x, update), exact, rtol=0.01)


def test_it_takes_few_passes_and_fewer_with_a_good_start():
    passes = []

    def counted(x):
        jax.debug.callback(lambda: passes.append(1))
        return bowl(x)

    def used(**given):
        passes.clear()
        found = critical_rate(counted, X, -0.1 * GRADIENT, **given)
        jax.effects_barrier()
        np.testing.assert_allclose(found, EXACT / 0.1, rtol=1e-3)
        return len(passes)

    assert used() <= 6
    assert used(start=0.9 * EXACT / 0.1, value=bowl(X)) <= 4


def test_an_ascent_is_zero_a_slope_without_end_infinite_and_nothing_known_nan():
    for length in (1e-6, 1e-3, 1.0, 1e3):
        assert critical(-length) == 0
    assert critical_rate(lambda x: jnp.sum(x), X, -jnp.ones(20)) == np.inf
    assert critical_rate(bowl, X, jnp.zeros(20)) == np.inf
    assert critical(0.001 * EXACT / 2**19) == np.inf
    assert np.isnan(critical_rate(lambda x: jnp.nan * jnp.sum(x), X, -GRADIENT))


def test_a_loss_that_is_not_finite_is_raised():
    logarithm = critical_rate(lambda x: jnp.sum(jnp.log(x)), jnp.ones(3), -0.3 * jnp.ones(3))
    np.testing.assert_allclose(logarithm, 1 / 0.3, rtol=0.01)
    wall = critical_rate(lambda x: jnp.where(jnp.sum(x) < -5, jnp.inf, jnp.sum(x)), jnp.ones(3), -jnp.ones(3))
    np.testing.assert_allclose(wall, 8 / 3, rtol=0.01)


def test_it_works_under_vmap_and_leaves_other_leaves_alone():
    rates = jnp.array([0.01, 0.5, 5.0])
    np.testing.assert_allclose(jax.vmap(critical)(rates), EXACT / rates, rtol=1e-3)

    @jax.jit
    def of_model(w, update):
        model = {"w": w, "frozen": jnp.ones(2), "whole": jnp.arange(2), "act": jnp.tanh}
        update = {"w": update, "frozen": None, "whole": None, "act": None}
        return critical_rate(lambda m: jnp.sum(m["w"].astype(jnp.float32) ** 2), model, update)

    np.testing.assert_allclose(of_model(jnp.ones(3), -jnp.ones(3)), 2, rtol=1e-3)
    np.testing.assert_allclose(of_model(jnp.ones(3, jnp.bfloat16), -jnp.ones(3, jnp.bfloat16)), 2, rtol=0.02)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: critical_rate(lambda x, batch: 1.0, X, X), "value_fn must be a function of 1 argument, got"),
        (lambda: critical_rate(lambda x: x, X, X), r"value_fn must return a float of shape \(\), got"),
        (lambda: critical_rate(bowl, jnp.arange(3), X), "params must have at least one leaf of floats, got"),
        (lambda: critical_rate(bowl, X, X[:3]), r"update must have the shapes of params, \[\(20,\)\], got \[\(3,\)\]"),
        (lambda: critical_rate(bowl, X, {"a": X}), "update must be a tree like params"),
        (lambda: critical_rate(bowl, X, None), "update must be a tree like params"),
        (lambda: critical_rate(bowl, X, X, start=0), "start must be finite and > 0, got 0"),
        (lambda: critical_rate(bowl, X, X, most=0.5), "most must be finite and >= 1, got 0.5"),
        (lambda: critical_rate(bowl, X, X, value=X), r"value must have the shape \(\), got \(20,\)"),
    ],
)
def test_bad_arguments_are_refused(call, says):
    with pytest.raises(ValueError, match=f"^critical_rate: {says}"):
        call()
