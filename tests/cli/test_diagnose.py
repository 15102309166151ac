"""Tests of `lropt diagnose`."""

import json

import pytest
from command_line import names, run

WORDS = ("--optimizer", "sgd(0.001)", "--steps", "200")


def test_a_users_problem_is_tried_and_written_and_its_record_read_again(monkeypatch, capsys, tmp_path, file):
    out = tmp_path / "out"
    status, said, _ = run(monkeypatch, capsys, "diagnose", f"{file}:line", *WORDS, "--out", str(out))
    assert status == 0
    for text in (
        "line: sgd(0.001); the first fifth of 200 steps",
        "verdict: too low",
        "64 times as much is still stable here: 0.064",
        "update / size",
        f"Written to {out}: diagnose.png, diagnose.jsonl.",
    ):
        assert text in said
    assert names(out) == ["diagnose.jsonl", "diagnose.png"]
    assert (out / "diagnose.png").read_bytes().startswith(b"\x89PNG")
    rows = [json.loads(line) for line in (out / "diagnose.jsonl").read_text().splitlines()]
    assert rows[0]["step"] == 0

    status, said, _ = run(monkeypatch, capsys, "diagnose", str(out / "diagnose.jsonl"))
    assert status == 0
    assert "verdict: " in said
    assert "Written" not in said


def lines(path, rows, end=""):
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows) + end)
    return str(path)


GOOD = [{"step": step, "rate": 0.1, "value": 2.0 + 0.5**step} for step in range(20)]


def test_a_record_alone_is_judged(monkeypatch, capsys, tmp_path):
    status, said, _ = run(monkeypatch, capsys, "diagnose", lines(tmp_path / "run.jsonl", GOOD))
    assert status == 0
    assert "verdict: " in said


@pytest.mark.parametrize(
    ("rows", "end", "said"),
    [
        (GOOD, '{"step": 20, "ra', "run must be lines of JSON, got {path}; its last line is cut off."),
        (GOOD[:4], "", "record must have at least 8 rows, got 4"),
        ([{"epoch": 1, "accuracy": 0.5}] * 9, "", "rows must have a step each, got ['epoch', 'accuracy'] in row 0"),
        ([{"step": step, "rate": 0.1} for step in range(9)], "", "record must hold the loss, got none"),
        ([3] * 9, "", "rows must be a dict from strings, got 3."),
        ([], "", "rows must be at least one, got none"),
        ([], "\x00\nnothing", "run must be lines of JSON, got {path}; line 1 is none."),
    ],
)
def test_other_files_are_refused_in_one_line(monkeypatch, capsys, tmp_path, rows, end, said):
    path = lines(tmp_path / "run.jsonl", rows, end)
    status, _, err = run(monkeypatch, capsys, "diagnose", path)
    assert status == 2
    assert said.format(path=path) in err
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["no_such"], "diagnose: problem must be one of "),
        (["{file}:line"], "diagnose: optimizer must be given with a problem, got none; write --optimizer"),
        (["{file}:line", "--optimizer", "sgd"], "diagnose: optimizer must be a call with its learning rate"),
        (["{file}:line", "--optimizer", "sgd(0.1)", "--steps", "50"], "diagnose: steps must be at least 100"),
        (["{file}:line", "--optimizer", "sgd(0.1)", "--seed", "-1"], "diagnose: seed must be a whole number from 0"),
        (["q_learning", "--optimizer", "sgd(0.1)"], "diagnose: run must have a loss as its value, got a monitor"),
        (["no.jsonl"], "diagnose: run must be a file that can be read, got no.jsonl; No such file or directory."),
        (["no.jsonl", "--optimizer", "sgd(0.1)"], "diagnose: optimizer must come with a problem, got 'sgd(0.1)'"),
    ],
)
def test_bad_input_is_refused_in_one_line(monkeypatch, capsys, tmp_path, file, words, said):
    monkeypatch.chdir(tmp_path)
    status, _, err = run(monkeypatch, capsys, "diagnose", *(word.format(file=file) for word in words))
    assert status == 2
    assert said in err
    assert len(err.splitlines()) == 1
