"""Tests of the window that tells whether iterates are stationary."""

import jax.numpy as jnp
import numpy as np
import pytest

from lropt_jax.problems.variational.window import BLOCK, Moments, average, opened, slid, split_r_hat

START = jnp.array([5.0, -3.0])


def through(rows):
    """The window after rows (steps, 2), with which blocks of the phase it began, and R-hat where it was full."""
    window, ratios = opened(START), []
    for phase, block in enumerate(np.reshape(rows, (-1, BLOCK, 2)), 1):
        apart = jnp.asarray(block - np.asarray(START), jnp.float32)
        window = window._replace(second=window.second.plus(Moments(1, apart.sum(0), (apart**2).sum(0))))
        if window.first.blocks == window.size == window.second.blocks:
            ratios.append((phase, int(window.size), float(split_r_hat(window))))
        kept, window = window, slid(window, phase)
    return kept, ratios


def test_it_is_the_last_half_of_the_phase_in_the_long_run():
    rows = START + np.random.default_rng(0).normal(size=(16 * BLOCK, 2))
    window, ratios = through(rows)
    assert [each[:2] for each in ratios] == [(2, 1), (3, 1), (4, 1), (6, 2), (8, 2), (12, 4), (16, 4)]
    np.testing.assert_allclose(average(window, START), rows[8 * BLOCK :].mean(0), rtol=1e-4)
    assert all(ratio < 1.1 for *_, ratio in ratios)


def test_split_r_hat_is_that_of_its_two_halves():
    rows = np.asarray(START) + np.random.default_rng(1).normal(size=(2 * BLOCK, 2)).cumsum(0)
    halves = rows.reshape(2, BLOCK, 2)
    within, between = halves.var(1, ddof=1).mean(0), halves.mean(1).var(0, ddof=1)
    expected = np.sqrt(1 - 1 / BLOCK + np.mean(between / within))
    assert through(rows)[1][0][2] == pytest.approx(expected, rel=1e-4)
    travelling = np.asarray(START) + np.arange(2.0 * BLOCK)[:, None] * [1, 2]
    assert through(travelling)[1][0][2] > 2
