"""A budget spent in two passes: short runs over the whole grid, then full runs of the finalists."""

import functools
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import jax
import numpy as np
from typing_extensions import TypeAliasType

from lropt_jax._core.checking import checked
from lropt_jax._core.kinds import Range, Size
from lropt_jax._core.showing import Found
from lropt_jax.problems import Problem
from lropt_jax.schedules import linear, stretch
from lropt_jax.tuning.arguments import check_problem, seeds_of
from lropt_jax.tuning.centred import centred
from lropt_jax.tuning.choices import Choice
from lropt_jax.tuning.devices import devices_of
from lropt_jax.tuning.edges import beyond, joined
from lropt_jax.tuning.engine import Progress
from lropt_jax.tuning.interrupts import interrupts
from lropt_jax.tuning.makers import Maker, makers, shortened
from lropt_jax.tuning.passes import run_pass
from lropt_jax.tuning.result import Sweep
from lropt_jax.tuning.space import Grid, Point, grids_of
from lropt_jax.tuning.watching import watching

Part = TypeAliasType("Part", Annotated[float, Range(0, 1, low_open=True), "a share, up to all"])


@dataclass(frozen=True)
class Tuning(Found):
    """Both passes. `coarse` has the whole grid, with the rates beyond its edges.

    `final` is None where nothing survived the coarse one, or Ctrl-C ended that.
    """

    coarse: Sweep
    final: Sweep | None

    @property
    def last(self) -> Sweep:
        """The pass that decides: the final one, unless there is none or Ctrl-C ended it before any rate had ended."""
        if self.final is None or not (self.final.finished or self.final.survivors):
            return self.coarse
        return self.final

    @property
    def edge(self) -> str | None:
        """Whether the rate to use is the `"smallest"` or the `"largest"` of all that were tried. None: neither."""
        best = self.best()
        tried = self.coarse.rate[self.coarse.alike(best)]
        ends = {} if tried.min() == tried.max() else {tried.min(): "smallest", tried.max(): "largest"}
        return ends.get(best.rate)

    @property
    def finished(self) -> bool:
        """False where Ctrl-C ended either pass early."""
        return self.coarse.finished and (self.final is None or self.final.finished)

    def best(self, optimizer: str | None = None) -> Choice:
        """The rate to use, see `Sweep.best`."""
        return self.last.best(optimizer)

    def ties(self, optimizer: str | None = None) -> list[Choice]:
        """The settings that the seeds cannot tell from it, see `Sweep.ties`."""
        return self.last.ties(optimizer)

    def __repr__(self) -> str:
        return "\n".join(f"{name} pass: {found!r}" for name, found in vars(self).items() if found is not None)

    def as_table(self) -> str:
        """The tables of both passes in HTML."""
        return "".join(found.as_table() for found in vars(self).values() if found is not None)


@checked
def tune(
    problem: Problem,
    optimizers: Any,
    *,
    steps: Size | None = None,
    rates: Iterable[float] | Mapping[str, Iterable[float]] | Literal["auto"] | None = None,
    space: Mapping[str, Any] | None = None,
    seeds: int | Iterable[int] = 3,
    schedule: Callable[[Any, int], Any] | None = linear,
    coarse_fraction: Part = 0.2,
    finalists: Size = 5,
    extend: bool = True,
    lanes_per_program: Size | None = None,
    workers: Size | None = None,
    devices: Sequence[jax.Device] | Literal["all"] | None = None,
    resume: str | os.PathLike[str] | None = None,
    on_progress: Callable[[str, Progress], None] | Literal["auto"] | None = "auto",
) -> Tuning:
    """Find the learning rate: every rate for a short run with its own decay to 0, then the best ones at full length.

    A short run that decays to its end ranks rates nearly as the full run does; a run that is only cut short does not
    (Hägele et al. 2024, arXiv:2405.18392). Longer runs need slightly smaller rates. So several rates of each optimizer
    reach the final, and they are judged anew, with all seeds.

    Args:
        problem: What to train.
        optimizers: As in `sweep`. In the short runs their own schedules are as much shorter.
        steps: Updates of a full run, a whole number >= 1. None: as many as the problem's recipe says.
        rates: As in `sweep`. "auto": 24 rates over four decades around the rate whose first step lowers the loss
            most, for each optimizer; the problem's value must be a loss. None: as in `sweep`.
        space: As in `sweep`. In the short runs, numbers of steps inside schedules are as much shorter.
        seeds: Seeds of the full runs: how many, or which ones. The short runs take the first one.
        schedule: As in `sweep`.
        coarse_fraction: Length of the short runs as a share of `steps`, in (0, 1].
        finalists: Settings per optimizer that run at full length, a whole number >= 1.
        extend: Whether the grid goes on where an optimizer's best short run is at its edge: once, by a third as many
            rates, at least 2. A grid of one rate does not.
        lanes_per_program: As in `sweep`.
        workers: As in `sweep`.
        devices: As in `sweep`.
        resume: As in `sweep`, for all passes.
        on_progress: Called with the name of the pass, `"coarse"`, `"beyond"` (where the grid goes on) or `"final"`,
            and a `Progress`. "auto" and None: as in `sweep`.

    Returns:
        Both passes. In the final one the most promising optimizer runs first, at its most promising rate, so that
        Ctrl-C leaves the runs that matter most.

    Raises:
        ValueError: As in `sweep`, or a share or count is outside its range.
        TypeError: As in `sweep`.

    Example:
        >>> import jax.numpy as jnp
        >>> from lropt_jax.optimizers import sgd
        >>> from lropt_jax.problems import Problem
        >>> bowl = Problem(
        ...     init=lambda key: (jnp.ones(2), ()),
        ...     field=lambda x, state, key: (x, state, x @ x / 2),
        ...     judge=lambda x, state: x @ x)
        >>> tune(bowl, sgd, steps=20, rates=[0.01, 0.1, 1.0], seeds=1, finalists=2).best().rate
        1.0
    """
    check_problem(problem, streams=True)
    seeds, named, chosen = seeds_of(seeds), makers(optimizers), devices_of(devices)
    steps = problem.recipe.steps if steps is None else steps
    if isinstance(rates, str) and rates == "auto":
        rates = centred(problem, named, steps, seeds[0])
    grids = grids_of(space, rates, named)
    short = max(1, round(steps * coarse_fraction))
    with interrupts() as stop, watching(on_progress) as told:  # over all passes: Ctrl-C between them loses nothing

        def run(name: str, makers: Mapping[str, Maker], **how: Any) -> Sweep:
            report = None if told is None else functools.partial(told, name)
            return run_pass(
                problem, makers, workers=workers, on_progress=report, stop=stop, resume=resume, devices=chosen, **how
            )

        brief = functools.partial(
            run, steps=short, seeds=seeds[:1], lanes_per_program=lanes_per_program,
            schedule=_shortened(schedule, grids, short, steps),
        )  # fmt: skip
        makers_of_short = shortened(named, short / steps)
        coarse = brief("coarse", makers_of_short, points={name: grid.points() for name, grid in grids.items()})
        more = beyond(coarse, 1.0 if problem.domain == "convex" else np.inf) if extend else {}
        if more and coarse.finished:
            points = {
                name: [grids[name].at(rate, coarse.best(name).values) for rate in own] for name, own in more.items()
            }
            further = brief("beyond", {name: makers_of_short[name] for name in more}, points=points)
            coarse = joined(coarse, further)
        promising = sorted(coarse.survivors, key=lambda name: coarse.best(name).validation)
        if not promising or not coarse.finished:
            return Tuning(coarse, None)
        final = run(
            "final", {name: named[name] for name in promising}, steps=steps, seeds=seeds, schedule=schedule,
            points={name: _finalists(coarse, name, grids[name], finalists) for name in promising},
            lanes_per_program=coarse.engine["lanes_per_program"],
        )  # fmt: skip
    return Tuning(coarse, final)


def _shortened(schedule: Any, grids: Mapping[str, Grid], short: int, steps: int) -> Any:
    """The schedule of short runs. Where a space has numbers inside it, that of a full run as much faster: they fit."""
    inside = any(path.startswith("learning_rate.") for grid in grids.values() for path in grid.others)
    if schedule is None or not inside:
        return schedule
    return lambda rate, _: stretch(schedule(rate, steps), short / steps)


def _finalists(coarse: Sweep, optimizer: str, grid: Grid, many: int) -> list[Point]:
    """The best settings of an optimizer, best first."""
    best = sorted(coarse.choices(optimizer), key=lambda choice: choice.validation)[:many]
    return [grid.at(choice.rate, choice.values) for choice in best]
