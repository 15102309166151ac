"""Tests of `lropt auto`."""

import json

import pytest
from command_line import SMALL, names, run

from lropt_jax import report
from lropt_jax._core.refusal import Refused
from lropt_jax.cli.writing import keep_record
from lropt_jax.config import from_config, parse

WORDS = ("--optimizer", "sgd", "--steps", "500")


def test_a_users_problem_is_trained_and_written(monkeypatch, capsys, tmp_path, file):
    out = tmp_path / "out"
    status, said, _ = run(monkeypatch, capsys, "auto", f"{file}:line", *WORDS, "--out", str(out))
    assert status == 0
    record = json.loads((out / "auto.json").read_text())
    for text in (
        "line: sgd; 500 steps; schedule linear",
        "find pass: 100%",
        "train pass: 100%",
        f"{record['equation']}\n",
        f"probes; cost {record['cost']:.2f} x one run of 500 steps",
        f"Trained by sgd with a learning rate of {record['rate']:.4g} (linear, 500 steps): test loss ",
        f"Written to {out}: auto.png, auto.json.",
    ):
        assert text in said
    assert record["equation"].startswith("rate ")
    assert record["ends"]["test loss"] < 1e-3
    assert {probe["stage"] for probe in record["probes"]} == {"scale", "short", "long"}
    printed = next(line for line in said.splitlines() if line.startswith("tx = ")).removeprefix("tx = ")
    assert from_config(record["tx"]) == parse(printed)
    assert names(out) == ["auto.json", "auto.png"]
    assert (out / "auto.png").read_bytes().startswith(b"\x89PNG")

    short = ("--optimizer", "sgd", "--steps", "40", "--exponent", "0", "--out", str(out))
    again = run(monkeypatch, capsys, "auto", f"{file}:line", *short)
    assert "The results of an older run were replaced." in again[1]
    assert json.loads((out / "auto.json").read_text())["found"]["exponent"] == 0


def test_a_folder_with_another_problems_results_is_refused_by_both_commands(monkeypatch, capsys, tmp_path, file):
    file.write_text(file.read_text() + '\nother = Problem.from_loss(lambda w, b: w**2, lambda key: 1.0, x, name="o")\n')
    out = str(tmp_path / "out")
    assert run(monkeypatch, capsys, "auto", f"{file}:line", *WORDS, "--steps", "40", "--out", out)[0] == 0
    for words in (("auto", f"{file}:other", *WORDS), ("tune", f"{file}:other", *SMALL)):
        status, _, err = run(monkeypatch, capsys, *words, "--out", out)
        assert status == 2
        assert "it holds those of 'line'. Give another --out." in err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["no_such"], "problem must be one of "),
        (["q_learning"], "auto: problem must have a loss as its value, got a monitor"),
        (["{file}:line", "--optimizer", "sgd(0.1)"], "auto: optimizers must be names or calls with `rate`"),
        (["{file}:line", "--steps", "0"], "auto: steps must be a whole number >= 1, got 0"),
        (["{file}:line", "--exponent", "3"], "auto: exponent must be in [-2, 2], got 3.0"),
        (["{file}:line", "--seed", "-1"], "auto: seed must be a whole number from 0 to 4294967295, got -1"),
        (["{file}:line", "--out", "{file}"], "auto: out must be a folder that can be written to, got "),
        (["{file}:still"], "auto: problem must have a loss that depends on its parameters; no rate moves it."),
    ],
)
def test_bad_input_is_one_line_and_status_2(monkeypatch, capsys, tmp_path, file, words, said):
    monkeypatch.chdir(tmp_path)
    status, _, err = run(monkeypatch, capsys, "auto", *(word.format(file=file) for word in words))
    assert status == 2
    assert said in err
    assert len(err.splitlines()) == 1
    assert names(tmp_path) == ["mine.py"]


def test_a_picture_that_fails_leaves_the_record(monkeypatch, capsys, tmp_path, file):
    monkeypatch.setattr(report, "plot_auto", lambda done: (_ for _ in ()).throw(ValueError("no")))
    words = ("auto", f"{file}:line", *WORDS, "--steps", "40", "--out", str(tmp_path / "out"))
    status, out, err = run(monkeypatch, capsys, *words)
    assert status == 2
    assert "auto.png cannot be drawn, got ValueError: no" in err
    assert "tx = " in out
    assert names(tmp_path / "out") == ["auto.json"]


def test_a_record_is_json_and_goes_beside_another_problems(tmp_path):
    kept = keep_record("auto", {"problem": "a", "probes": [{"loss": float("inf")}]}, tmp_path / "out", "a")
    assert json.loads((kept.folder / "auto.json").read_text())["probes"] == [{"loss": None}]
    beside = keep_record("auto", {"problem": "b"}, tmp_path / "out", "b")
    assert beside.folder == tmp_path / "out-b"
    (tmp_path / "file").write_text("")
    with pytest.raises(Refused, match="out must be a folder that can be written to"):
        keep_record("auto", {"problem": "b"}, tmp_path / "file", "b")
