"""Tests of what problems on tables share."""

import jax
import jax.numpy as jnp
import numpy as np

from lropt_jax.problems import MDP
from lropt_jax.problems.decisions.tabular import cumulative, draw, largest_error, mean_by_entry, outcomes, shown


def test_draws_have_the_probabilities_and_never_what_cannot_happen():
    table = np.array([[0.0, 0.3, 0.0, 0.7, 0.0], [1.0, 0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0, 1.0]])
    drawn = jax.vmap(draw, (0, None))(jax.random.split(jax.random.key(0), 20_000), cumulative(table))
    counts = np.stack([np.bincount(column, minlength=5) for column in np.asarray(drawn).T]) / 20_000
    assert np.all(np.abs(counts - table) <= 5 * np.sqrt(table * (1 - table) / 20_000))


def test_a_draw_never_falls_off_the_end():
    table = np.append(np.full(10, 0.1), [0.0, 0.0])  # whose sums in float32 do not end at 1
    sums = np.asarray(cumulative(table))
    np.testing.assert_array_equal(sums[9:], 1)
    assert sums[8] < 1


def test_values_are_shown_in_their_layout():
    grid = shown(np.arange(6.0), (2, 3))
    np.testing.assert_array_equal(grid.values, [[0, 1, 2], [3, 4, 5]])
    assert (len(grid.rows), len(grid.columns)) == (2, 3)
    assert shown(np.arange(6.0), None).values.shape == (6, 1)


def test_several_errors_at_one_entry_count_as_their_mean():
    table = mean_by_entry(jnp.zeros((3, 2)), (jnp.array([0, 2, 0]), jnp.array([1, 0, 1])), jnp.array([1.0, 5.0, 3.0]))
    np.testing.assert_array_equal(table, [[0, 2], [0, 0], [5, 0]])
    alone = mean_by_entry(jnp.zeros(3), jnp.array([1]), jnp.array([-4.0]))
    np.testing.assert_array_equal(alone, [0, -4, 0])


def test_the_end_is_one_outcome_more():
    ends = MDP([[0.0]], [[[0.25]]], 0.5, ends=[[0.75]])
    np.testing.assert_array_equal(outcomes(ends, np.array([[[0.25]]])), [[[0.25, 1]]])
    assert outcomes(MDP([[0.0]], [[[1]]], 0.5), np.ones((1, 1, 1))).shape == (1, 1, 1)
    assert largest_error(jnp.zeros(2), jnp.array([1.0, -3.0]), ()) == 3
