"""Tests of where transitions come from."""

import jax
import jax.numpy as jnp
import numpy as np

from lropt_jax.problems import MDP, Transitions
from lropt_jax.problems.decisions.mdp import tables_of
from lropt_jax.problems.decisions.moves import from_log, from_simulator, from_tables
from lropt_jax.problems.decisions.simulator import Simulator, played
from lropt_jax.problems.decisions.transitions import log_of

KEY = jax.random.key(0)
STARTS = MDP([[1.0], [2.0]], [[[0, 1.0]], [[0, 0]]], 0.5, ends=[[0.0], [1.0]], start=[0.0, 1.0])


def walk(source, steps):
    """The moves of a source, (steps, walkers) each."""

    def one(at, key):
        made, at = source.move(lambda at, key: jnp.zeros((), int), at, key)
        return at, made

    return jax.lax.scan(one, source.begin(KEY), jax.random.split(KEY, steps))[1]


def test_walks_through_tables_begin_again_at_the_start():
    made = walk(from_tables(STARTS, tables_of(STARTS), 2), 4)
    np.testing.assert_array_equal(made.states, 1)
    assert np.all(made.ended)
    elsewhere = STARTS._replace(start=None)
    made = walk(from_tables(elsewhere, tables_of(elsewhere), 1), 4)
    np.testing.assert_array_equal(made.states[:, 0], [0, 1, 0, 1])
    np.testing.assert_array_equal(made.ended[:, 0], [False, True, False, True])
    np.testing.assert_array_equal(made.rewards[:, 0], [1, 2, 1, 2])


def test_walks_of_a_simulator_begin_again_where_it_is_done():
    counts = Simulator(lambda s, a, k: (s + 1, 1.0 * s, s == 2), start=1, states=4, actions=2, discount=0.5)
    made = walk(from_simulator(played(counts), 3), 4)
    np.testing.assert_array_equal(made.states[:, 0], [1, 2, 1, 2])
    np.testing.assert_array_equal(made.ended[:, 2], [False, True, False, True])


def test_rows_of_a_log_are_drawn_all_alike_or_read_in_order():
    rows = Transitions([0, 1, 2, 3], [0] * 4, [0.0, 1, 2, 3], [1, 2, 3, 0], [0, 0, 0, 0], 0.5)
    log, _ = log_of(rows)
    np.testing.assert_array_equal(walk(from_log(log, 2, ordered=True), 3).states, [[0, 2], [1, 3], [2, 0]])
    drawn = walk(from_log(log, 50, ordered=False), 20)
    counts = np.bincount(np.ravel(drawn.states), minlength=4)
    assert np.all(np.abs(counts - 250) < 5 * np.sqrt(1000 * 0.25 * 0.75))
    np.testing.assert_array_equal(drawn.rewards, drawn.states)
