"""Tests of logs of a process, and of the process that they describe."""

import re

import numpy as np
import pytest

from lropt_jax.problems import Transitions, td0
from lropt_jax.problems.decisions.transitions import empirical, log_of

ROWS = [(0, 1, 1.0, 1, False), (1, 0, 3.0, 2, True), (0, 1, 2.0, 0, False), (0, 0, 5.0, 2, False)]
LOG = Transitions(*zip(*ROWS, strict=True), discount=0.5)


def test_rows_are_read_in_order_and_cut_where_they_do_not_go_on():
    log, shape = log_of(LOG)
    assert shape == (3, 2)
    np.testing.assert_array_equal(log.ended, [False, True, False, False])
    np.testing.assert_array_equal(log.cut, [False, True, False, True])
    np.testing.assert_array_equal(log_of(LOG._replace(next_states=[1, 2, 1, 2]))[0].cut, [False, True, True, True])
    assert log_of(LOG._replace(shape=(5, 4)))[1] == (5, 4)
    whole = LOG._replace(states=np.array([0.0, 1, 0, 0]), done=np.array([0, 1, 0, 0]))  # as a CSV gives them
    np.testing.assert_array_equal(log_of(whole)[0].states, log.states)


def test_the_process_of_a_log_has_its_means_and_shares():
    mdp = empirical(*log_of(LOG))
    np.testing.assert_allclose(mdp.rewards, [[5, 1.5], [3, 0], [0, 0]])
    np.testing.assert_allclose(mdp.transitions[0], [[0, 0, 1], [0.5, 0.5, 0]])
    np.testing.assert_allclose(mdp.ends, [[0, 0], [1, 1], [1, 1]])  # what was never tried ends, and earns nothing
    assert empirical(log_of(LOG)[0], (2000, 2)) is None


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"states": [0, 1]}, "states, actions, rewards, next_states and done must have one length, got 2 states"),
        ({"rewards": [[1.0]]}, "rewards must have the shape (rows,), at least one row, got (1, 1)."),
        ({"states": []}, "states must have the shape (rows,), at least one row, got (0,)."),
        ({"states": [0, 1, -1, 0]}, "states must be a whole number >= 0, got [ 0  1 -1  0]."),
        ({"next_states": [0, 1, 0.5, 0]}, "next_states must be a whole number >= 0, got"),
        ({"actions": [0, 1, np.nan, 0]}, "actions must be a whole number >= 0, got"),
        ({"rewards": [0, 1, np.nan, 0]}, "rewards must be finite, got"),
        ({"done": [0, 2, 0, 0]}, "done must be True or False in every row, got [2]."),
        ({"discount": 1.0}, "discount must be in [0, 1), got 1.0."),
        ({"shape": (2, 2)}, "states must be whole numbers from 0 to 1, got 2; see shape."),
        ({"shape": (3, 1)}, "actions must be whole numbers from 0 to 0, got 1; see shape."),
        ({"shape": 3}, "shape must be two numbers, got 3."),
        ({"layout": (2, 2)}, "layout must have room for 3 states, got (2, 2)."),
        ({"states": ["a", "b", "a", "a"]}, "states must be a column of numbers, got ['a', 'b', 'a', 'a']."),
    ],
)  # fmt: skip
def test_what_is_no_log_is_refused(changes, message):
    with pytest.raises(ValueError, match=f"^td0: {re.escape(message)}"):
        td0(mdp=LOG._replace(**changes))
