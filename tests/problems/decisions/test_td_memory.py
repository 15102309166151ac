"""Tests of traces and of n steps against the boxes of Sutton and Barto 2018, on the same transitions."""

import jax
import numpy as np
import pytest

from lropt_jax.optimizers import sgd
from lropt_jax.problems import MDP, Transitions, solve, td0

RANDOM, RATE, DISCOUNT = np.random.default_rng(0), 0.3, 0.8
RING = MDP([[1.0], [0.0], [2.0]], np.roll(np.eye(3), 1, axis=1)[:, None, :], 0.5)


def episodes(many):
    """Walks to the right by one or two places, from 0 until they leave seven places: no state comes twice."""
    rows = []
    for _ in range(many):
        state = 0
        while state < 7:
            to = state + RANDOM.integers(1, 3)
            rows.append((state, 0, RANDOM.normal(), min(to, 6), to >= 7))
            state = to
    return rows


ROWS = episodes(6)
LOG = Transitions(*zip(*ROWS, strict=True), discount=DISCOUNT)


def learned(**memory):
    """Reading all rows in order once."""
    return solve(td0(mdp=LOG, **memory), sgd(RATE), jax.random.key(0), len(ROWS)).params


@pytest.mark.parametrize("decay", [0.0, 0.7, 1.0])
def test_traces_are_those_of_section_12_2(decay):
    values, trace = np.zeros(7), np.zeros(7)
    for state, _, reward, to, done in ROWS:
        trace *= DISCOUNT * decay
        trace[state] += 1
        values += RATE * (reward + DISCOUNT * values[to] * (not done) - values[state]) * trace
        trace *= not done
    np.testing.assert_allclose(learned(trace_decay=decay), values, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("n", [2, 3, 20])
def test_n_steps_are_those_of_section_7_1(n):
    values, start = np.zeros(7), 0
    while start < len(ROWS):
        end = next(row for row in range(start, len(ROWS)) if ROWS[row][4]) + 1
        length = end - start
        for time in range(length + n - 1):
            update = time - n + 1  # whose state's estimate is being updated
            if update >= 0:
                last = min(update + n, length)
                aim = sum(DISCOUNT ** (i - update) * ROWS[start + i][2] for i in range(update, last))
                if update + n < length:
                    aim += DISCOUNT**n * values[ROWS[start + update + n][0]]
                state = ROWS[start + update][0]
                values[state] += RATE * (aim - values[state])
        start = end
    np.testing.assert_allclose(learned(n_steps=n), values, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("memory", [{"trace_decay": 0.6}, {"n_steps": 3}])
def test_without_noise_they_find_the_values_and_equal_walks_count_once(memory):
    one, four = td0(mdp=RING, **memory), td0(mdp=RING, batch_size=4, **memory)
    key = jax.random.key(0)
    found = solve(one, sgd(0.3), key, 400)
    assert one.judge(found.params, found.state) < 1e-4
    np.testing.assert_allclose(solve(four, sgd(0.3), key, 400).params, found.params, rtol=1e-5)
