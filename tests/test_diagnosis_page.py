"""The code of docs/diagnosis.md runs as it stands, and prints what the page shows."""

import re

import pytest
from pages import ROOT, blocks, run

PAGE = "docs/diagnosis.md"


def shown(block: int) -> list[str]:
    """What the page shows below a block: indented lines."""
    after = (ROOT / PAGE).read_text().split(blocks(PAGE)[block])[1].removeprefix("```").lstrip("\n")
    return [line.strip() for line in re.match(r"(?: {4}.*\n)*", after)[0].splitlines()]


def test_the_record_has_a_row_every_ten_steps():
    assert run(PAGE, 0)["rows"]["step"].tolist() == list(range(0, 100, 10))


def test_the_verdict_is_as_shown(capsys):
    assert run(PAGE, 1)["found"].verdict == "too low"
    assert capsys.readouterr().out.splitlines() == shown(1)


def test_the_events_are_as_shown(capsys):
    run(PAGE, 2)
    assert capsys.readouterr().out.splitlines() == shown(2)


def test_curvature_and_noise_are_as_said(capsys, tmp_path, monkeypatch):
    """The blocks of these sections go on from one another."""
    monkeypatch.chdir(tmp_path)
    names: dict = {}
    for block in blocks(PAGE)[3:]:
        exec(block, names)
    before, after, critical, batch, steps, rate = map(float, capsys.readouterr().out.split())
    assert before < 1
    assert after == pytest.approx(1, abs=0.2)
    assert critical > 0
    assert (tmp_path / "landscape.png").stat().st_size > 1000
    assert steps == pytest.approx(1 + batch / 8, rel=1e-3)
    assert rate == pytest.approx(0.1 * steps / (1 + batch / 32), rel=1e-3)
