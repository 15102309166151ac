"""What a killed run leaves behind, so that the same call goes on from there."""

import os
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import repeat
from pathlib import Path
from typing import Any, NamedTuple

import jax
import numpy as np

from lropt_jax._core.refusal import Refused, WrongType
from lropt_jax._core.whole import check_writable
from lropt_jax.tuning import sealed
from lropt_jax.tuning.identity import hashed, identity, listing_of, name_of, name_of_pass
from lropt_jax.tuning.lanes import Work
from lropt_jax.tuning.plan import Plan
from lropt_jax.tuning.runs import Outcome, Run

_EVERY = 10.0  # seconds between two states of a run under way, at least
_SHARE = 50  # times as long as writing one took, at least: it costs 2% at most
_LAST = "last.run"


class Ended(NamedTuple):
    """How the lanes of one program ended."""

    outcomes: list[Outcome]
    made: int  # steps of each
    remains: list[np.ndarray]  # what others need of them later on


@dataclass
class Kept:
    """A folder with the plan of a pass, how lanes ended, and where others stand. A file is named by a hash of all that
    it depends on: so it is used by the run that would make it again, and by no other.
    """

    folder: Path
    work: Work
    known: dict[str, str]
    used: int = 0  # programs' worth of lanes that had ended
    damaged: int = 0  # files that are no records
    failed: str | None = None  # why something could not be kept
    apart: list[str] = field(default_factory=list)  # what differed in the last run in the folder
    beside: Callable[[Sequence[int]], Any] | None = None  # what else the results of lanes depend on; None: on nothing
    _names: dict[int, str] = field(default_factory=dict)
    _listings: dict[tuple[int, int], str] = field(default_factory=dict)
    _written: dict[int, float] = field(default_factory=dict)  # when the next state of a run is due, by its first lane

    @classmethod
    def at(cls, folder: str | os.PathLike[str], work: Work) -> "Kept":
        """Refuse a folder that cannot be written to, and tell if the last run in it was another."""
        stream = work.problem.stream
        if stream is not None and isinstance(stream.batches, Iterator):
            raise Refused(f"resume must be None for data that cannot begin again, got {stream!r}.")
        if work.spans:
            raise Refused("resume must be None for data that lie on several processes, got a folder; keep it outside.")
        try:
            place = Path(folder)
            check_writable(place)
        except TypeError:
            raise WrongType(f"resume must be a path, got {folder!r}.") from None
        except OSError as error:
            said = error.strerror or error
            raise Refused(f"resume must be a folder that can be written to, got {folder}; {said}.") from error
        kept = cls(place, work, identity(work))
        kept._compare()
        return kept

    def plan(self, asked: Any) -> Plan | None:
        """How the lanes were run. None: it is not known."""
        found = self.read(f"{name_of_pass(self.known, self.work, asked)}.plan")
        return None if found is None else Plan(*found[0]["plan"])

    def keep_plan(self, plan: Plan, asked: Any) -> None:
        """Keep how lanes are run: another measurement might say something else."""
        self._write(_LAST, self.known)
        self._write(f"{name_of_pass(self.known, self.work, asked)}.plan", {"plan": list(plan)})

    def on(self, work: Work, beside: Callable[[Sequence[int]], Any]) -> "Kept":
        """The same folder for other lanes, whose results depend on more: `beside` says on what."""
        return replace(self, work=work, beside=beside, used=0, damaged=0, _names={}, _listings={}, _written={})

    def ended(self, places: Sequence[int], width: int) -> Ended | None:
        """How these lanes ended. None: they did not."""
        found = self.read(f"{self._name(places, width)}.ended")
        if found is None:
            return None
        self.used += 1
        words, (start, validation, test, curve, *others) = found
        metrics, remains = others[: len(words["metrics"])], others[len(words["metrics"]) :]
        rows = zip(*(column.tolist() for column in metrics), strict=True)
        measured: Iterable[dict] = [dict(zip(words["metrics"], row, strict=True)) for row in rows] or repeat({})
        outcomes = [*map(Outcome, words["status"], start, validation, test, curve, measured)]
        return Ended(outcomes, words["made"], remains)

    def keep_ended(self, run: Run, outcomes: Sequence[Outcome]) -> None:
        """Keep how a run ended; where it stood is of no use any more."""
        status, *arrays, metrics = zip(*outcomes, strict=True)
        name, names = self._name(run.places, run.width), list(metrics[0])
        arrays += [[each[metric] for each in metrics] for metric in names]
        words = {"status": status, "metrics": names, "made": run.made}
        self._write(f"{name}.ended", words, [*(np.array(column) for column in arrays), *run.remains()])
        (self.folder / f"{name}.state").unlink(missing_ok=True)

    def go_on(self, run: Run) -> None:
        """Put a run that has just begun to where it stood."""
        self._due(run, 0.0)
        found = self.read(f"{self._name(run.places, run.width)}.state")
        if found is not None:
            own = len(jax.tree.leaves(run.track))
            run.take_up(found[1][own:])
            run.track, run.done = run.filled(found[1][:own]), found[0]["done"]

    def keep_state(self, run: Run, *, now: bool = False) -> None:
        """Keep where a run stands, if it is time for it or `now`."""
        began = time.monotonic()
        if now or began >= self._written[run.places[0]]:
            name = f"{self._name(run.places, run.width)}.state"
            self._write(name, {"done": run.done}, [*jax.tree.leaves(run.track), *run.remains()])
            self._due(run, time.monotonic() - began)

    def keep_now_and_then(self, name: str, arrays: Sequence[Any], *, last: bool) -> None:
        """Keep arrays as a record if it is time for it, or the `last` time."""
        began = time.monotonic()
        if last or began >= self._written.setdefault(0, began + _EVERY):
            self._write(_LAST, self.known)
            self._write(name, {}, arrays)
            self._written[0] = time.monotonic() + max(_EVERY, _SHARE * (time.monotonic() - began))

    def told(self) -> dict[str, Any]:
        """What the result says of the folder."""
        told = {"folder": str(self.folder), "used": self.used, "damaged": self.damaged, "failed": self.failed}
        return {**told, "apart": self.apart}

    def _name(self, places: Sequence[int], width: int) -> str:
        """The name of the lanes of one program. Lanes of one structure share its listing."""
        group = next(number for number, lanes in enumerate(self.work.groups) if places[0] in lanes)
        if (group, width) not in self._listings:
            self._listings[group, width] = listing_of(self.work, places, width)
        if places[0] not in self._names:
            name = name_of(self.known, self.work, places, width, self._listings[group, width])
            self._names[places[0]] = name if self.beside is None else hashed(name, repr(self.beside(places)))
        return self._names[places[0]]

    def _due(self, run: Run, took: float) -> None:
        self._written[run.places[0]] = time.monotonic() + max(_EVERY, _SHARE * took)

    def _compare(self) -> None:
        """Say what differs from the last run in the folder."""
        last = self.read(_LAST)
        if last is None:
            return
        self.apart = [
            _said(name, last[0].get(name), now) for name, now in self.known.items() if last[0].get(name) != now
        ]
        if self.apart:
            told = f"resume: the last run in {self.folder} was another: {'; '.join(self.apart)}. Nothing of it is used."
            warnings.warn(told, stacklevel=2)

    def read(self, name: str) -> tuple[dict[str, Any], list[np.ndarray]] | None:
        """A record of the folder. None: it is not there, or it is damaged."""
        path = self.folder / name
        found = sealed.read(path)
        self.damaged += found is None and path.exists()
        return found

    def _write(self, name: str, words: dict[str, Any], arrays: Sequence[Any] = ()) -> None:
        """Write a record. A full disk must not end the run: the result says so."""
        try:
            sealed.write(self.folder / name, words, arrays)
        except OSError as error:
            self.failed = str(error.strerror or error)


def _said(name: str, then: Any, now: str) -> str:
    return f"another {name}" if name in ("problem", "data") else f"{name} was {then} and is {now}"
