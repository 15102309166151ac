"""Successive halving: every rate for a short while, the best third of them three times as long, and so on."""

import functools
import math
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Annotated, Any, Literal

import jax
from typing_extensions import TypeAliasType

from lropt_jax._core.checking import checked
from lropt_jax._core.kinds import Range, Size
from lropt_jax.problems import Problem
from lropt_jax.tuning.arguments import check_problem, rates_of, seeds_of
from lropt_jax.tuning.devices import devices_of
from lropt_jax.tuning.engine import Progress
from lropt_jax.tuning.interrupts import interrupts
from lropt_jax.tuning.makers import makers
from lropt_jax.tuning.result import Sweep
from lropt_jax.tuning.rungs.halved import Halving
from lropt_jax.tuning.rungs.ladder import Ladder
from lropt_jax.tuning.watching import watching

Factor = TypeAliasType("Factor", Annotated[int, Range(2, whole=True), "how much longer and how many times fewer"])
Tail = TypeAliasType("Tail", Annotated[float, Range(0, 1, low_open=True), "a share of the run, up to all"])


@checked
def halving(
    problem: Problem,
    optimizers: Any,
    *,
    steps: Size | None = None,
    rates: Iterable[float] | Mapping[str, Iterable[float]] | None = None,
    seeds: int | Iterable[int] = 3,
    factor: Factor = 3,
    rungs: Size = 3,
    decay_fraction: Tail = 0.3,
    schedule: Callable[[Any, int], Any] | None = None,
    lanes_per_program: Size | None = None,
    workers: Size | None = None,
    devices: Sequence[jax.Device] | Literal["all"] | None = None,
    resume: str | os.PathLike[str] | None = None,
    on_progress: Callable[[str, Progress], None] | Literal["auto"] | None = "auto",
) -> Halving:
    """Find the learning rate: every rate on a short rung, the best third of them on one three times as long, and so on.

    Each lane has a trunk at a constant rate. On each rung a fork leaves the trunk and decays to 0 at the rung's end;
    the fork is judged, and the trunk goes on (Jamieson & Talwalkar 2016, arXiv:1502.07943, with the forks of Hägele et
    al. 2024, arXiv:2405.18392). Runs that are only cut short would rank fast starters first, which lose later.
    So `best().tx` has the schedule `wsd(rate, steps, warmup_steps=0, cooldown_steps=decay_fraction * steps)`.

    Each optimizer keeps its own best rates: short runs rank the rates of one optimizer well, and optimizers badly.

    Choose it for many rates at the cost of few full runs. 24 rates from one seed cost about 6 runs. `tune` judges five
    rates of each optimizer with three seeds; `sweep` runs all at full length.

    A problem may stream its batches from the host. Each is read once and goes to all lanes in lockstep. The memory must
    hold all lanes at once. A trunk goes on with the batches after those of its forks.

    All rungs call one compiled program, and survivors stay where they are. Narrow programs take the next few of them
    by index: so no lane that has lost is computed, and nothing is compiled for a smaller rung. On an accelerator one
    program has all lanes of the first rung. On later rungs its idle places repeat a survivor: that costs less than
    compiling a program for each rung.

    Args:
        problem: What to train, as in `sweep`.
        optimizers: As in `sweep`. One that has a schedule of its own begins each rung anew, with that schedule as much
            shorter.
        steps: Updates of the last rung, a whole number >= 1. None: as many as the problem's recipe says.
        rates: As in `sweep`.
        seeds: How many, or which ones. Every rate runs from the same seeds on every rung. One costs a third, and
            chooses badly where runs differ much.
        factor: How many times longer each rung is than the one before, and how many times fewer rates it has, a whole
            number >= 2.
        rungs: How many rungs, a whole number >= 1.
        decay_fraction: Share of each rung in which its forks fall to 0, in (0, 1]. At 1 there is no trunk: each rung
            begins anew, with `linear`.
        schedule: `schedule(rate, steps)` of each rung, which then begins anew. None: trunks and forks as above.
        lanes_per_program: As in `sweep`. None: as measured, and on a CPU at most as many as the last rung has.
        workers: As in `sweep`.
        devices: As in `sweep`.
        resume: As in `sweep`. A stream is read from its beginning again.
        on_progress: Called with the name of the rung and a `Progress`. "auto" and None: as in `sweep`.

    Returns:
        All rungs, each as a `Sweep`, and the cost. Ctrl-C ends the search early; the last rung on which a rate ended
        well decides.

    Raises:
        ValueError: As in `sweep`.
        TypeError: As in `sweep`.

    Memory: the parameters and optimizer state of every lane of the rung.

    Example:
        >>> import jax.numpy as jnp
        >>> from lropt_jax.optimizers import sgd
        >>> from lropt_jax.problems import Problem
        >>> bowl = Problem(
        ...     init=lambda key: (jnp.ones(2), ()),
        ...     field=lambda x, state, key: (x, state, x @ x / 2),
        ...     judge=lambda x, state: x @ x)
        >>> found = halving(bowl, sgd, rates=[0.01, 0.03, 0.1, 0.3, 1.0, 3.0], steps=27, seeds=1)
        >>> found.best().rate, [len(rung.rate) for rung in found.rungs], found.cost < 3
        (1.0, [6, 2, 1], True)
    """
    check_problem(problem, streams=True)
    named, seeds, chosen = makers(optimizers), seeds_of(seeds), devices_of(devices)
    problem = jax.device_put(problem, chosen[0]) if chosen else problem
    steps = problem.recipe.steps if steps is None else int(steps)
    alive = rates_of(rates, named)
    with interrupts() as stop, watching(on_progress) as told:
        ladder = Ladder(problem, named, seeds, steps, decay_fraction, schedule, stop, chosen, resume)
        plan = ladder.plan(alive, factor ** (rungs - 1), lanes_per_program, workers)
        for rung in range(rungs):
            length = max(1, round(steps / factor ** (rungs - 1 - rung)))
            report = None if told is None else functools.partial(told, f"rung {rung + 1} of {rungs}")
            found = ladder.climb(alive, length, plan, report)
            alive = {name: _best(found, name, math.ceil(len(alive[name]) / factor)) for name in found.survivors}
            if not alive or not found.finished:
                break
    return Halving(tuple(ladder.found), ladder.spent / steps)


def _best(found: Sweep, optimizer: str, many: int) -> list[float]:
    """The best rates of an optimizer, best first."""
    best = sorted(found.choices(optimizer), key=lambda choice: choice.validation)[:many]
    return [choice.rate for choice in best]
