import time

import numpy as np
import pytest

from lropt_jax.tuning.engine import Outcome
from lropt_jax.tuning.studies.ledger import Ledger
from lropt_jax.tuning.studies.points import Point, point_of, spread
from lropt_jax.tuning.studies.samplers import sampler_of
from lropt_jax.tuning.studies.storages import quiet, storage_of

optuna = pytest.importorskip("optuna")
GRID = [("sgd", 0.1), ("sgd", 1.0), ("adam", 0.1)]


@pytest.fixture(autouse=True)
def _quiet():
    with quiet():
        yield


@pytest.fixture(params=["{}/a.log", "sqlite:///{}/a.db"])
def url(request, tmp_path):
    return request.param.format(tmp_path)


def ledgers(url, many=2, seeds=(0,), sampled=0, grace=60.0, plan=True):
    """Workers of one study, each as if it were alone on its host."""
    made = []
    for _ in range(many):
        storage = storage_of(url)
        how = {"storage": storage, "study_name": "a", "sampler": sampler_of("random", GRID), "load_if_exists": True}
        made.append(Ledger(optuna.create_study(**how), storage, GRID, list(seeds), sampled, grace))
    if plan:
        made[0].plan(spread(GRID, seeds))
    return made


def outcome(value=1.0, status="ok"):
    return Outcome(status, np.float32(2), np.float32(value), np.float32(np.nan), np.ones(3, np.float32))


def states(ledger):
    return [(trial.state.name, trial.user_attrs.get("status")) for trial in ledger.look().trials]


def test_two_workers_share_trials_of_one_optimizer_at_a_time_and_none_is_taken_twice(url):
    one, two = ledgers(url)
    first, second, third = one.take(1), two.take(8), one.take(8)
    assert [point_of(trial)[:2] for trial in (*first, *second, *third)] == GRID
    assert two.take(8) == []
    for ledger, trials in ((one, first + third), (two, second)):
        for trial in trials:
            ledger.tell(trial, outcome(), 1.0)
    assert one.look().finished
    assert two.look().finished


def test_a_stale_view_takes_no_trial_of_another_worker(url):
    one, two = ledgers(url)
    stale = two.look()
    (mine,) = one.take(1)
    assert not two._take(stale.trials[mine.number].number)
    one.tell(mine, outcome(), 1.0)
    assert not two._take(mine.number)


def test_a_diverged_trial_has_the_value_infinity_and_samplers_see_it(url):
    (one,) = ledgers(url, many=1)
    mine = one.take(2)
    one.tell(mine[0], outcome(np.nan, "diverged"), np.nan)
    one.tell(mine[1], outcome(0.5), 0.5)
    told = one.look().trials
    assert [trial.value for trial in told[:2]] == [np.inf, 0.5]
    assert told[0].user_attrs["status"] == "diverged"
    assert one.study.best_trial.params == {"optimizer": "sgd", "rate": 1.0}


def test_the_trials_of_a_dead_worker_are_given_out_again_once(url):
    dead, one, two = ledgers(url, many=3, grace=0.1)
    with dead.living():
        held = dead.take(8)
    for _ in range(2):
        for ledger in (one, two):
            ledger.mend()
        time.sleep(0.15)
    assert states(one)[:2] == [("FAIL", "abandoned")] * 2
    assert len(one.look().trials) == 5
    again = one.take(8) + two.take(8)
    assert sorted(point_of(trial)[:2] for trial in again) == sorted(GRID)
    dead.tell(held[0], outcome(), 1.0)  # it was only slow, and comes too late
    assert states(one)[0] == ("FAIL", "abandoned")


def test_a_worker_that_lives_keeps_its_trials(url):
    living, one = ledgers(url, grace=1.0)
    with living.living():
        held = living.take(8)
        until = time.monotonic() + 1.5
        while time.monotonic() < until:
            one.mend()
            time.sleep(0.1)
    living.tell(held[0], outcome(), 1.0)
    assert states(one)[0] == ("COMPLETE", "ok")


def test_a_point_that_nobody_planned_is_planned_after_a_while_and_only_one_trial_of_it_runs(url):
    one, two = ledgers(url, grace=0.01, plan=False)
    for _ in range(2):
        one.mend()
        time.sleep(0.02)
    two.plan(spread(GRID, [0]))  # two at the same time
    mine = one.take(8) + one.take(8) + two.take(8) + two.take(8)
    assert sorted(point_of(trial)[:2] for trial in mine) == sorted(GRID)
    one.take(8), one.take(8)
    assert states(one).count(("FAIL", "twice")) == 3


def test_the_sampler_chooses_no_more_rates_than_asked_for_and_other_seeds_follow(url):
    one, two = ledgers(url, seeds=(3, 5), sampled=2)
    one.study.sampler = two.study.sampler = sampler_of("tpe", GRID)
    for trial in one.take(8) + two.take(8):
        one.tell(trial, outcome(), 1.0)
    ran = one.sample(2) + two.take(8)  # a rate with the first seed, and the same with the other one
    assert [point_of(trial)[2] for trial in ran] == [3, 5]
    ran += two.sample(8)
    assert one.sample(8) + two.sample(8) == []
    ran += one.take(8)
    for trial in ran:
        one.tell(trial, outcome(), 1.0)
    assert two.look().finished
    assert len({point_of(trial) for trial in ran}) == len(ran) == 4
    assert all(0.1 <= point.rate <= 1.0 for point in two.look().wanted)


def test_of_two_workers_that_ask_at_once_one_alone_has_the_last_rate(url):
    one, two = ledgers(url, sampled=1)
    for trial in one.take(8) + two.take(8):
        one.tell(trial, outcome(), 1.0)
    asked = one.study.ask()  # and it has not chosen yet
    assert two.sample(8) == []
    one._fail(asked.number, "abandoned")
    assert len(two.sample(8)) == 1
    assert one.sample(8) == []


def test_what_is_stopped_waits_for_another_worker(url):
    one, two = ledgers(url)
    one.give_back(one.take(8), "stopped")
    assert states(one)[:2] == [("FAIL", "stopped")] * 2
    assert {point_of(trial) for trial in two.take(8) + two.take(8)} == {Point(*pair, 0) for pair in GRID}
