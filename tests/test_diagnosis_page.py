"""The code of docs/diagnosis.md runs as it stands, and prints what the page shows."""

import re

from pages import ROOT, blocks, run

PAGE = "docs/diagnosis.md"


def shown(block: int) -> list[str]:
    """What the page shows below a block: indented lines."""
    after = (ROOT / PAGE).read_text().split(blocks(PAGE)[block])[1].removeprefix("```").lstrip("\n")
    return [line.strip() for line in re.match(r"(?: {4}.*\n)*", after)[0].splitlines()]


def test_records_are_kept_and_written(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    names = run(PAGE, 0)
    exec(blocks(PAGE)[1], names)
    assert len((tmp_path / "run.jsonl").read_text().splitlines()) == 10


def test_the_verdict_is_as_shown(capsys):
    assert run(PAGE, 2)["found"].verdict == "too low"
    assert capsys.readouterr().out.splitlines() == shown(2)


def test_the_events_are_as_shown(capsys):
    run(PAGE, 3)
    assert capsys.readouterr().out.splitlines() == shown(3)
