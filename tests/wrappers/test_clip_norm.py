"""Tests of `clip_norm`."""

import jax.numpy as jnp
import numpy as np
import optax
import pytest
from laws import WrapperLaws
from trajectories import START, noisy, trajectory

from lropt_jax.optimizers import adam, adamw, sgd
from lropt_jax.schedules import piecewise
from lropt_jax.wrappers import clip_norm


class TestLaws(WrapperLaws):
    specimen = clip_norm(adam(0.1), max_norm=0.5)
    apart = False


def test_it_is_clip_by_global_norm_of_optax():
    ours = trajectory(clip_norm(adamw(0.1), max_norm=0.7), START, noisy, 50)
    theirs = trajectory(optax.chain(optax.clip_by_global_norm(0.7), optax.adamw(0.1)), START, noisy, 50)
    np.testing.assert_allclose(ours, theirs, atol=1e-9)


def test_short_gradients_pass_as_they_are():
    tx, grads = clip_norm(sgd(1.0), max_norm=10.0), jnp.array([3.0, 4.0])
    updates, state = tx.update(grads, tx.init(grads), grads)
    np.testing.assert_array_equal(updates, -grads)
    assert state.norm == 5


def test_squares_that_f16_cannot_hold_are_summed_in_float32():
    tx, grads = clip_norm(sgd(1.0), max_norm=1.0), jnp.full(4, 300.0, jnp.float16)
    updates, state = tx.update(grads, tx.init(grads), grads)
    assert state.norm == 600
    np.testing.assert_array_equal(updates, jnp.full(4, -0.5, jnp.float16))


def test_the_limit_may_follow_a_schedule():
    tx, grads, seen = clip_norm(sgd(1.0), max_norm=piecewise((0.5, 2.5), (2,))), jnp.array([3.0, 4.0]), []
    state = tx.init(grads)
    for _ in range(4):
        updates, state = tx.update(grads, state, grads)
        seen.append(np.asarray(-updates))
    np.testing.assert_allclose(seen, [[0.3, 0.4], [0.3, 0.4], [1.5, 2.0], [1.5, 2.0]], rtol=1e-6)
    assert state.count == 4


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="clip_norm: max_norm must be finite and > 0, got 0"):
        clip_norm(sgd(0.1), max_norm=0)
