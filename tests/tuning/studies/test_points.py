from types import SimpleNamespace

import numpy as np
import pytest

from lropt_jax.tuning.engine import Outcome
from lropt_jax.tuning.studies.points import Point, Trials, outcome_of, point_of, spread, told


def trial(number, rate, state="COMPLETE", seed=0, **said):
    params = {} if rate is None else {"optimizer": "sgd", "rate": rate}
    attributes = {} if rate is None else {"seed": seed, "by": "grid"}
    state = SimpleNamespace(name=state)
    return SimpleNamespace(number=number, state=state, params=params, user_attrs=attributes | said)


def standing(*trials, sampled=0, seeds=(0,)):
    return Trials(trials, [("sgd", 0.1), ("sgd", 1.0)], seeds, sampled)


def test_the_lowest_number_counts_of_those_that_did_not_fail():
    found = standing(trial(0, 0.1, "FAIL"), trial(1, 0.1), trial(2, 0.1, "RUNNING"), trial(3, 1.0, "WAITING"))
    assert {point.rate: held.number for point, held in found.holders.items()} == {0.1: 1, 1.0: 3}
    assert [found.counts(each) for each in found.trials[1:]] == [None, "twice", None]


def test_a_study_is_finished_where_every_point_has_ended():
    assert not standing().finished
    assert not standing(trial(0, 0.1), trial(1, 1.0, "RUNNING")).finished
    assert not standing(trial(0, 0.1), trial(1, 1.0, "FAIL")).finished
    assert not standing(trial(0, 0.1), trial(1, 1.0), seeds=(0, 1)).finished
    assert standing(trial(0, 0.1), trial(1, 1.0)).finished
    assert not standing(trial(0, 0.1), trial(1, 1.0), sampled=1).finished


def test_the_sampler_s_first_rates_are_wanted_with_every_seed():
    asked = [trial(2, 0.3, by="sampler"), trial(3, None, "RUNNING"), trial(4, 0.4, "RUNNING", by="sampler")]
    grid = [trial(0, 0.1), trial(1, 1.0)]
    found = standing(*grid, *asked, sampled=2, seeds=(0, 1))
    assert found.chosen == [("sgd", 0.3), 3]
    assert found.wanted == spread([("sgd", 0.1), ("sgd", 1.0), ("sgd", 0.3)], (0, 1))
    assert found.counts(asked[2]) == "beyond"
    asked[1].state.name = "FAIL"  # its worker died, so there is room for the next one
    assert found.chosen == [("sgd", 0.3), ("sgd", 0.4)]
    asked[2].user_attrs["status"] = "beyond"
    assert found.chosen == [("sgd", 0.3)]


def test_a_trial_without_a_rate_is_no_point():
    assert point_of(trial(0, None)) is None
    assert point_of(trial(0, 0.1, seed=2)) == Point("sgd", 0.1, 2)


@pytest.mark.parametrize("number", [0.1, np.nan, np.inf])
def test_an_outcome_is_told_in_plain_numbers_and_read_back_as_it_was(number):
    value = np.float32(number)
    curve = np.array([value, 1, np.nan], np.float32)
    outcome = Outcome("ok", np.float32(3), value, np.float32(np.nan), curve, {"validation accuracy": float(value)})
    said = told(outcome)
    assert all(item is None or type(item) in (float, str) for item in [said["validation"], *said["start and curve"]])
    read = outcome_of(SimpleNamespace(user_attrs=said))
    np.testing.assert_array_equal(list(read.metrics.values()), list(outcome.metrics.values()))
    assert list(read.metrics) == ["validation accuracy"]
    for mine, theirs in zip(outcome[1:-1], read[1:-1], strict=True):
        np.testing.assert_array_equal(mine, theirs)
        assert mine.dtype == theirs.dtype
