"""Tests of sweeps as plain rows."""

import json

import numpy as np
import pytest
from made import LOSSES, found

VALUES = {"b1": np.array([0.9, np.nan] * 10), "seed": np.array(["True", ""] * 10)}


def test_records_have_a_row_per_lane_of_plain_numbers():
    records = found(LOSSES, seeds=2).to_records()
    assert len(records) == 20
    assert records[0] == {
        "optimizer": "a", "rate": 1e-4, "seed": 0, "status": "ok",
        "start": 10.0, "train": 5.0, "validation": 5.0, "test": 6.0,
    }  # fmt: skip
    assert type(records[0]["rate"]) is float


def test_values_are_in_the_records_and_take_no_columns_place():
    first, second, *_ = found(LOSSES, seeds=2, values=VALUES).to_records()
    assert (first["b1"], first["seed"], first[".seed"]) == (0.9, 0, "True")
    assert (second["b1"], second["seed"], second[".seed"]) == (None, 1, None)
    assert {type(item) for item in first.values()} <= {str, int, float, bool, type(None)}


def test_metrics_are_in_the_records_and_take_no_columns_place():
    metrics = {"validation accuracy": np.linspace(0, 1, 20), "rate": np.ones(20)}
    first, *_, last = found(LOSSES, seeds=2, metrics=metrics).to_records()
    assert (first["validation accuracy"], last["validation accuracy"]) == (0.0, 1.0)
    assert (first["rate"], first[".rate"]) == (1e-4, 1.0)


def test_records_are_written_as_lines_of_json(tmp_path):
    sweep = found([[np.nan, np.inf, 1, 2, 3], LOSSES[1]], values=VALUES | {"b1": np.ones(10), "seed": np.ones(10)})
    sweep.write_jsonl(tmp_path / "deep" / "run.jsonl")
    lines = (tmp_path / "deep" / "run.jsonl").read_text().splitlines()

    def refuse(word):
        raise AssertionError(word)

    rows = [json.loads(line, parse_constant=refuse) for line in lines]
    assert rows[2:] == sweep.to_records()[2:]
    assert [row["validation"] for row in rows[:2]] == [None, None]
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["run.jsonl"]


def test_any_table_library_takes_the_records():
    pandas = pytest.importorskip("pandas", reason="pandas is not installed")
    table = pandas.DataFrame(found(LOSSES, seeds=2).to_records())
    assert table.groupby(["optimizer", "rate"])["validation"].mean().idxmin() == ("b", 0.1)
