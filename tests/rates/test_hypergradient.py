"""Tests of `hypergradient`."""

import jax.numpy as jnp
import numpy as np
import pytest
from laws import RateLaws
from trajectories import START, noisy, trajectory

from lropt_jax import learning_rate
from lropt_jax.optimizers import adam, sgd
from lropt_jax.rates import hypergradient
from lropt_jax.schedules import linear


class TestLaws(RateLaws):
    rate = hypergradient(linear(0.1, 50), beta=0.1, max_change=0.05)


def test_it_is_sgd_hd_of_the_paper():
    x, rate, last = START.copy(), 0.01, np.zeros(4)
    for step in range(200):
        g = noisy(x, step)
        rate = rate + 1e-4 * (g @ last)
        x, last = x - rate * g, g
    tx = sgd(hypergradient(0.01, beta=1e-4, form="additive"))
    np.testing.assert_allclose(trajectory(tx, START, noisy, 200)[-1], x, atol=1e-10)


def test_it_is_sgd_hd_with_nesterovs_momentum_of_the_paper():
    x, rate, last, v = START.copy(), 0.01, np.zeros(4), np.zeros(4)
    for step in range(200):
        g = noisy(x, step)
        rate = rate + 1e-5 * (g @ last)
        v = 0.9 * v + g
        last = g + 0.9 * v
        x = x - rate * last
    tx = sgd(hypergradient(0.01, beta=1e-5, form="additive"), momentum=0.9, nesterov=True)
    np.testing.assert_allclose(trajectory(tx, START, noisy, 200)[-1], x, atol=1e-10)


def test_it_is_adam_hd_of_the_paper():
    x, rate, last, m, v = START.copy(), 0.01, np.zeros(4), np.zeros(4), np.zeros(4)
    for step in range(200):
        g = noisy(x, step)
        rate = rate + 1e-4 * (g @ last)
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
        last = m / (1 - 0.9 ** (step + 1)) / (np.sqrt(v / (1 - 0.999 ** (step + 1))) + 1e-8)
        x = x - rate * last
    tx = adam(hypergradient(0.01, beta=1e-4, form="additive"))
    np.testing.assert_allclose(trajectory(tx, START, noisy, 200)[-1], x, atol=1e-10)


def test_it_is_the_multiplicative_rule_and_follows_a_schedule():
    x, scale, last = START.copy(), 1.0, np.zeros(4)
    for step in range(200):
        g = noisy(x, step)
        cosine = g @ last / (np.linalg.norm(g) * np.linalg.norm(last)) if step else 0.0
        scale *= 1 + 0.05 * cosine
        x, last = x - scale * 0.1 * (1 - step / 200) * g, g
    tx = sgd(hypergradient(linear(0.1, 200), beta=0.05))
    np.testing.assert_allclose(trajectory(tx, START, noisy, 200)[-1], x, atol=1e-10)


def rates(rate, gradients):
    tx, x = sgd(rate), jnp.ones(2)
    state, found = tx.init(x), []
    for gradient in gradients:
        _, state = tx.update(gradient, state, x)
        found.append(float(learning_rate(state)))
    return found


def test_the_multiplicative_rule_ignores_the_scale_of_the_loss_and_the_additive_does_not():
    gradients = [jnp.array([1.0, 2.0]), jnp.array([1.0, 1.0]), jnp.array([-1.0, 0.5])]
    smaller = [1e-3 * g for g in gradients]
    one, two = (rates(hypergradient(0.1, beta=0.1), given) for given in (gradients, smaller))
    np.testing.assert_allclose(one, two, rtol=1e-5)
    one, two = (rates(hypergradient(0.1, beta=0.1, form="additive"), given) for given in (gradients, smaller))
    assert one[-1] > 2 * two[-1]


def test_the_change_of_a_step_is_limited_and_the_rate_is_never_negative():
    x = jnp.array([10.0, 10.0])
    limited = rates(hypergradient(0.1, beta=1.0, form="additive", max_change=0.1), [x, x, -x, -x])
    np.testing.assert_allclose(limited, [0.1, 0.11, 0.099, 0.1089], rtol=1e-5)
    assert rates(hypergradient(0.1, beta=1.0, form="additive"), [x, -x]) == [np.float32(0.1), 0]


def test_the_state_shares_no_array_with_parameters_that_are_their_own_gradients():
    tx, x = sgd(hypergradient(0.1, beta=0.1)), jnp.ones(2)
    _, state = tx.update(x, tx.init(x), x)
    assert state.rate.direction.unsafe_buffer_pointer() != x.unsafe_buffer_pointer()


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="hypergradient: form must be one of multiplicative, additive, got 'log'"):
        hypergradient(0.1, beta=0.1, form="log")
    with pytest.raises(ValueError, match="hypergradient: beta must be in \\[0, 1\\), got 1.5"):
        hypergradient(0.1, beta=1.5)
    with pytest.raises(ValueError, match="hypergradient: base must be finite and >= 0, got -1"):
        hypergradient(-1, beta=0.1)
    with pytest.raises(ValueError, match="hypergradient: max_change must be in \\(0, 1\\), got 2"):
        hypergradient(0.1, beta=0.1, max_change=2)
