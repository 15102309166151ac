"""Tests of `ema`, `polyak_ruppert` and `averaged`."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from laws import WrapperLaws, x64
from trajectories import START, noisy, trajectory

from lropt_jax.optimizers import adam, sgd
from lropt_jax.schedules import linear
from lropt_jax.wrappers import averaged, ema, polyak_ruppert


class TestLawsOfEMA(WrapperLaws):
    specimen = ema(adam(0.1), decay=0.9)


class TestLawsOfPolyakRuppert(WrapperLaws):
    specimen = polyak_ruppert(adam(0.1), start=2, power=8.0)


def averages(tx, steps):
    """The parameters after each update, and the average then."""
    with x64():
        params = jnp.asarray(START)
        state, path, kept, update = tx.init(params), [], [], jax.jit(tx.update)
        for step in range(steps):
            updates, state = update(jnp.asarray(noisy(np.asarray(params), step)), state, params)
            params = optax.apply_updates(params, updates)
            path.append(np.asarray(params))
            kept.append(np.asarray(averaged(state)))
    return np.array(path), np.array(kept)


def test_the_updates_are_the_optimizers_own():
    for tx in (ema(adam(0.1)), polyak_ruppert(adam(0.1))):
        np.testing.assert_allclose(
            trajectory(tx, START, noisy, 20), trajectory(adam(0.1), START, noisy, 20), atol=1e-12
        )


@pytest.mark.parametrize("start", [0, 7])
def test_without_power_it_is_the_mean_from_the_start_on(start):
    path, kept = averages(polyak_ruppert(sgd(0.3), start=start), 50)
    np.testing.assert_allclose(kept[-1], path[start:].mean(0), atol=1e-12)
    np.testing.assert_allclose(kept[:start], path[:start], atol=1e-12)


def test_a_part_of_an_update_before_the_start_counts_as_a_whole():
    for average in (polyak_ruppert, ema):
        parted, whole = (averages(average(sgd(0.3), start=start), 12)[1] for start in (2.5, 3))
        np.testing.assert_array_equal(parted, whole)


def test_with_power_it_is_the_recursion_of_dogs_authors():
    path, kept = averages(polyak_ruppert(sgd(0.3), power=8.0), 50)
    mean = 0
    for t, x in enumerate(path, start=1):
        mean = mean + 9 / (t + 8) * (x - mean)
    np.testing.assert_allclose(kept[-1], mean, atol=1e-12)


@pytest.mark.parametrize("decay", [0.9, linear(0.95, 40)])
def test_the_moving_average_is_its_recursion(decay):
    path, kept = averages(ema(sgd(0.3), decay, start=3), 50)
    mean = path[2]
    for step, x in enumerate(path[3:], start=3):
        keep = decay if isinstance(decay, float) else 0.95 * max(1 - step / 40, 0)
        mean = keep * mean + (1 - keep) * x
    np.testing.assert_allclose(kept[-1], mean, atol=1e-9)


def test_averaging_beats_the_last_iterate_in_noise():
    path, kept = averages(polyak_ruppert(sgd(0.3), start=50), 2000)
    assert np.linalg.norm(kept[-1]) < 0.3 * np.mean(np.linalg.norm(path[50:], axis=1))


def test_the_average_is_kept_in_float32_where_parameters_are_bf16():
    tx, params = ema(sgd(1e-3), decay=0.5), jnp.ones(3, jnp.bfloat16)
    _, state = tx.update(params, tx.init(params), params)
    np.testing.assert_allclose(averaged(state), 1 - 0.5e-3, rtol=1e-5)


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="ema: decay must be in \\[0, 1\\), got 1.0"):
        ema(sgd(0.1), decay=1.0)
    with pytest.raises(ValueError, match="polyak_ruppert: power must be finite and >= 0, got -1"):
        polyak_ruppert(sgd(0.1), power=-1)
    tx = ema(sgd(0.1))
    with pytest.raises(ValueError, match="ema: update needs params; call tx.update"):
        tx.update(jnp.ones(2), tx.init(jnp.ones(2)))
