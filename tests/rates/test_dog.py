"""Tests of `dog`."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from laws import RateLaws, x64
from trajectories import START, noisy, trajectory

from lropt_jax import learning_rate
from lropt_jax.optimizers import adam, decay, sgd
from lropt_jax.rates import dog, plateau
from lropt_jax.schedules import linear, product
from lropt_jax.wrappers import averaged, master_weights, polyak_ruppert


class TestLaws(RateLaws):
    rate = dog(r_eps=1e-2)


def paper(gradient, steps, r_eps=1e-6, eps=1e-8, first_rate=None, factor=lambda step: 1.0):
    """The paper with its relative first movement: the path of the parameters and the rates."""
    x, total, path, rates = START.copy(), 0.0, [START], []
    r = r_eps * (1 + np.linalg.norm(START)) if first_rate is None else 0.0
    for step in range(steps):
        g = gradient(x, step)
        r, total = max(r, np.linalg.norm(x - START)), total + g @ g
        rate = r / np.sqrt(total + eps) if step or first_rate is None else first_rate
        x = x - factor(step) * rate * g
        path.append(x)
        rates.append(rate)
    return np.array(path), np.array(rates)


def test_it_is_the_paper():
    path, _ = paper(noisy, 200)
    np.testing.assert_allclose(trajectory(sgd(dog()), START, noisy, 200), path, atol=1e-10)
    path, _ = paper(noisy, 200, r_eps=1e-4, eps=1e-3)
    np.testing.assert_allclose(trajectory(sgd(dog(r_eps=1e-4, eps=1e-3)), START, noisy, 200), path, atol=1e-10)


def test_the_first_rate_may_be_given_instead():
    path, _ = paper(noisy, 100, first_rate=1e-3)
    np.testing.assert_allclose(trajectory(sgd(dog(first_rate=1e-3)), START, noisy, 100), path, atol=1e-10)


@pytest.mark.parametrize("start", [("heuristic", 1e-6), ("distance", 1e-3), ("learning_rate", 1e-2)])
def test_it_is_optax_dog(start):
    kind, number = start
    arguments = {"first_rate": number} if kind == "learning_rate" else {"r_eps": number}
    ours = sgd(dog(relative=kind == "heuristic", **arguments))
    theirs = optax.contrib.dog(init_step=start)
    np.testing.assert_allclose(trajectory(ours, START, noisy, 100), trajectory(theirs, START, noisy, 100), atol=1e-10)


def test_its_decay_in_the_gradients_is_that_of_the_package():
    decaying = sgd(dog(), weight_decay=decay(0.1, goes_with="gradients"))
    path, _ = paper(lambda x, step: noisy(x, step) + 0.1 * x, 100)
    np.testing.assert_allclose(trajectory(decaying, START, noisy, 100), path, atol=1e-10)


def test_the_average_with_power_8_is_that_of_the_package():
    path, _ = paper(noisy, 100)
    mean = path[0]
    for t, x in enumerate(path[1:], 1):
        mean = (1 - 9 / (t + 8)) * mean + 9 / (t + 8) * x
    with x64():
        tx, params = polyak_ruppert(sgd(dog()), power=8), jnp.asarray(START)
        state, update = tx.init(params), jax.jit(tx.update)
        for step in range(100):
            updates, state = update(jnp.asarray(noisy(np.asarray(params), step)), state, params)
            params = optax.apply_updates(params, updates)
        np.testing.assert_allclose(averaged(state), mean, atol=1e-10)


def test_a_schedule_multiplies_it():
    path, _ = paper(noisy, 50, factor=lambda step: max(1 - step / 50, 0))
    falling = sgd(product(dog(), linear(1.0, 50)))
    np.testing.assert_allclose(trajectory(falling, START, noisy, 50), path, atol=1e-10)


def test_a_plateau_lowers_it_by_its_factor():
    tx, plain, x = sgd(product(dog(), plateau(1.0, factor=0.5, patience=0))), sgd(dog()), jnp.ones(2)
    state, other = tx.init(x), plain.init(x)
    for expected in (1.0, 0.5, 0.25):
        _, state = tx.update(x, state, x, value=1.0)
        _, other = plain.update(x, other, x)
        np.testing.assert_allclose(learning_rate(state), expected * learning_rate(other), rtol=1e-6)


def test_no_step_of_any_direction_is_longer_than_the_way_so_far():
    for tx in (sgd(dog()), adam(dog()), sgd(dog(), momentum=0.9)):
        path = trajectory(tx, START, noisy, 60)
        far = np.maximum.accumulate(np.linalg.norm(path - START, axis=1))
        far = np.maximum(far, 1e-6 * (1 + np.linalg.norm(START)))
        assert np.all(np.linalg.norm(np.diff(path, axis=0), axis=1) <= far[:-1] * (1 + 1e-9))
        assert far[-1] > 1000 * far[0]


def test_it_does_not_depend_on_the_scale_of_the_loss():
    one = trajectory(sgd(dog(eps=0.0)), START, noisy, 50)
    two = trajectory(sgd(dog(eps=0.0)), START, lambda x, step: 1e-9 * noisy(x, step), 50)
    np.testing.assert_allclose(one, two, atol=1e-10)


def test_parameters_in_bf16_need_masters_to_move_at_all():
    def ends(tx):
        params = jnp.asarray(START, jnp.bfloat16)
        state, update = tx.init(params), jax.jit(tx.update)
        for _ in range(60):
            updates, state = update(params, state, params)
            params = optax.apply_updates(params, updates)
        return np.asarray(params, np.float32), state

    stuck, _ = ends(sgd(dog()))
    np.testing.assert_array_equal(stuck, jnp.asarray(START, jnp.bfloat16).astype(jnp.float32))
    moved, state = ends(master_weights(sgd(dog())))
    assert np.linalg.norm(moved) < 0.9 * np.linalg.norm(START)
    assert state.inner.rate.sum_of_squares.dtype == jnp.float32


def test_gradients_of_zero_give_a_rate_of_zero_without_eps():
    tx, x = sgd(dog(eps=0.0)), jnp.ones(2)
    updates, state = tx.update(jnp.zeros(2), tx.init(x), x)
    assert learning_rate(state) == 0
    np.testing.assert_array_equal(updates, np.zeros(2))


def test_bad_use_is_refused():
    tx, x = sgd(dog()), jnp.ones(2)
    with pytest.raises(ValueError, match=r"dog: update needs params; call tx.update\(grads, state, params\)"):
        tx.update(x, tx.init(x))
    with pytest.raises(ValueError, match="dog: r_eps must be finite and > 0, got 0"):
        dog(r_eps=0)
    with pytest.raises(ValueError, match="dog: eps must be finite and >= 0, got -1"):
        dog(eps=-1)
    with pytest.raises(ValueError, match="dog: first_rate must be finite and > 0, got 0"):
        dog(first_rate=0)
