"""Tests of `mars`."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from golden_values import optimizer_cases
from laws import ValueLaws, WrapperLaws, x64
from osc_peer import assert_osc
from trajectories import START, noisy, trajectory

from lropt_jax.optimizers import adam, adamw, lion, sgd
from lropt_jax.wrappers import mars


class TestLaws(WrapperLaws):
    specimen = mars(adam(0.1), gamma=0.1, b1=0.9, max_norm=2.0)


class TestLawsOfExact(ValueLaws):
    """Laws of values; the updates need a function, which the laws of wrappers do not give."""

    specimen = mars(adam(0.1), exact=True, max_norm=None)


def authors(start, steps, exact):
    """MARS-AdamW, whose first gradient is not corrected."""
    x, old, last, mu, nu = start.copy(), start.copy(), None, 0.0, 0.0
    for t in range(1, steps + 1):
        g = noisy(x, t - 1)
        before = noisy(old, t - 1) if exact else (g if last is None else last)
        c = g + 0.1 * 0.95 / 0.05 * (g - before)
        c = c / max(1.0, np.linalg.norm(c))
        old, last = x, g
        mu, nu = 0.95 * mu + 0.05 * c, 0.99 * nu + 0.01 * c**2
        x = x - 0.05 * ((mu / (1 - 0.95**t)) / (np.sqrt(nu / (1 - 0.99**t)) + 1e-8) + 0.1 * x)
    return x


TX = mars(adamw(0.05, b1=0.95, b2=0.99, weight_decay=0.1), gamma=0.1)


def test_it_is_the_paper():
    np.testing.assert_allclose(trajectory(TX, START, noisy, 200)[-1], authors(START, 200, False), atol=1e-10)


def test_it_is_the_paper_in_its_exact_form():
    with x64():
        tx, x = TX.replace(exact=True), jnp.asarray(START)
        state = tx.init(x)

        @jax.jit
        def step(x, state, noise, still):
            def gradient(at):
                return at * still + noise

            updates, state = tx.update(gradient(x), state, x, gradient=gradient)
            return x + updates, state

        for t in range(200):
            noise, still = noisy(np.zeros(4), t), np.array([1, 1, 1, float(t >= 3)])
            x, state = step(x, state, noise, still)
        np.testing.assert_allclose(x, authors(START, 200, True), atol=1e-10)


def test_a_full_exact_correction_takes_out_the_lag_and_the_other_form_takes_out_the_averaging():
    """How far the momentum is from the gradient without noise, in lengths of this."""
    noise = np.random.default_rng(0).normal(size=(400, 200))

    @jax.jit
    def error(tx):
        def body(carry, z):
            x, state = carry

            def gradient(at):
                return at * (1 + 0.5 * z)

            updates, state = tx.update(gradient(x), state, x, gradient=gradient)
            return (x + updates, state), jnp.linalg.norm(-updates / 0.01 - x) / jnp.linalg.norm(x)

        x = jnp.ones(200)
        return jnp.mean(jax.lax.scan(body, (x, tx.init(x)), noise)[1][100:])

    alone = sgd(0.01, momentum=0.95, dampening=0.95)
    default = error(mars(alone, max_norm=None))
    exact, approximate = (error(mars(alone, gamma=1.0, max_norm=None, exact=on)) for on in (True, False))
    np.testing.assert_allclose([error(alone), default], [0.354, 0.343], atol=0.002)
    np.testing.assert_allclose([exact, approximate], [0.5 * np.sqrt(0.05 / 1.95), 0.5], rtol=0.1)


def test_without_a_correction_it_clips_each_array():
    tx, params = mars(sgd(1.0), gamma=0.0), {"a": jnp.zeros(2), "b": jnp.zeros(2)}
    updates, _ = tx.update({"a": jnp.array([3.0, 4.0]), "b": jnp.array([0.3, 0.4])}, tx.init(params), params)
    np.testing.assert_allclose(updates["a"], [-0.6, -0.8], rtol=1e-6)
    np.testing.assert_allclose(updates["b"], [-0.3, -0.4], rtol=1e-6)


@pytest.mark.parametrize("name", ["adamw", "lion"])
def test_it_is_pytorch_optimizers_mars(name):
    """Of the matrix: the first gradient of the vector is so short that it tells how that is corrected, there from 0."""
    adam_like = mars(adamw(0.05, b1=0.95, b2=0.99, eps=1e-12, weight_decay=0.1))
    tx = adam_like if name == "adamw" else mars(lion(0.01, b1=0.95, b2=0.95), gamma=0.1)
    assert_osc(tx, optimizer_cases("MARS", "pytorch_optimizer")[name], arrays="W")


def test_its_memory_is_that_of_the_optimizer_and_one_gradient():
    params = jax.ShapeDtypeStruct((30, 50), jnp.bfloat16)
    for tx in (mars(adam(0.1)), mars(adam(0.1), exact=True)):
        state = jax.eval_shape(tx.init, params)
        assert state.previous.shape == (30, 50)
        assert state.previous.dtype == jnp.float32
        assert jax.tree.structure(state.inner) == jax.tree.structure(jax.eval_shape(adam(0.1).init, params))


def test_what_it_needs_is_asked_for():
    with pytest.raises(ValueError, match="mars: gamma must be finite and >= 0, got -1"):
        mars(sgd(0.1), gamma=-1)
    with pytest.raises(ValueError, match="mars: b1 must be in \\[0, 1\\), got 1"):
        mars(sgd(0.1), b1=1)
    tx, x = mars(sgd(0.1), exact=True), jnp.ones(2)
    with pytest.raises(ValueError, match="mars: update needs gradient, a function of the parameters, with exact=True"):
        tx.update(x, tx.init(x), x)
    with pytest.raises(ValueError, match="mars: update needs params"):
        tx.update(x, tx.init(x), gradient=lambda x: x)
    assert optax.tree.get(tx.init(x), "previous").shape == (2,)
