"""Tests of a verdict on a problem and on a record."""

import re

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from bowls import bowl
from records import falling, run

from lropt_jax import Refused
from lropt_jax.diagnostics import diagnose, record, watch
from lropt_jax.optimizers import adam, sgd
from lropt_jax.problems import Problem, q_learning, solve
from lropt_jax.schedules import constant, linear, warmup

KEY = jax.random.key(0)
X = np.random.default_rng(0).normal(size=(256, 4)).astype(np.float32)
Y = X @ np.array([1.0, -2.0, 3.0, 0.5], np.float32) + np.random.default_rng(1).normal(size=256).astype(np.float32)
line = Problem.from_loss(
    lambda w, batch: jnp.mean((batch[0] @ w - batch[1]) ** 2), lambda key: jnp.zeros(4), (X, Y), batch_size=8,
    validation=(X, Y),
)  # fmt: skip


@pytest.mark.parametrize(
    ("rate", "verdicts"),
    [(1e-4, {"too low"}), (0.05, {"fine"}), (3.0, {"too high"})],
)
def test_a_run_is_tried_and_judged(rate, verdicts):
    found = diagnose(line, sgd(rate), steps=300, key=KEY)
    assert found.verdict in verdicts
    assert 0.4 < found.cost < 0.9
    assert found.record["step"].tolist() == list(range(60))
    if rate == 3.0:
        assert "divergence" in [event.kind for event in found.events]


def test_optimizers_of_optax_are_tried_too():
    assert diagnose(line, optax.sgd(1e-4), steps=300, key=KEY).verdict == "too low"


@pytest.mark.slow
def test_a_schedule_that_rises_too_high_is_foreseen():
    found = diagnose(line, sgd(warmup(constant(1.5), 280)), steps=300, key=KEY)
    assert found.verdict == "too high"
    assert "the schedule rises to 5.28 times the present rate: 1.5" in found.evidence[0]
    assert found.events == () or found.events[0].kind != "divergence"


def test_a_record_is_judged_without_its_problem():
    done = solve(line, watch(adam(linear(0.05, 400)), every=10), KEY, 400)
    found = diagnose(record(done.optimizer_state))
    assert found.verdict == "fine"
    assert found.cost == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({}, "diagnose: tx must be a gradient transformation, got None."),
        ({"tx": sgd(0.1)}, "diagnose: key must be a jax.random.key, got None"),
        ({"tx": sgd(0.1), "key": KEY}, "diagnose: steps must be at least 100 with a problem, got None."),
        ({"tx": sgd(0.1), "key": KEY, "steps": 99}, "diagnose: steps must be at least 100 with a problem, got 99."),
        ({"tx": sgd(0.1), "key": KEY, "steps": 0}, "diagnose: steps must be a whole number >= 1, got 0."),
    ],
)
def test_a_problem_needs_the_rest(arguments, said):
    with pytest.raises(Refused, match=re.escape(said)):
        diagnose(bowl, **arguments)


def test_a_problem_whose_value_is_a_monitor_is_refused():
    with pytest.raises(Refused, match="diagnose: run must have a loss as its value, got a monitor"):
        diagnose(q_learning(), sgd(0.1), steps=200, key=KEY)


def test_a_problem_that_streams_is_refused():
    fed = Problem.from_loss(lambda w, b: jnp.mean(w * b), lambda key: jnp.ones(()), iter([np.ones(4)] * 200))
    with pytest.raises(Refused, match="diagnose: run must draw its batches, got one that streams"):
        diagnose(fed, sgd(0.1), steps=200, key=KEY)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (run(np.full(9, np.nan)), "diagnose: record must hold the loss, got none"),
        (run(np.ones(5)), "diagnose: record must have at least 8 rows, got 5"),
        (3, "diagnose: record must be a dict of arrays, got 3"),
    ],
)
def test_a_record_that_says_too_little_is_refused(given, said):
    with pytest.raises(Refused, match=re.escape(said)):
        diagnose(given)


def test_a_record_comes_alone():
    with pytest.raises(Refused, match="diagnose: tx, steps must come with a Problem, got dict"):
        diagnose(run(falling(20)), sgd(0.1), steps=100)
