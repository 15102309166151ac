"""An event of a run."""

from typing import NamedTuple


class Event(NamedTuple):
    """Something that happened in a run: where, what, and the numbers that say so."""

    step: int
    kind: str
    evidence: str

    def __str__(self) -> str:
        return f"step {self.step}: {self.kind}: {self.evidence}"


def figure(number: float) -> str:
    """A number as evidence shows it."""
    return f"{number:.3g}"
