"""Tests of the program of population-based training."""

import jax
import jax.numpy as jnp
import numpy as np

from lropt_jax.optimizers import sgd
from lropt_jax.schedules import constant, scale
from lropt_jax.tuning.herd import _at_rate, _exploited, _held

KEY = jax.random.key(0)


def test_only_the_worst_go_on_from_one_of_the_best_and_nan_is_worse_than_any_loss():
    losses, rates = jnp.array([3.0, jnp.nan, 1.0, 2.0, 1e30, 4.0, 5.0, 6.0]), jnp.arange(1.0, 9.0)
    parents, moved = _exploited(KEY, losses, rates, 2.0, 2, 2)
    np.testing.assert_array_equal(np.delete(parents, [1, 4]), [0, 2, 3, 5, 6, 7])
    assert set(np.asarray(parents[jnp.array([1, 4])])) <= {2, 3}
    ratio = np.asarray(moved / rates[parents])
    assert set(ratio[[1, 4]]) <= {2.0, 0.5}
    assert set(np.delete(ratio, [1, 4])) == {1.0}


def test_after_the_last_round_nobody_copies():
    parents, moved = _exploited(KEY, jnp.arange(8.0), jnp.ones(8), 2.0, 0, 2)
    np.testing.assert_array_equal(parents, np.arange(8))
    np.testing.assert_array_equal(moved, np.ones(8))


def test_the_held_rate_is_changed_inside_other_schedules_and_no_other_one_is():
    tx = sgd(scale(_held(0.5), 3.0), momentum=constant(0.5))
    moved = _at_rate(tx, 0.25)
    assert moved == sgd(scale(_held(0.25), 3.0), momentum=constant(0.5))
