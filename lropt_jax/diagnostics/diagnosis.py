"""What a run is found to suffer from, and what to do."""

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Literal, NamedTuple

import numpy as np

from lropt_jax.diagnostics._event import Event

Verdict = Literal[
    "too high", "too low", "decays too early", "decays too late", "noise floor", "fine", "cannot say"
]  # fmt: skip


@dataclass(frozen=True, eq=False)
class Diagnosis:
    """A verdict on the learning rate of a run, with its evidence.

    Attributes:
        verdict: `"too high"`, `"too low"`, `"decays too early"`, `"decays too late"`, `"noise floor"` (the loss is held
            up by noise that a lower rate would not have), `"fine"` or `"cannot say"`.
        evidence: Sentences with the numbers that say so.
        advice: What to do, in a sentence.
        events: What happened, in the order of steps, see `events`.
        cost: What was computed for it, over one whole run: 0.2 is the first fifth of the run. A forward pass is a third
            of a step. 0 where a record was read.
        record: The record that was judged.
    """

    verdict: Verdict
    evidence: tuple[str, ...]
    advice: str
    events: tuple[Event, ...]
    cost: float
    record: Mapping[str, np.ndarray]

    def _lines(self) -> list[str]:
        spent = [f"cost: {self.cost:.2f} x one run"] if self.cost else []
        return [f"verdict: {self.verdict}", *self.evidence, f"do: {self.advice}", *map(str, self.events), *spent]

    def __repr__(self) -> str:
        return "\n".join(self._lines())

    def _repr_html_(self) -> str:
        first, *others = self._lines()
        return f"<p><b>{escape(first)}</b><br>{'<br>'.join(map(escape, others))}</p>"


class Judgement(NamedTuple):
    """A verdict before the events and the record are put to it."""

    verdict: Verdict
    evidence: tuple[str, ...]
    advice: str
