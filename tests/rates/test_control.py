"""Tests of `control`."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from laws import RateLaws, TransformLaws, x64

from lropt_jax import learning_rate
from lropt_jax.optimizers import adam, sgd
from lropt_jax.rates import Reading, control
from lropt_jax.schedules import linear, robbins_monro


class TestLaws(RateLaws):
    rate = control(linear(0.1, 50), target=2.0, schedule=robbins_monro(0.3, exponent=0.6), freeze_at=4)


class TestLawsOfTheUpdateRatio(TransformLaws):
    apart = False
    specimen = adam(control(0.01, target=1e-2, schedule=0.5, measure="update_ratio"))


def steered(rate, quantity, steps):
    """The rates of a sampler's loop, where `quantity(rate, step)` is measured."""
    number, state = rate.init(None)
    found = []
    for step in range(steps):
        number, state = rate.next(state, Reading(measured=quantity(number, step)))
        found.append(float(number))
    return np.array(found), state


@pytest.mark.parametrize("rises", [True, False])
@pytest.mark.parametrize("error", ["log", "linear"])
def test_it_is_robbins_and_monro_in_the_log_rate(rises, error):
    noise = np.random.default_rng(0).uniform(0.5, 2.0, size=200)
    quantity = lambda rate, step: noise[step] * (rate / (1 + rate) if rises else 1 / (1 + rate))  # noqa: E731
    log_rate, expected = np.log(0.3), []
    for step in range(200):
        q = quantity(np.exp(log_rate), step)
        missing = np.clip(np.log(0.4 / q) if error == "log" else 0.4 - q, -0.5, 0.5)
        log_rate += (1 if rises else -1) * 2 * (1 + step / 10) ** -0.7 * missing
        expected.append(np.exp(log_rate))
    gains = robbins_monro(2.0, 10, exponent=0.7)
    with x64():
        rate = control(0.3, target=0.4, rises=rises, error=error, schedule=gains, limit=0.5)
        found, state = steered(rate, lambda rate, step: quantity(float(rate), step), 200)
    np.testing.assert_allclose(found, expected, rtol=1e-10)
    assert state.measurements == 200


def test_it_finds_a_rate_five_decades_away_in_noise():
    noise = np.random.default_rng(1).normal(size=3000)
    for start in (1e-5, 1e5):
        rate = control(start, target=0.01)
        found, _ = jax.jit(lambda rate: steered_in_a_scan(rate, noise))(rate)
        np.testing.assert_allclose(np.mean(np.log(found[-1000:])), np.log(0.1), atol=0.1)


def steered_in_a_scan(rate, noise):
    """Rates, where the square of the rate is measured with noise."""

    def body(carry, z):
        number, state = rate.next(carry[1], Reading(measured=carry[0] ** 2 * jnp.exp(0.5 * z)))
        return (number, state), number

    (_, state), found = jax.lax.scan(body, rate.init(None), jnp.asarray(noise, jnp.float32))
    return found, state


def test_a_policy_is_kept_at_its_divergence():
    """Adam on the logits of a policy: the divergence of each update is measured after it, as in PPO."""
    wanted, pull = 1e-3, jnp.array([1.0, -2.0, 0.5, 0.0])

    def kl(old, new):
        before, after = jax.nn.log_softmax(old), jax.nn.log_softmax(new)
        return jnp.sum(jnp.exp(before) * (before - after))

    def body(carry, step):
        logits, state, measured = carry
        updates, state = tx.update(jnp.cos(0.1 * step + pull), state, logits, measured=measured)
        new = optax.apply_updates(logits, updates)
        return (new, state, kl(logits, new)), kl(logits, new)

    tx, logits = adam(control(3e-5, target=wanted, schedule=0.2)), jnp.zeros(4)
    first = (logits, tx.init(logits), jnp.float32(wanted))  # nothing is known before the first update
    (_, state, _), divergences = jax.jit(lambda: jax.lax.scan(body, first, jnp.arange(400)))()
    assert divergences[1] < wanted / 1e3
    np.testing.assert_allclose(np.exp(np.mean(np.log(divergences[-200:]))), wanted, rtol=0.1)
    assert state.rate.measurements == 400


@pytest.mark.parametrize("direction", [sgd, adam])
def test_updates_are_kept_in_proportion_to_the_parameters(direction):
    tx, params = direction(control(1.0, target=1e-3, schedule=0.5, measure="update_ratio")), {"w": jnp.ones((3, 4))}
    state = tx.init(params)
    for step in range(30):
        grads = jax.tree.map(lambda p, step=step: 50 * (p + jnp.sin(step)), params)
        updates, state = tx.update(grads, state, params)
        ratio = optax.tree.norm(updates) / optax.tree.norm(params)
    np.testing.assert_allclose(ratio, 1e-3, rtol=0.5)
    exact = direction(control(1.0, target=1e-3, schedule=1.0, limit=100.0, measure="update_ratio"))
    updates, _ = exact.update(grads, exact.init(params), params)
    np.testing.assert_allclose(optax.tree.norm(updates) / optax.tree.norm(params), 1e-3, rtol=1e-5)


def test_an_update_without_a_measurement_changes_nothing():
    tx, x = sgd(control(0.1, target=0.5)), jnp.ones(1)
    _, before = tx.update(x, tx.init(x), x, measured=0.3)
    _, after = tx.update(x, before, x)
    assert jax.tree.leaves(after.rate) == jax.tree.leaves(before.rate)
    assert learning_rate(after) == learning_rate(before)


def test_after_freezing_the_rate_stays_to_the_bit():
    found, state = steered(control(0.1, target=0.5, freeze_at=5), lambda rate, step: 0.1 + 0.01 * step, 50)
    assert len(set(found[:5])) == 5
    assert len(set(found[4:])) == 1
    assert state.measurements == 5


def test_nothing_measured_is_below_every_target():
    rate = control(0.1, target=0.5)
    for nothing in (0.0, -1.0):
        number, _ = rate.next(rate.init(None)[1], Reading(measured=nothing))
        np.testing.assert_allclose(number, 0.1 * np.e, rtol=1e-6)
    number, _ = control(0.1, target=0.5, error="linear").next(rate.init(None)[1], Reading(measured=0.0))
    np.testing.assert_allclose(number, 0.1 * np.exp(0.5), rtol=1e-6)


def test_nan_is_an_acceptance_of_zero_for_a_sampler():
    rate = control(0.1, target=0.574, rises=False, error="linear")
    number, state = rate.next(rate.init(None)[1], Reading(measured=jnp.nan))
    assert number == rate.next(rate.init(None)[1], Reading(measured=0.0))[0]
    np.testing.assert_allclose(number, 0.1 * np.exp(-0.574), rtol=1e-6)
    assert state.measurements == 1
    found, _ = steered(rate, lambda rate, step: jnp.nan if step == 3 else jnp.exp(-rate), 1000)
    np.testing.assert_allclose(found[-1], 0.555, rtol=2e-3)  # exp(-0.555) is 0.574


@pytest.mark.parametrize("how", [{}, {"rises": False}, {"error": "linear"}])
def test_nan_is_no_measurement_elsewhere(how):
    rate = control(0.1, target=0.5, **how)
    _, before = rate.next(rate.init(None)[1], Reading(measured=0.3))
    number, after = rate.next(before, Reading(measured=jnp.nan))
    assert after == before
    assert number == rate.next(before, Reading())[0]


def test_a_direction_that_is_not_finite_does_not_spoil_what_was_learned():
    tx, x = sgd(control(0.1, target=1e-3, measure="update_ratio")), jnp.ones(2)
    for bad in (jnp.nan, jnp.inf):
        _, state = tx.update(bad * x, tx.init(x), x)
        assert np.isfinite(learning_rate(state))
        assert np.isfinite(state.rate.log_scale)


def test_gradients_of_zero_have_no_update_ratio():
    tx, x = sgd(control(0.1, target=1e-3, measure="update_ratio")), jnp.ones(2)
    _, state = tx.update(0 * x, tx.init(x), x)
    assert learning_rate(state) == np.float32(0.1)
    assert state.rate.measurements == 0


def test_one_outlier_counts_for_no_more_than_the_limit():
    found, _ = steered(control(1.0, target=1.0, schedule=1.0, limit=0.1), lambda rate, step: 1e-30, 1)
    np.testing.assert_allclose(found, np.exp(0.1), rtol=1e-6)


def test_lanes_with_their_own_targets_share_a_program():
    targets = jnp.array([0.1, 0.2, 0.4])
    noise = np.zeros(200)
    last = jax.vmap(lambda target: steered_in_a_scan(control(1.0, target=target), noise)[0][-1])(targets)
    np.testing.assert_allclose(last, np.sqrt(targets), rtol=1e-3)


def test_bad_use_is_refused():
    for call, message in {
        lambda: control(0.0, target=1.0): "control: base must be finite and > 0, got 0.0",
        lambda: control(0.1, target=0.0): "control: target must be finite and > 0, got 0.0",
        lambda: control(0.1, target=1.0, error="squared"): "control: error must be one of log, linear, got 'squared'",
        lambda: control(0.1, target=1.0, measure="kl"): "control: measure must be one of update_ratio, got 'kl'",
        lambda: control(0.1, target=1.0, limit=0): "control: limit must be finite and > 0, got 0",
        lambda: control(0.1, target=1.0, schedule=-1.0): "control: schedule must be finite and >= 0, got -1.0",
        lambda: control(0.1, target=1.0, freeze_at=-1): "control: freeze_at must be a whole number >= 0, got -1",
    }.items():
        with pytest.raises(ValueError, match=message):
            call()
    tx = sgd(control(0.1, target=1e-3, measure="update_ratio"))
    with pytest.raises(ValueError, match="control: update needs params"):
        tx.update(jnp.ones(1), tx.init(jnp.ones(1)))
