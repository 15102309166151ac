"""Tests of `schedule_free`."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from laws import LearningLaws, WrapperLaws, x64
from trajectories import START, noisy, trajectory

from lropt_jax import learning_rate
from lropt_jax.optimizers import adam, adamw, prodigy, rmsprop, sgd
from lropt_jax.schedules import linear, warmup
from lropt_jax.wrappers import averaged, master_weights, multiply, schedule_free


class TestLaws(LearningLaws, WrapperLaws):
    apart = True  # the rate is the same for all parameters
    specimen = schedule_free(adam(warmup(0.1, 2), b1=0.0), b1=0.8, r=0.5)


def path(tx, steps, start=START):
    """`y`, `z` and `x` after each update."""
    with x64():
        params = jnp.asarray(start)
        state, found, update = tx.init(params), [], jax.jit(tx.update)
        for step in range(steps):
            updates, state = update(jnp.asarray(noisy(np.asarray(params), step)), state, params)
            params = optax.apply_updates(params, updates)
            found.append([params, state.z, averaged(state)])
    return np.array(found).transpose(1, 0, 2)


def test_it_is_the_papers_adamw():
    rate, decay, b1, b2 = 0.05, 0.1, 0.9, 0.99
    x = z = y = START.copy()
    v, total = np.zeros(4), 0.0
    for t in range(1, 201):
        g = noisy(y, t - 1)
        v = b2 * v + (1 - b2) * g**2
        now = rate * min(1, t / 10)
        z = z - now * (g / (np.sqrt(v / (1 - b2**t)) + 1e-8) + decay * y)
        total += now**2
        x = (1 - now**2 / total) * x + now**2 / total * z
        y = (1 - b1) * z + b1 * x
    tx = schedule_free(adamw(warmup(rate, 10), b1=0.0, b2=b2, weight_decay=decay), b1=b1)
    np.testing.assert_allclose([p[-1] for p in path(tx, 200)], [y, z, x], atol=1e-10)
    slim = rmsprop(warmup(rate, 10), decay=b2, bias_correction=True)
    np.testing.assert_allclose(path(schedule_free(slim, weight_decay=decay), 200), path(tx, 200), atol=1e-10)


@pytest.mark.parametrize(("r", "power"), [(0.0, 0.0), (0.0, 2.0), (1.5, 0.0), (0.5, 0.5)])
def test_the_average_weighs_by_the_step_and_the_largest_rate_so_far(r, power):
    rates = warmup(linear(0.3, 30), 10)
    _, z, x = path(schedule_free(sgd(rates), b1=0.7, r=r, weight_power=power), 40)
    largest = np.maximum.accumulate(np.array(rates(np.arange(40)), np.float64))
    weights = np.arange(1, 41) ** r * largest**power
    means = np.cumsum(weights[:, None] * z, 0) / np.cumsum(weights)[:, None]
    np.testing.assert_allclose(x, means, atol=1e-6 if power else 1e-12)


def test_at_b1_zero_it_is_the_optimizer_with_its_plain_average():
    y, z, x = path(schedule_free(sgd(0.3), b1=0.0), 50)
    np.testing.assert_allclose(y, z, atol=1e-12)
    np.testing.assert_allclose(y, trajectory(sgd(0.3), START, noisy, 50)[1:], atol=1e-12)
    np.testing.assert_allclose(x, np.cumsum(z, 0) / np.arange(1, 51)[:, None], atol=1e-12)
    theirs = optax.contrib.schedule_free(optax.sgd(0.3), 0.3, b1=0.0)
    start = jnp.asarray(START)
    assert np.all(np.isnan(theirs.update(start, theirs.init(start), start)[0]))


def test_at_b1_one_the_parameters_are_the_average():
    y, _, x = path(schedule_free(sgd(0.3), b1=1.0), 50)
    np.testing.assert_allclose(y, x, atol=1e-12)


def test_it_is_optaxs_at_a_constant_rate():
    ours = schedule_free(adamw(0.1, b1=0.0, weight_decay=0.05), b1=0.9)
    theirs = optax.contrib.schedule_free_adamw(0.1, b1=0.9, weight_decay=0.05)
    np.testing.assert_allclose(trajectory(ours, START, noisy, 100), trajectory(theirs, START, noisy, 100), atol=1e-10)


def test_optax_weighs_a_step_of_a_warmup_by_the_rate_of_the_next():
    rates = warmup(0.3, 4)
    ours = schedule_free(sgd(rates), b1=0.9)
    theirs = optax.contrib.schedule_free(optax.sgd(rates), rates, b1=0.9)
    late = optax.contrib.schedule_free(optax.sgd(rates), lambda step: rates(step - 1), b1=0.9)
    found = [trajectory(tx, START, noisy, 10) for tx in (ours, late, theirs)]
    np.testing.assert_allclose(found[0], found[1], atol=1e-12)
    assert np.max(np.abs(found[0] - found[2])) > 1e-3


def test_a_warmup_that_begins_at_zero_counts_from_its_first_step():
    y, z, x = path(schedule_free(sgd(warmup(0.3, 4, start=0.0))), 10)
    np.testing.assert_array_equal([y[0], z[0], x[0]], [START] * 3)
    np.testing.assert_allclose(x[1], z[1], atol=1e-15)
    assert np.all(np.isfinite(x))


def test_rates_so_small_that_their_squares_vanish_are_weighed():
    tx = schedule_free(sgd(warmup(1e-25, 4)), b1=0.5)
    state, x = tx.init(jnp.ones(2)), jnp.ones(2)
    for _ in range(8):
        _, state = tx.update(x, state, x)
    np.testing.assert_allclose(state.weight_sum, sum(min(t / 4, 1) ** 2 for t in range(1, 9)), rtol=1e-6)


def test_the_point_says_where_the_optimizer_decays():
    rate, decay = 0.1, 0.3
    for point in ("y", "z"):
        x = z = y = START.copy()
        for t in range(1, 21):
            z = z - rate * (noisy(y, t - 1) + decay * (y if point == "y" else z))
            x = x + (z - x) / t
            y = 0.2 * z + 0.8 * x
        tx = schedule_free(sgd(rate, weight_decay=decay), b1=0.8, point=point)
        np.testing.assert_allclose(trajectory(tx, START, noisy, 20)[-1], y, atol=1e-12)


@pytest.mark.parametrize("point", ["y", "z"])
def test_prodigy_finds_its_rate_inside_it(point):
    tx = schedule_free(prodigy(b1=0.0, d0=1e-3), point=point)
    x, update = jnp.asarray(START, jnp.float32), jax.jit(tx.update)
    state = tx.init(x)
    for step in range(300):
        updates, state = update(jnp.asarray(noisy(np.asarray(x), step), jnp.float32), state, x)
        x = x + updates
    assert np.linalg.norm(averaged(state)) < 0.2 * np.linalg.norm(START)
    assert state.largest_rate >= learning_rate(state) > 0.05


def test_rates_by_group_weigh_as_the_largest_of_them():
    tx = schedule_free(multiply(sgd(warmup(0.1, 3)), {"a": 0.5, "b": 2.0}))
    params = {"a": jnp.ones(2), "b": jnp.ones(2)}
    _, state = tx.update(params, tx.init(params), params)
    np.testing.assert_allclose(state.largest_rate, 2 * 0.1 / 3, rtol=1e-6)


def test_it_beats_the_last_iterate_in_noise():
    _, z, x = path(schedule_free(sgd(0.3)), 2000)
    assert np.linalg.norm(x[-1]) < 0.3 * np.mean(np.linalg.norm(z[50:], axis=1))


def test_master_weights_around_it_change_nothing_that_is_wide():
    inside = schedule_free(sgd(0.3))
    np.testing.assert_array_equal(
        trajectory(master_weights(inside), START, noisy, 20), trajectory(inside, START, noisy, 20)
    )


def test_bad_arguments_are_refused():
    for changes, message in {
        ("b1", 1.5): r"schedule_free: b1 must be in \[0, 1\], got 1.5",
        ("r", -1.0): "schedule_free: r must be finite and >= 0, got -1.0",
        ("weight_power", -1.0): "schedule_free: weight_power must be finite and >= 0, got -1.0",
        ("point", "x"): "schedule_free: point must be one of y, z, got 'x'",
    }.items():
        with pytest.raises(ValueError, match=message):
            schedule_free(sgd(0.1), **dict([changes]))
    tx, x = schedule_free(sgd(0.1)), jnp.ones(2)
    with pytest.raises(ValueError, match="schedule_free: update needs params; call tx.update"):
        tx.update(x, tx.init(x))
    tx = schedule_free(optax.sgd(0.1), weight_decay=0.1)
    with pytest.raises(
        ValueError, match="weight_decay must be None where the state of optimizer records no rate, got 0.1"
    ):
        tx.update(x, tx.init(x), x)
