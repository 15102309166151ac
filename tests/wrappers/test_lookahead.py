"""Tests of `lookahead`."""

import jax.numpy as jnp
import numpy as np
import pytest
from laws import WrapperLaws
from trajectories import START, noisy, trajectory

from lropt_jax.optimizers import adam, sgd
from lropt_jax.schedules import linear
from lropt_jax.wrappers import lookahead


class TestLaws(WrapperLaws):
    specimen = lookahead(adam(0.1), steps=2)


def test_it_is_the_paper():
    slow = fast = START.copy()
    for step in range(200):
        fast = fast - 0.1 * noisy(fast, step)
        if step % 5 == 4:
            slow = fast = slow + 0.3 * (fast - slow)
    ours = trajectory(lookahead(sgd(0.1), steps=5, slow_rate=0.3), START, noisy, 200)
    np.testing.assert_allclose(ours[-1], fast, atol=1e-10)


def test_with_a_slow_rate_of_one_it_is_the_optimizer():
    ours = trajectory(lookahead(adam(0.1), steps=3, slow_rate=1.0), START, noisy, 20)
    np.testing.assert_allclose(ours, trajectory(adam(0.1), START, noisy, 20), atol=1e-12)


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="lookahead: steps must be a whole number >= 1, got 0"):
        lookahead(sgd(0.1), steps=0)
    with pytest.raises(ValueError, match="lookahead: steps must be a whole number >= 1, got 2.5"):
        lookahead(sgd(0.1), steps=2.5)
    with pytest.raises(
        TypeError, match="lookahead: steps must be a whole number >= 1, got linear.*; it takes no schedule"
    ):
        lookahead(sgd(0.1), steps=linear(9, 5))
    with pytest.raises(ValueError, match="lookahead: slow_rate must be in \\[0, 1\\], got 1.5"):
        lookahead(sgd(0.1), slow_rate=1.5)
    tx = lookahead(sgd(0.1))
    with pytest.raises(ValueError, match="lookahead: update needs params; call tx.update"):
        tx.update(jnp.ones(2), tx.init(jnp.ones(2)))
