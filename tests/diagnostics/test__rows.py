"""Tests of a record that is read: what is refused, and how level and noise are found."""

import re

import numpy as np
import pytest
from records import falling, of_groups, run

from lropt_jax import Refused
from lropt_jax.diagnostics._rows import Rows


def test_noise_is_found_beside_a_trend():
    rows = Rows.of(run(falling(200, half_life=30, noise=0.03)))
    assert 0.02 < rows.spread < 0.04
    assert rows.start == pytest.approx(falling(200, half_life=30, noise=0.03)[0])


def test_the_level_is_the_mean_where_it_is_known():
    rows = Rows.of(run(np.ones(8), value_mean=np.array([np.nan, 2, 2, 2, 2, 2, 2, np.nan])))
    assert rows.level.tolist() == [1, 2, 2, 2, 2, 2, 2, 1]


def test_steepness_is_unknown_without_a_limit():
    rows = Rows.of(run(np.ones(8), sharpness=30.0, limit=np.array([20.0, 0.0, np.nan, 15, 15, 15, 15, 15])))
    assert rows.steepness[0] == 1.5
    assert np.isnan(rows.steepness[1:3]).all()


@pytest.mark.parametrize(
    ("record", "said"),
    [
        (run(np.ones(7)), "record must have at least 8 rows, got 7; watch more often, with a smaller `every`"),
        ({"value": np.ones(9)}, "record must have step and rate, got value; take what `diagnostics.record` gives."),
        ({}, "record must have step and rate, got nothing"),
        (run(np.ones(9)) | {"value": np.ones(8)}, "record must have 9 rows in value, got shape (8,)"),
        (of_groups(["a", "b"], ratio=1.0) | {"groups": ["a"]}, "record must have 12 rows of 1 groups in group_ratio"),
        (run(np.ones(9)) | {"step": np.arange(9) % 5}, "record must have steps that rise"),
        (run(np.ones(9)) | {"rate": ["fast"] * 9}, "record['rate'] must be an array of numbers"),
        (run(np.ones(9)) | {"rate": 0.1}, "record['rate'] must have an entry for each row, got 0.1"),
        ([run(np.ones(9))] * 2, "record must be of one run, got 2; give one of them."),
        ("run.jsonl", "record must be a dict of arrays, got 'run.jsonl'"),
    ],
)
def test_what_is_no_record_is_refused(record, said):
    with pytest.raises(Refused, match=re.escape(said)):
        Rows.of(record)


def test_a_record_without_a_loss_is_refused_with_the_remedy():
    with pytest.raises(Refused, match="record must hold the loss, got none; give it to each update"):
        Rows.of(run(np.full(9, np.nan))).need_loss()
    Rows.of(run(np.full(9, np.nan), nonfinite=1.0)).need_loss()
