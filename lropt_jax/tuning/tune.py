"""A budget spent in two passes: short runs over the whole grid, then full runs of the finalists."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from lropt_jax.problems import Problem
from lropt_jax.schedules import linear
from lropt_jax.tuning.counts import seeds_of, whole
from lropt_jax.tuning.engine import Progress
from lropt_jax.tuning.lanes import makers
from lropt_jax.tuning.result import Choice, Sweep
from lropt_jax.tuning.sweep import sweep


@dataclass(frozen=True)
class Tuning:
    """Both passes; `final` is None where nothing survived the first, or Ctrl-C ended it."""

    coarse: Sweep
    final: Sweep | None

    @property
    def last(self) -> Sweep:
        """The pass that decides: the final one, unless there is none or Ctrl-C ended it before any rate had ended."""
        if self.final is None or not (self.final.finished or self.final.survivors):
            return self.coarse
        return self.final

    @property
    def finished(self) -> bool:
        """False where Ctrl-C ended either pass early."""
        return self.coarse.finished and (self.final is None or self.final.finished)

    def best(self, optimizer: str | None = None) -> Choice:
        """The rate to use, see `Sweep.best`."""
        return self.last.best(optimizer)

    def __repr__(self) -> str:
        return "\n".join(f"{name} pass: {found!r}" for name, found in vars(self).items() if found is not None)

    def _repr_html_(self) -> str:
        return "".join(found._repr_html_() for found in vars(self).values() if found is not None)


def tune(
    problem: Problem,
    optimizers: Any,
    *,
    steps: int,
    rates: Iterable[float] | None = None,
    seeds: int | Iterable[int] = 3,
    schedule: Callable[[Any, int], Any] | None = linear,
    coarse_fraction: float = 0.2,
    finalists: int = 5,
    lanes_per_program: int | None = None,
    workers: int | None = None,
    on_progress: Callable[[str, Progress], None] | None = None,
) -> Tuning:
    """Find the learning rate: every rate for a short run with its own decay to 0, then the best ones at full length.

    A short run that decays to its end ranks rates nearly as the full run does, which a run that is only cut short does
    not (Hägele et al. 2024, arXiv:2405.18392). Longer runs want slightly smaller rates, so the finalists of each
    optimizer are the rates that were best, and they are judged anew, with all seeds.

    Args:
        problem: What to train.
        optimizers: As in `sweep`.
        steps: Updates of a full run, >= 1.
        rates: Learning rates, > 0 and different. None: 24 from 1e-4 to 1.
        seeds: Of the full runs: how many, or which. The short runs take the first one.
        schedule: As in `sweep`.
        coarse_fraction: Length of the short runs as a share of `steps`, in (0, 1].
        finalists: Rates per optimizer that run at full length, >= 1.
        lanes_per_program: As in `sweep`.
        workers: As in `sweep`.
        on_progress: Called with the name of the pass and a `Progress`.

    Returns:
        Both passes; in the final one the most promising optimizer, at its most promising rate, runs first, so that
        Ctrl-C leaves what counts.

    Raises:
        ValueError: As in `sweep`, or a share or count outside its range.

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
    if not 0 < coarse_fraction <= 1:
        raise ValueError(f"tune: coarse_fraction must be in (0, 1], got {coarse_fraction}.")
    steps, finalists = whole("tune", steps=steps), whole("tune", finalists=finalists)
    seeds, named = seeds_of("tune", seeds), makers(optimizers)

    def one_pass(name: str, named: dict, steps: int, rates: Any, seeds: Sequence[int], width: int | None) -> Sweep:
        report = None if on_progress is None else lambda progress: on_progress(name, progress)
        return sweep(
            problem, named, steps=steps, rates=rates, seeds=seeds, schedule=schedule,
            lanes_per_program=width, workers=workers, on_progress=report,
        )  # fmt: skip

    short = max(1, round(steps * coarse_fraction))
    coarse = one_pass("coarse", named, short, rates, seeds[:1], lanes_per_program)
    promising = sorted(coarse.survivors, key=lambda name: coarse.best(name).validation)
    chosen = {name: _finalists(coarse, name, finalists) for name in promising}
    named = {name: named[name] for name in promising}
    if not named or not coarse.finished:
        return Tuning(coarse, None)
    return Tuning(coarse, one_pass("final", named, steps, chosen, seeds, coarse.engine["lanes_per_program"]))


def _finalists(coarse: Sweep, optimizer: str, many: int) -> list[float]:
    """The best rates of an optimizer, best first."""
    best = sorted(coarse.choices(optimizer), key=lambda choice: choice.validation)[:many]
    return [choice.rate for choice in best]
