"""Tests of `momo`."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from laws import RateLaws, x64
from trajectories import START

from lropt_jax import learning_rate
from lropt_jax.optimizers import adam, adamw, decay, sgd
from lropt_jax.rates import momo
from lropt_jax.schedules import linear, piecewise


class TestLaws(RateLaws):
    moves_again = False  # not before its means have forgotten the gradient
    rate = momo(linear(0.5, 50), minimum=0.5, adapt_minimum=True, weight_decay=0.1)


def batch(x, step):
    """The loss of a noisy least-squares batch, never negative, and its gradient."""
    noise = np.random.default_rng(step)
    a, b = noise.normal(size=x.shape), 1 + noise.normal() / 4
    return (a @ x - b) ** 2 / 2, a * (a @ x - b)


def run(tx, steps, loss=batch):
    """The last parameters and state in float64, and the rates."""
    with x64():
        params = jnp.asarray(START)
        state, update, rates = tx.init(params), jax.jit(tx.update), []
        for step in range(steps):
            value, grads = loss(np.asarray(params), step)
            updates, state = update(jnp.asarray(grads), state, params, value=value)
            params = optax.apply_updates(params, updates)
            rates.append(getattr(state, "learning_rate", np.nan))
    return np.asarray(params), state, np.array(rates)


def paper(steps, base, adam=False, first=0.0, adapts=False, decay=0.0, corrected=False):
    """MoMo or MoMo-Adam, with proximal weight decay and, if it adapts, the estimate of the lower bound."""
    x, d, v, f_mean, gamma, least = START.copy(), np.zeros(4), np.zeros(4), 0.0, 0.0, first
    for k in range(1, steps + 1):
        f, g = batch(x, k - 1)
        b, rho = 0.9, 1 - 0.9**k if adam or corrected else 1.0
        if k == 1 and not (adam or corrected):
            d, f_mean, gamma = g, f, g @ x
        d, f_mean, gamma = b * d + (1 - b) * g, b * f_mean + (1 - b) * f, b * gamma + (1 - b) * (g @ x)
        v = 0.999 * v + 0.001 * g**2
        scale = 1e-8 + np.sqrt(v / (1 - 0.999**k)) if adam else np.ones(4)
        squared, shrink, alpha = d @ (d / scale), 1 + base(k - 1) * decay, base(k - 1)
        if adapts:
            cap = shrink * (f_mean - gamma) + d @ x
            if cap < shrink * rho * least:
                least = max(cap / (2 * shrink * rho), first)
        tau = min(alpha / rho, max(shrink * (f_mean - rho * least - gamma) + d @ x, 0) / squared)
        if adapts:
            least = max((f_mean + d @ x - gamma - tau * squared / 2) / rho, first)
        x = (x - tau * d / scale) / shrink
    return x, least


def fixed(number):
    return lambda step: number


FROM_THE_FIRST = {"momentum": 0.9, "dampening": piecewise((0.0, 0.9), (1,))}


@pytest.mark.parametrize("base", [1.0, 0.2])
@pytest.mark.parametrize("minimum", [0.0, 0.02])
def test_with_momentum_it_is_momo(base, minimum):
    tx = sgd(momo(base, minimum=minimum, bias_correction=False), **FROM_THE_FIRST)
    x, _, rates = run(tx, 200)
    np.testing.assert_allclose(x, paper(200, fixed(base), first=minimum)[0], atol=1e-10)
    assert np.any(rates < base)
    assert np.any(rates == base)


@pytest.mark.parametrize("base", [0.1, 0.5])
def test_with_adam_it_is_momo_adam(base):
    x, _, rates = run(adam(momo(base)), 200)
    np.testing.assert_allclose(x, paper(200, fixed(base), adam=True)[0], atol=1e-10)
    assert np.any(rates < base)


def test_with_momentum_from_zero_it_is_momo_with_bias_correction_but_for_the_first_largest_rates():
    """There the largest rate is `base / (1 - beta^t)`, as the direction is not corrected."""
    corrected = sgd(momo(lambda step: 0.1 / (1 - 0.9 ** (step + 1.0))), momentum=0.9, dampening=0.9)
    np.testing.assert_allclose(run(corrected, 200)[0], paper(200, fixed(0.1), corrected=True)[0], atol=1e-10)


def test_base_may_follow_a_schedule():
    falling = linear(0.5, 200)
    x, _, _ = run(adam(momo(falling)), 200)
    np.testing.assert_allclose(x, paper(200, lambda step: 0.5 * (1 - step / 200), adam=True)[0], atol=1e-10)


def test_the_lower_bound_rises_as_in_the_paper():
    tx = sgd(momo(1.0, adapt_minimum=True, bias_correction=False), **FROM_THE_FIRST)
    x, state, _ = run(tx, 200)
    expected, least = paper(200, fixed(1.0), adapts=True)
    np.testing.assert_allclose(x, expected, atol=1e-10)
    np.testing.assert_allclose(state.rate.minimum, least, atol=1e-10)
    x, state, _ = run(adam(momo(0.1, adapt_minimum=True)), 200)
    expected, least = paper(200, fixed(0.1), adam=True, adapts=True)
    np.testing.assert_allclose(x, expected, atol=1e-10)
    np.testing.assert_allclose(state.rate.minimum, least, atol=1e-10)


def test_with_its_share_of_the_decay_it_is_the_proximal_decay_of_the_paper_which_optax_has_not():
    w = 0.3
    rule = {"weight_decay": decay(0.5 * w / (1 + 0.5 * w), goes_with="nothing")}
    x, _, _ = run(adamw(momo(0.5, weight_decay=w, adapt_minimum=True), **rule), 200)
    expected, _ = paper(200, fixed(0.5), adam=True, decay=w, adapts=True)
    np.testing.assert_allclose(x, expected, atol=1e-10)
    theirs, _, _ = run(optax.contrib.momo_adam(0.5, weight_decay=w, adapt_lower_bound=True), 200)
    assert np.linalg.norm(theirs - expected) > 1e-3


def test_without_decay_it_is_optax_momo_and_momo_adam():
    ours = run(sgd(momo(0.5, bias_correction=False), **FROM_THE_FIRST), 100)[0]
    np.testing.assert_allclose(ours, run(optax.contrib.momo(0.5), 100)[0], atol=1e-10)
    ours = run(adam(momo(0.1)), 100)[0]
    np.testing.assert_allclose(ours, run(optax.contrib.momo_adam(0.1), 100)[0], atol=1e-10)


def test_without_loss_or_gradient_there_is_no_nan():
    x = jnp.ones(2)
    for rate in (momo(0.1), momo(0.1, adapt_minimum=True, bias_correction=False)):
        for tx in (adam(rate), sgd(rate, momentum=0.9)):
            updates, state = tx.update(jnp.zeros(2), tx.init(x), x, value=0.0)
            assert learning_rate(state) == 0
            np.testing.assert_array_equal(updates, np.zeros(2))


def test_a_model_below_the_minimum_gives_a_rate_of_zero():
    tx, x = adam(momo(0.1, minimum=5.0)), jnp.ones(2)
    assert learning_rate(tx.update(x, tx.init(x), x, value=4.0)[1]) == 0


def test_bad_use_is_refused():
    tx, x = adam(momo(0.1)), jnp.ones(2)
    with pytest.raises(ValueError, match=r"momo: update needs value; call tx.update\(grads, state, params, value="):
        tx.update(x, tx.init(x), x)
    with pytest.raises(ValueError, match=r"momo: update needs params; call tx.update\(grads, state, params\)"):
        tx.update(x, tx.init(x), value=1.0)
    with pytest.raises(ValueError, match="momo: beta must be in \\[0, 1\\), got 1.0"):
        momo(0.1, beta=1.0)
    with pytest.raises(ValueError, match="momo: base must be finite and >= 0, got -1"):
        momo(-1)
