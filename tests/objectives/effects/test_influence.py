"""Tests of influence functions and the intervals that they give."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from laws import x64

from lropt_jax.objectives import ContingencyTable, identify, influence, interval

TABLE = np.random.default_rng(0).dirichlet(np.ones(6)).reshape(2, 3)


def conditional(table):
    """P(second | first), of which the influence is known."""
    return table / jnp.sum(table, 1, keepdims=True)


def test_it_is_the_known_influence_of_a_conditional_probability():
    with x64():
        found = influence(conditional, jnp.asarray(TABLE))
        given = TABLE / TABLE.sum(1, keepdims=True)
        for first in range(2):
            for second in range(3):
                seen = np.zeros((2, 3))
                seen[first] = ((np.arange(3) == second) - given[first, second]) / TABLE[first].sum()
                np.testing.assert_allclose(found[first, second], seen, atol=1e-14)


def test_it_is_the_slope_toward_one_cell_and_has_mean_0():
    with x64():
        table = jnp.asarray(TABLE)
        found = influence(lambda p: jnp.sum(p**3) / p[0, 0], table)
        toward = (jnp.eye(6).reshape(6, 2, 3) - table) * 1e-6
        numeric = [
            (jnp.sum((table + d) ** 3) / (table + d)[0, 0] - jnp.sum(table**3) / table[0, 0]) / 1e-6 for d in toward
        ]
        np.testing.assert_allclose(found.ravel(), numeric, rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(jnp.sum(table * found), 0, atol=1e-15)


def test_the_interval_of_a_share_is_walds():
    with x64():
        low, high = interval(lambda p: p[0], jnp.array([0.3, 0.7]), 50, level=0.9)
        half = 1.6448536269514722 * np.sqrt(0.3 * 0.7 / 50)
        np.testing.assert_allclose([low, high], [0.3 - half, 0.3 + half], rtol=1e-12)


def test_one_program_serves_every_count_and_level():
    compiled = jax.jit(lambda table, samples, level: interval(conditional, table, samples, level=level))
    low, high = compiled(jnp.asarray(TABLE, jnp.float32), 100, 0.5)
    lower, higher = compiled(jnp.asarray(TABLE, jnp.float32), 25, 0.5)
    assert low.shape == (2, 3)
    np.testing.assert_allclose(higher - lower, 2 * (high - low), rtol=1e-4)
    assert compiled._cache_size() == 1


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="interval: samples must be finite and > 0, got 0"):
        interval(conditional, jnp.asarray(TABLE), 0)
    with pytest.raises(ValueError, match=r"interval: level must be in \(0, 1\), got 95"):
        interval(conditional, jnp.asarray(TABLE), 10, level=95)


def test_a_table_that_knows_its_rows_needs_no_count_and_may_have_its_axes_in_any_order():
    table, effect = ContingencyTable([[30, 10], [5, 15]], ("x", "y")), identify("x -> y", x="x", y="y")
    expected = interval(effect, table.probabilities, 60)
    np.testing.assert_allclose(interval(effect, table), expected, rtol=1e-6)
    np.testing.assert_allclose(interval(effect, table.over(["y", "x"])), expected, rtol=1e-6)
    np.testing.assert_allclose(interval(conditional, table), expected, rtol=1e-5)
    np.testing.assert_allclose(influence(effect, table.over(["y", "x"])), influence(conditional, table), atol=1e-5)
    with pytest.raises(ValueError, match="interval: samples must be left out, because a ContingencyTable knows"):
        interval(effect, table, 60)
    with pytest.raises(ValueError, match="interval: samples must be the number of observations .*, got None"):
        interval(effect, table.probabilities)
    with pytest.raises(ValueError, match="^interval: table must sum to 1, got 60.0; divide counts by their sum.$"):
        interval(effect, table.counts, 60)
