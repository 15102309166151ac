"""Tests of `clip_value`."""

import jax.numpy as jnp
import numpy as np
import optax
import pytest
from laws import WrapperLaws
from trajectories import START, noisy, trajectory

from lropt_jax.optimizers import adam, sgd
from lropt_jax.schedules import piecewise
from lropt_jax.wrappers import clip_value


class TestLaws(WrapperLaws):
    specimen = clip_value(adam(0.1), max_value=0.5)


def test_it_is_clip_of_optax():
    ours = trajectory(clip_value(sgd(0.1), max_value=0.7), START, noisy, 50)
    theirs = trajectory(optax.chain(optax.clip(0.7), optax.sgd(0.1)), START, noisy, 50)
    np.testing.assert_allclose(ours, theirs, atol=1e-12)


def test_the_limit_may_follow_a_schedule():
    tx, grads, seen = clip_value(sgd(1.0), max_value=piecewise((0.5, 3.5), (2,))), jnp.array([3.0, 4.0]), []
    state = tx.init(grads)
    for _ in range(4):
        updates, state = tx.update(grads, state, grads)
        seen.append(np.asarray(-updates))
    np.testing.assert_allclose(seen, [[0.5, 0.5], [0.5, 0.5], [3.0, 3.5], [3.0, 3.5]], rtol=1e-6)
    assert state.count == 4


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="clip_value: max_value must be finite and > 0, got -1"):
        clip_value(sgd(0.1), max_value=-1)


def test_a_complex_coordinate_keeps_its_angle():
    tx, grads = clip_value(sgd(1.0), max_value=2.5), jnp.array([3 + 4j, 0.3 - 0.4j, 0])
    updates, _ = tx.update(grads, tx.init(grads), grads)
    np.testing.assert_allclose(updates, -jnp.array([1.5 + 2j, 0.3 - 0.4j, 0]), rtol=1e-6)
