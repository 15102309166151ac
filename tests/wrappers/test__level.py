"""Tests of the running level of losses."""

import jax.numpy as jnp
import numpy as np

from lropt_jax.wrappers._level import followed, low, no_level, spikes


def level_of(losses, window=50):
    level = no_level()
    for loss in losses:
        level = followed(level, jnp.float32(loss), jnp.isfinite(loss), window)
    return level


def test_up_to_the_window_it_is_the_mean_and_the_variance():
    losses = np.random.default_rng(0).normal(5, 2, 30)
    level = level_of(losses)
    np.testing.assert_allclose([level.mean, level.variance], [losses.mean(), losses.var()], rtol=1e-5)
    assert level.losses == 30


def test_beyond_the_window_old_losses_are_forgotten():
    level = level_of([100.0] * 20 + [1.0] * 100, window=10)
    assert abs(level.mean - 1) < 0.01
    assert level.largest == 100


def test_what_does_not_count_changes_nothing():
    level = level_of([1.0, 2.0])
    again = followed(level, jnp.float32(jnp.nan), jnp.array(False), 50)
    assert [float(leaf) for leaf in again] == [float(leaf) for leaf in level]


def test_a_loss_far_above_is_a_spike_once_there_were_ten():
    losses = np.random.default_rng(0).normal(5, 0.1, 30)
    assert spikes(level_of(losses), 8.0, 10.0)
    assert not spikes(level_of(losses), 5.3, 10.0)
    assert not spikes(level_of(losses[:9]), 1e9, 10.0)
    assert not spikes(level_of(losses), jnp.nan, 10.0)


def test_a_deviation_is_a_share_of_the_mean_and_of_the_fall_at_least():
    assert not spikes(level_of([5.0] * 30), 5.4, 10.0)
    assert spikes(level_of([5.0] * 30), 5.6, 10.0)
    fallen = level_of([-3.0] * 30)
    assert spikes(fallen, -2.6, 10.0)
    assert not spikes(fallen._replace(largest=jnp.float32(7.0)), -2.1, 10.0)


def test_a_huge_loss_leaves_the_level_finite():
    assert all(np.isfinite(leaf) for leaf in level_of([1.0, 1e38, 3e38, 1.0]))


def test_low_is_what_is_not_above_the_mean():
    level = level_of([1.0, 3.0])
    assert [bool(low(level, loss)) for loss in (1.5, 2.0, 2.5, jnp.nan)] == [True, True, False, True]
    assert low(no_level(), 7.0)
