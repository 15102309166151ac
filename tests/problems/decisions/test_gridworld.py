"""Tests of the grid world, against the figures in the textbook."""

import numpy as np
import pytest

from lropt_jax.problems import gridworld, policy_iteration
from lropt_jax.problems.decisions.mdp import evaluate

BEST = [  # Sutton and Barto 2018, figure 3.5
    [22.0, 24.4, 22.0, 19.4, 17.5],
    [19.8, 22.0, 19.8, 17.8, 16.0],
    [17.8, 19.8, 17.8, 16.0, 14.4],
    [16.0, 17.8, 16.0, 14.4, 13.0],
    [14.4, 16.0, 14.4, 13.0, 11.7],
]
AIMLESS = [  # figure 3.2
    [3.3, 8.8, 4.4, 5.3, 1.5],
    [1.5, 3.0, 2.3, 1.9, 0.5],
    [0.1, 0.7, 0.7, 0.4, -0.4],
    [-1.0, -0.4, -0.4, -0.6, -1.2],
    [-1.9, -1.3, -1.2, -1.4, -2.0],
]


def test_its_values_are_those_in_the_book():
    world = gridworld()
    np.testing.assert_allclose(policy_iteration(world)[0].reshape(world.layout), BEST, atol=0.051)
    values = evaluate(world.rewards, world.transitions, world.discount, np.full((25, 4), 0.25))
    np.testing.assert_allclose(values.reshape(world.layout), AIMLESS, atol=0.051)


def test_a_slip_is_a_random_action():
    certain, slippery = gridworld(), gridworld(slip=0.2)
    np.testing.assert_allclose(slippery.transitions.sum(-1), 1, rtol=1e-12)
    np.testing.assert_allclose(slippery.rewards[0], [-0.9, -0.1, -0.1, -0.9], atol=1e-12)
    np.testing.assert_allclose(slippery.rewards.mean(1), certain.rewards.mean(1), atol=1e-12)
    aimless = gridworld(slip=1.0)
    np.testing.assert_allclose(policy_iteration(aimless)[0].reshape(aimless.layout), AIMLESS, atol=0.051)


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match=r"gridworld: discount must be in \[0, 1\), got 1"):
        gridworld(discount=1)
    with pytest.raises(ValueError, match=r"gridworld: slip must be in \[0, 1\], got 1.5"):
        gridworld(slip=1.5)
