"""The code of docs/diagnosis.md runs as it stands, and prints what the page shows."""

import re

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
