"""Tests of a single rung."""

import threading

import numpy as np
from bowls import bowl

from lropt_jax.optimizers import sgd
from lropt_jax.schedules import wsd
from lropt_jax.tuning.lanes import Lane, Work
from lropt_jax.tuning.plan import Plan
from lropt_jax.tuning.rungs.forks import name_of
from lropt_jax.tuning.rungs.rung import Rung


def lanes(steps, cut, rates=(0.1, 0.2, 0.3)):
    tail = steps - cut
    return [Lane("sgd", rate, 0, sgd(wsd(rate, steps, warmup_steps=0, cooldown_steps=tail))) for rate in rates]


def test_a_trunk_is_kept_where_the_decay_begins_and_the_fork_leaves_it_alone():
    work = Work(bowl, lanes(10, 6), 10)
    rung = Rung(work, cuts=[6] * 3, whole=30)
    assert rung.run(Plan(2, 1, 4, ""))
    assert rung.spent == 30
    trunk = rung.after[name_of(work.lanes[2])]
    assert trunk.done == trunk.track.at.step == 6
    start = np.asarray(trunk.track.at.params) / (1 - 2 * 0.3) ** 6
    np.testing.assert_allclose(start @ start, trunk.start, rtol=1e-5)
    further = Rung(Work(bowl, lanes(30, 18, (0.3,)), 30), cuts=[18], whole=30, trunks=rung.after)
    assert further.run(Plan(2, 1, 4, ""))
    assert further.spent == 24
    assert further.outcomes[0].start == trunk.start


def test_a_stop_before_it_begins_runs_nothing():
    stop = threading.Event()
    stop.set()
    rung = Rung(Work(bowl, lanes(10, 6), 10), None, stop, cuts=[6] * 3, whole=30)
    assert not rung.run(Plan(1, 1, 4, ""))
    assert not rung.outcomes
    assert not rung.after
