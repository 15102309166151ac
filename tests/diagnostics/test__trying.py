"""Tests of the plan of branches, and of what it costs."""

import jax
import numpy as np
import pytest
from bowls import bowl

from lropt_jax.diagnostics._trying import Plan, tried
from lropt_jax.optimizers import sgd
from lropt_jax.problems import Problem
from lropt_jax.schedules import constant, linear, warmup


def test_a_branch_has_its_multiple_of_the_present_rate_and_falls_to_0():
    plan = Plan.of(bowl, sgd(linear(1.0, 100)), 100)
    assert plan.done == 20
    table, lengths = plan.table(plan.from_here, 20)
    assert lengths.tolist() == [5, 5, 5, 5, 5, 0]
    rates = plan.paces[20:25] * table[2][:5]
    np.testing.assert_allclose(rates, 4 * plan.now * np.array([1, 0.8, 0.6, 0.4, 0.2]), rtol=1e-6)
    begun, lengths = plan.table(plan.from_start, 0)
    assert lengths.tolist() == [10, 10, 0, 0, 0, 0]
    assert begun.shape == table.shape
    assert begun[0, 0] == pytest.approx(0.25 * plan.now)


def test_what_is_left_is_counted_in_present_steps():
    ends = Plan.of(bowl, sgd(linear(1.0, 100)), 100).ends(np.ones(11), {}, {})
    assert ends.left == pytest.approx(80 * 81 / 2 / 100 / 0.83, rel=1e-3)
    assert ends.falls < 0.05
    steady = Plan.of(bowl, sgd(0.5), 100).ends(np.append(np.ones(10), np.nan), {}, {})
    assert (steady.left, steady.falls, steady.rate) == (80.0, 1.0, 0.5)
    assert np.isinf(steady.judged[-1])


def test_on_a_convex_domain_no_branch_leaves_it():
    half = Problem(bowl.init, bowl.field, domain="convex")
    assert [branch.times for branch in Plan.of(half, sgd(0.5), 100).from_here] == [0.25, 1.0, 2.0]


def test_a_slow_run_needs_no_runs_from_the_start():
    slow, fast = (tried(bowl, sgd(rate), 100, jax.random.key(0)) for rate in (1e-4, 0.2))
    assert slow.judgement.verdict == "too low"
    assert fast.judgement.verdict == "fine"
    assert fast.cost - slow.cost > 20


def test_a_schedule_that_still_rises_is_tried_at_its_peak():
    rising = Plan.of(bowl, sgd(warmup(constant(1.0), 60)), 100)
    (branch,) = rising.ahead
    assert branch.held
    assert branch.times == pytest.approx(1 / rising.now)
    assert np.all(rising.table([branch], 20)[0][0, :5] * rising.paces[20:25] == pytest.approx(1.0))
    assert Plan.of(bowl, sgd(linear(1.0, 100)), 100).ahead == []
