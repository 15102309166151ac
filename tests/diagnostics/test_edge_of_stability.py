"""What the papers found, found again: the edge of stability, Adam's edge and the catapult."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lropt_jax.diagnostics import limit, scale_of, sharpness
from lropt_jax.optimizers import adam, sgd

POINTS = jnp.linspace(-1, 1, 20)
CHEBYSHEV = 4 * POINTS**3 - 3 * POINTS  # of degree 3


def fit(params):
    """The loss of a small tanh network that fits a Chebyshev polynomial (arXiv:2103.00065, appendix)."""
    hidden = jnp.tanh(POINTS[:, None] * params["w1"] + params["b1"])
    return jnp.mean((hidden @ params["w2"] + params["b2"] - CHEBYSHEV) ** 2) / 2


def network(width=50):
    first, second = jax.random.split(jax.random.key(0))
    return {
        "w1": jax.random.normal(first, (width,)), "b1": jnp.zeros(width),
        "w2": jax.random.normal(second, (width,)) / np.sqrt(width), "b2": jnp.zeros(()),
    }  # fmt: skip


def ratios(tx, blocks, every=100):
    """Sharpness over the optimizer's limit after each block of full-batch steps, in its own scale; and the loss."""

    def step(held, _):
        params, state = held
        value, grads = jax.value_and_grad(fit)(params)
        updates, state = tx.update(grads, state, params)
        return (jax.tree.map(jnp.add, params, updates), state), value

    def block(held, _):
        params, state, vector = held
        (params, state), values = jax.lax.scan(step, (params, state), length=every)
        found = sharpness(fit, params, scale=scale_of(tx, state, params), vector=vector)
        return (params, state, found.vector), (found.value / limit(tx, state), values)

    params = network()
    start = params, tx.init(params), jax.tree.map(jnp.zeros_like, params)
    _, (found, values) = jax.jit(lambda start: jax.lax.scan(block, start, length=blocks))(start)
    return np.asarray(found), np.asarray(values).ravel()


def test_gradient_descent_trains_at_the_edge_of_stability():
    found, values = ratios(sgd(0.2), 60)
    assert found[0] < 0.93  # it begins flatter: the sharpness rises by itself
    np.testing.assert_allclose(found[20:].mean(), 1, atol=0.05)
    np.testing.assert_allclose(found[30:], 1, atol=0.05)
    assert np.mean(np.diff(values[2000:]) > 0) > 0.3  # the loss rises at many steps
    assert values[4000:].mean() < values[:200].mean()


def test_adam_trains_at_its_adaptive_edge():
    found, _ = ratios(adam(0.01, eps=1e-7), 40)
    np.testing.assert_allclose(found[20:].mean(), 1, atol=0.1)


@pytest.mark.slow
@pytest.mark.parametrize(("tx", "atol"), [
    (sgd(0.2), 0.05), (sgd(0.2, momentum=0.5), 0.05), (sgd(0.1, momentum=0.5, nesterov=True), 0.05),
    (adam(1e-3, eps=1e-7), 0.1), (adam(3e-3, eps=1e-7), 0.1),
], ids=str)  # fmt: skip
def test_long_runs_stay_at_the_edge(tx, atol):
    found, _ = ratios(tx, 200)
    np.testing.assert_allclose(found[100:].mean(), 1, atol=atol)


def catapult(product, width=4096, steps=600):
    """Two linear layers, `f = u . v / sqrt(n)`, loss `f^2 / 2`, one example (arXiv:2003.02218, section 2).

    Gives the losses, and rate times sharpness at the start and at the end.
    """

    def loss(params):
        return jnp.dot(params["u"], params["v"]) ** 2 / width / 2

    keys = jax.random.split(jax.random.key(1))
    params = {name: jax.random.normal(key, (width,)) for name, key in zip("uv", keys, strict=True)}
    rate = product / sharpness(loss, params).value
    tx = sgd(rate)

    def step(held, _):
        params, state = held
        value, grads = jax.value_and_grad(loss)(params)
        updates, state = tx.update(grads, state, params)
        return (jax.tree.map(jnp.add, params, updates), state), value

    (after, _), values = jax.lax.scan(step, (params, tx.init(params)), length=steps)
    return values, rate * sharpness(loss, after).value


def test_the_catapult_window_is_two_to_four():
    products = jnp.array([1.0, 1.95, 2.05, 3.0, 3.95, 4.05, 5.0])
    values, at_the_end = map(np.asarray, jax.jit(jax.vmap(catapult))(products))
    rises = ~(values.max(1) <= 1.5 * values[:, 0])  # NaN too
    assert rises.tolist() == [False, False, True, True, True, True, True]
    assert (values[:, -1] < 1e-6).tolist() == [True, True, True, True, True, False, False]
    assert np.all(at_the_end[2:5] < 2)  # it came down to where the rate is stable
    np.testing.assert_allclose(at_the_end[:2], products[:2], rtol=0.01)
