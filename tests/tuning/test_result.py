"""Tests of what a sweep says it found."""

import numpy as np
import pytest
from made import LOSSES, found


def test_the_best_is_chosen_on_validation_and_reported_on_test():
    sweep = found(LOSSES, seeds=3)
    best = sweep.best()
    assert (best.optimizer, best.rate, best.seeds) == ("b", 0.1, 3)
    assert best.validation == pytest.approx(0.6)
    assert best.test == pytest.approx(1.6)
    assert best.validation_spread == pytest.approx(np.std([0.5, 0.6, 0.7], ddof=1))
    assert sweep.best("a").rate == 0.01


def test_a_diverged_lane_never_wins():
    status = [["ok"] * 5, ["ok", "ok", "ok", "diverged", "ok"]]
    sweep = found(LOSSES, status=status)
    assert (sweep.best().optimizer, sweep.best().rate) == ("a", 0.01)
    assert (sweep.diverged("a"), sweep.diverged("b")) == (0, 1)
    poisoned = found([[np.nan] * 5, LOSSES[1]], status=[["diverged"] * 5, ["ok"] * 5])
    assert poisoned.best().optimizer == "b"
    with pytest.raises(ValueError, match="^Sweep.best: no rate of a ended well; try smaller rates"):
        poisoned.best("a")
    with pytest.raises(ValueError, match="^Sweep.best: optimizer must be one of a, b, got 'c'"):
        poisoned.best("c")


def test_the_width_is_that_of_the_good_range_around_the_best():
    sweep = found([[5, 1.2, 1, 1.3, 9], [1, 9, 9, 1, 1]])
    assert sweep.width("a") == pytest.approx(2)
    assert sweep.width("b") == 0
    assert found([[1] * 5, [9] * 5]).width("a") == pytest.approx(4)
    assert found(LOSSES, status=[["diverged"] * 5] * 2).width("a") == 0


@pytest.mark.parametrize(("status", "start"), [("stopped", np.nan), ("diverged", np.inf)])
def test_lanes_that_did_not_end_well_leave_the_width_alone(status, start):
    sweep = found([[5, 1.2, 1, 1.3, 9]] * 2, status=[["ok", "ok", "ok", "ok", status]] * 2)
    sweep.start[4] = start
    assert sweep.width("a") == pytest.approx(2)


def test_scores_are_shown_with_the_sign_that_people_know():
    text = repr(found(LOSSES, score="ELBO", seeds=3))
    assert "validation ELBO" in text
    assert "-0.60 ± 0.10" in text
    assert "±" not in repr(found(LOSSES))
    assert "validation loss" in repr(found(LOSSES))


def test_what_rates_are_chosen_by_is_called_what_it_is():
    assert found(LOSSES, score="ELBO").units == {
        "curve": ("training ELBO", -1), "validation": ("validation ELBO", -1), "test": ("test ELBO", -1),
    }  # fmt: skip
    trained = found(LOSSES, chosen_by="training")
    assert [name for name, _ in trained.units.values()] == ["training loss", "training loss", "test loss"]
    known = found(LOSSES, chosen_by="error", value="monitor", score="ELBO")
    assert (known.units["curve"], known.units["validation"]) == (("watched value", 1), ("error", 1))
    assert known.summary()[0]["validation"] == (1.0, 0.0)
    assert known.summary()[0]["test"] == (-2.0, 0.0)
    assert "validation" not in repr(known) + repr(trained)


def test_ties_are_what_the_seeds_cannot_tell_from_the_best():
    sweep = found(LOSSES, seeds=3)  # the seeds differ as much at every setting, so all are told apart
    assert sweep.ties() == []
    assert sweep.undecided() == ""
    sweep.validation[6:9] = [1.3, 1.0, 1.2]  # rate 0.01 of "a", whose next one is at 1.2, 1.3, 1.4
    assert [choice.rate for choice in sweep.ties("a")] == [0.1]
    assert sweep.undecided("a") == "0.01 and 0.1 cannot be told apart with 3 seeds."
    assert len(found(LOSSES).ties()) == 9
    assert found(LOSSES).undecided() == "One seed tells no settings apart."
    with pytest.raises(ValueError, match="^Sweep.best: optimizer must be one of a, b, got 'c'"):
        sweep.ties("c")


def test_the_width_is_that_of_the_rates_at_the_best_other_values():
    values = {"b1": np.tile([0.5, 0.5, 0.9, 0.9, 0.9], 2)}
    sweep = found([[1, 1, 1, 0.9, 1], [1] * 5], values=values)
    assert sweep.good("a") == (0.01, 1.0)
    assert sweep.width("a") == pytest.approx(2)
