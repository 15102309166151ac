"""Tests of what a sweep says it found."""

import dataclasses

import numpy as np
import pytest

from lropt_jax.tuning import Sweep


def found(validation, *, status=None, seeds=1, score=None, value="loss", chosen_by="validation"):
    """A sweep of two optimizers over five rates, from their validation losses (2, 5, seeds)."""
    validation = np.broadcast_to(np.asarray(validation, float)[..., None], (2, 5, seeds)) + 0.1 * np.arange(seeds)
    shape = validation.shape
    rate = np.broadcast_to(10.0 ** np.arange(-4, 1)[:, None], shape)
    status = np.array([["ok"] * 5] * 2) if status is None else np.array(status)
    return Sweep(
        problem="made",
        score=score,
        value=value,
        chosen_by=chosen_by,
        steps=100,
        optimizer=np.repeat(["a", "b"], 5 * seeds),
        rate=rate.ravel(),
        seed=np.tile(np.arange(seeds), 10),
        status=np.repeat(status.ravel(), seeds),
        start=np.full(10 * seeds, 10.0),
        train=validation.ravel(),
        validation=validation.ravel(),
        test=validation.ravel() + 1,
        curve=np.ones((10 * seeds, 50)),
        txs=[None] * 10 * seeds,
        engine={"lanes_per_program": 1, "workers": 2, "structures": 2, "seconds": 1.0, "why": "so"},
        finished=True,
    )


LOSSES = [[5, 2, 1, 1.2, 9], [8, 6, 4, 0.5, 3]]


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


def test_records_have_a_row_per_lane_of_plain_numbers():
    records = found(LOSSES, seeds=2).to_records()
    assert len(records) == 20
    assert records[0] == {
        "optimizer": "a", "rate": 1e-4, "seed": 0, "status": "ok",
        "start": 10.0, "train": 5.0, "validation": 5.0, "test": 6.0,
    }  # fmt: skip
    assert type(records[0]["rate"]) is float


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


def test_the_notebook_sees_a_table():
    html = found(LOSSES)._repr_html_()
    assert html.startswith("<table>")
    assert html.count("<tr>") == 3
    assert "0.01" in html


def test_names_reach_html_as_text():
    script = "<script>alert('x')</script>"
    sweep = dataclasses.replace(found(LOSSES), problem=script, score=script, optimizer=np.repeat(["a", script], 5))
    html = sweep._repr_html_()
    assert "<script" not in html
    assert html.count("&lt;script&gt;") == 4  # the caption, both columns of results, a row
