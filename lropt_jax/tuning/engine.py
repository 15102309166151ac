"""Run the lanes of a sweep on as many workers as there are."""

import contextlib
import functools
import itertools
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import jax
import numpy as np

from lropt_jax._core.refusal import Refused
from lropt_jax._core.trees import Tree
from lropt_jax.tuning.batches import Pieces
from lropt_jax.tuning.devices import Devices, Slots
from lropt_jax.tuning.kept import Kept
from lropt_jax.tuning.lanes import Work
from lropt_jax.tuning.plan import Plan
from lropt_jax.tuning.programs import POINTS, Held, judge
from lropt_jax.tuning.remaining import Remaining, structures_of
from lropt_jax.tuning.runs import Outcome, Run, rows


class Progress(NamedTuple):
    """Where a sweep stands."""

    done: int  # steps of all lanes together
    total: int
    alive: int  # lanes that are not diverged
    lanes: int
    left: float | None = None  # seconds; None: not known, the pace so far tells


@dataclass
class Engine:
    """Runs the lanes of one sweep.

    Lanes of one structure share one compiled program. On a CPU each worker is a thread. It calls the program for one
    chunk of `lanes_per_program` lanes after another; XLA releases Python's lock meanwhile.
    """

    work: Work
    on_progress: Callable[[Progress], None] | None = None
    stop: threading.Event = field(default_factory=threading.Event)
    outcomes: dict[int, Outcome] = field(default_factory=dict)
    kept: Kept | None = None
    devices: Devices = ()
    _done: dict[int, int] = field(default_factory=dict)
    _dead: set[int] = field(default_factory=set)
    _remaining: Remaining | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self, plan: Plan) -> bool:
        """Run every lane and write into `outcomes` how it ended. False: `stop` was set before all had ended."""
        width, groups = plan.lanes_per_program, self._groups()
        chunks = [places[first : first + width] for places in groups for first in range(0, len(places), width)]
        chunks = [places for places in chunks if not self._ended(places, width)]
        firsts = [next((chunk for chunk in chunks if chunk[0] in places), None) for places in groups]
        self._slots = Slots(self.devices, plan.workers)
        compiled = [(places, device) for places in filter(None, firsts) for device in self._slots.devices]
        with ThreadPoolExecutor(plan.workers) as pool:
            self._all(pool, functools.partial(self._compile, plan), compiled)
            if self.work.pieces is None and self.on_progress is not None and not self.work.spans:
                structures = structures_of(groups, [places[0] for places in chunks])
                self._remaining = Remaining(self.work.steps, plan.workers, structures)
                self._all(pool, functools.partial(self._glance, plan), compiled[:: len(self._slots.devices)])
            if self.work.pieces is None:
                self._all(pool, functools.partial(self._run, plan), chunks)
            else:
                self._together(pool, plan, chunks)
        return not self.stop.is_set()

    def _groups(self) -> list[list[int]]:
        """The places of lanes that may stand in one program."""
        return self.work.groups

    def _all(self, pool: Executor, work: Callable[[Any], None], items: Sequence[Any]) -> None:
        """Work through items. An error in one stops the other workers at their next check of `stop`, and is raised."""
        try:
            for future in as_completed([pool.submit(work, item) for item in items]):
                future.result()
        except Exception:
            self.stop.set()
            raise

    def _together(self, pool: Executor, plan: Plan, chunks: list[list[int]]) -> None:
        """Run lanes in lockstep on the batches of a stream: as many at once as the memory holds."""
        many = max(1, (plan.lanes_at_once or len(self.work.lanes)) // plan.lanes_per_program)
        stream, steps = self.work.problem.stream, self.work.steps
        if len(chunks) > many and isinstance(stream.batches, Iterator):  # type: ignore[union-attr]
            raise Refused(
                f"data must be an iterable that can begin again, got {stream!r}; the memory holds "
                f"{plan.lanes_at_once} lanes at once."
            )
        for first in range(0, len(chunks), many):
            pieces = self.work.pieces if first == 0 else Pieces(stream, steps)
            with contextlib.closing(iter(pieces)) as batches:  # type: ignore[arg-type, type-var]
                self._lockstep(pool, plan, chunks[first : first + many], batches)

    def _lockstep(self, pool: Executor, plan: Plan, chunks: list[list[int]], pieces: Iterator[Held]) -> None:
        devices = itertools.cycle(self._slots.devices)
        runs = list(pool.map(functools.partial(self._begun, plan), chunks, devices))
        done = 0
        for piece in pieces:
            if self.stop.is_set() or not any(run.goes_on for run in runs):
                break
            here = [run for run in runs if run.goes_on and run.made == done]  # others went further before a crash
            batches = {device: jax.device_put(piece.batches, device) for device in self._slots.devices}
            self._all(pool, lambda run: self._forward(run, piece.now, batches[run.device]), here)  # noqa: B023
            done += piece.now
        for run in runs:
            self._end(run)

    def _compile(self, plan: Plan, what: tuple[Sequence[int], jax.Device | None]) -> None:
        """Compile a structure's programs by a run of no steps, so that no two workers compile the same."""
        if not self.stop.is_set():
            (places, device), first = what, self.work.first
            run = Run.begun(self.work, places, plan.lanes_per_program, device)
            run.forward(0, None if first is None else jax.device_put(first.batches, device))

    def _glance(self, plan: Plan, what: tuple[Sequence[int], jax.Device | None]) -> None:
        if not self.stop.is_set():
            assert self._remaining is not None
            self._remaining.glance(Run.begun(self.work, what[0], plan.lanes_per_program, what[1]))

    def _run(self, plan: Plan, places: Sequence[int]) -> None:
        with self._slots.one() as device:
            if self.stop.is_set():
                return
            run = self._begun(plan, places, device)
            while run.goes_on and not self.stop.is_set():
                self._forward(run, min(plan.slice_steps, run.until - run.done))
            self._end(run)

    def _ended(self, places: Sequence[int], width: int) -> bool:
        """Whether lanes had ended in a run that was killed later."""
        found = None if self.kept is None else self.kept.ended(places, width)
        if found is not None:
            self._conclude(places, found.outcomes)
        return found is not None

    def _conclude(self, places: Sequence[int], outcomes: Sequence[Outcome]) -> None:
        """Write down how lanes ended."""
        self.outcomes.update(zip(places, outcomes, strict=True))
        self._report(places, self.work.steps, np.array([outcome.status != "diverged" for outcome in outcomes]))

    def _begun(self, plan: Plan, places: Sequence[int], device: jax.Device | None) -> Run:
        run = Run.begun(self.work, places, plan.lanes_per_program, device)
        if self.kept is not None:
            self.kept.go_on(run)
        return run

    def _forward(self, run: Run, now: int, batches: Tree = None) -> None:
        began = time.perf_counter()
        run.forward(now, batches)
        if self._remaining is not None:
            self._remaining.ran(run.places[0], now, run.done, time.perf_counter() - began)
        self._report(run.places, run.done, run.finite)
        if self.kept is not None and run.goes_on:
            self.kept.keep_state(run)

    def _end(self, run: Run) -> None:
        stopped = self.stop.is_set() and run.goes_on
        if self._remaining is not None:
            self._remaining.ended(run.places[0], run.done)
        self._conclude(run.places, self._judged(run, stopped=stopped))
        if self.kept is not None and stopped:
            self.kept.keep_state(run, now=True)
        elif self.kept is not None:
            self.kept.keep_ended(run, [self.outcomes[place] for place in run.places])

    def _judged(self, run: Run, *, stopped: bool) -> list[Outcome]:
        """How lanes stand."""
        before, finite = run.before, run.finite
        found = judge(run.problem, run.track.at, len(before), self.work.held)
        validation, test, metrics = jax.tree.map(rows, found)
        sums, counts = np.moveaxis(np.asarray(run.track.curve).reshape(len(before), 2, POINTS), 1, 0)
        curves = np.divide(sums, counts, out=np.full_like(sums, np.nan), where=counts > 0)
        lost = ~finite | ~np.isfinite(validation) | (validation > before) | ~counts.any(1)
        ended = np.select([stopped & finite, lost, validation == before], ["stopped", "diverged", "unmoved"], "ok")
        measured = [{name: float(each[row]) for name, each in metrics.items()} for row in range(len(before))]
        return [*map(Outcome, map(str, ended), before, validation, test, curves, measured)][: len(run.places)]

    def _report(self, places: Sequence[int], done: int, alive: np.ndarray) -> None:
        with self._lock:
            for place, lives in zip(places, alive, strict=False):
                self._done[place] = done
                if not lives:
                    self._dead.add(place)
                    self._done[place] = self.work.steps
            if self.on_progress is not None:
                lanes, done_by_all = len(self.work.lanes), sum(self._done.values())
                left = None if self._remaining is None else self._remaining.seconds
                self.on_progress(Progress(done_by_all, self.work.steps * lanes, lanes - len(self._dead), lanes, left))
