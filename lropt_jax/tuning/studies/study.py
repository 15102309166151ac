"""Many workers on one study: each takes trials from Optuna, runs them as one program, and tells how they ended."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal

import jax
from typing_extensions import TypeAliasType

from lropt_jax._core.checking import checked
from lropt_jax._core.extras import require
from lropt_jax._core.kinds import Range, Size, positive
from lropt_jax._core.refusal import Refused
from lropt_jax.problems import Problem, check_domain
from lropt_jax.schedules import linear
from lropt_jax.tuning.arguments import check_problem, rates_of, seeds_of
from lropt_jax.tuning.devices import devices_of
from lropt_jax.tuning.engine import Progress
from lropt_jax.tuning.interrupts import interrupts
from lropt_jax.tuning.lanes import Lane
from lropt_jax.tuning.makers import makers
from lropt_jax.tuning.passes import lanes_of
from lropt_jax.tuning.result import Sweep
from lropt_jax.tuning.space import Point
from lropt_jax.tuning.studies.ledger import Ledger
from lropt_jax.tuning.studies.points import spread
from lropt_jax.tuning.studies.pruning import pruner_of, rungs_of
from lropt_jax.tuning.studies.samplers import sampler_of
from lropt_jax.tuning.studies.settings import opened, settings_of
from lropt_jax.tuning.studies.storages import quiet, reaching, storage_of
from lropt_jax.tuning.studies.worker import Worker
from lropt_jax.tuning.watching import watching

Sampled = TypeAliasType("Sampled", Annotated[int, Range(0, whole=True), "how many rates, 0 allowed"])
Seconds = TypeAliasType("Seconds", Annotated[float, positive, "a time in seconds"])


@checked
def study(
    problem: Problem,
    optimizers: Any,
    *,
    url: str,
    name: str = "lropt",
    steps: Size | None = None,
    rates: Iterable[float] | Mapping[str, Iterable[float]] | None = None,
    seeds: int | Iterable[int] = 3,
    schedule: Callable[[Any, int], Any] | None = linear,
    sampler: Literal["tpe", "gp", "random"] | None = None,
    sampled: Sampled = 12,
    batch: Size = 8,
    grace: Seconds = 30.0,
    pruner: Literal["median", "hyperband"] | None = None,
    devices: Sequence[jax.Device] | Literal["all"] | None = None,
    on_progress: Callable[[Progress], None] | Literal["auto"] | None = "auto",
) -> Sweep:
    """Work on a study that many processes and hosts share, until all its runs have ended.

    Call it with the same arguments as often as there are workers. Each takes a batch of trials from Optuna, runs them
    as one program and tells how they ended. A trial is one run: an optimizer at a rate from a seed, at full length. No
    trial runs twice, and none is lost: those of a worker that dies are given out again after `grace` seconds. Every
    worker returns the whole sweep. What has ended is in the study: so there is no `resume`. Optuna's own tools, its
    dashboard too, read the study.

    Args:
        problem: What to train. A stream must be able to begin again, and to give all workers the same batches: each
            batch of trials reads it from its beginning.
        optimizers: As in `sweep`.
        url: Where the study is kept. `journal:///path` or a path that ends in `.log`: a journal in a folder that all
            hosts share. `sqlite:///path`: a file for the processes of one host. `postgresql://user@host/name`: a
            database.
        name: Of the study, where one place keeps several.
        steps: Updates of each run, a whole number >= 1. None: as many as the problem's recipe says.
        rates: As in `sweep`. The first worker lets this grid wait for all.
        seeds: As in `sweep`.
        schedule: As in `sweep`.
        sampler: Optuna's sampler that chooses further rates, and their optimizers, after the grid. `"gp"` needs torch
            and SciPy. None: the grid alone.
        sampled: How many rates the sampler chooses, a whole number >= 0. Each runs from all seeds.
        batch: Trials that a worker takes at a time, a whole number >= 1: the lanes of its program. It is the same for
            all workers, so that no result depends on who ran it.
        grace: Seconds without a sign of life after which a worker counts as dead, > 0.
        pruner: Optuna's pruner, which ends runs early. It sees the criterion after 1/27, 1/9 and 1/3 of the steps,
            where the rate has hardly decayed: so it may end a run that would have won. Which runs it ends depends on
            which have ended before. A program ends early where all its lanes have. None: off.
        devices: As in `sweep`. A worker takes as many trials as there are devices times `batch`.
        on_progress: As in `sweep`, for this worker's trials.

    Returns:
        The sweep of all workers. Ctrl-C ends this worker early, and its trials wait for another one.

    Raises:
        ValueError: As in `sweep`. Or the study is one of another problem, version or setting; or it cannot be reached.
        TypeError: As in `sweep`.
        ImportError: Optuna, or the driver of a database, is not installed.

    Example:
        >>> import tempfile
        >>> import jax.numpy as jnp
        >>> from lropt_jax.optimizers import sgd
        >>> from lropt_jax.problems import Problem
        >>> bowl = Problem(
        ...     init=lambda key: (jnp.ones(2), ()),
        ...     field=lambda x, state, key: (x, state, x @ x / 2),
        ...     judge=lambda x, state: x @ x)
        >>> with tempfile.TemporaryDirectory() as folder:  # every worker makes this same call
        ...     found = study(bowl, sgd, url=f"{folder}/bowl.log", rates=[0.1, 1.0, 30.0], steps=20, seeds=1)
        >>> found.best().rate, found.status.tolist()
        (1.0, ['ok', 'ok', 'diverged'])
    """
    require("optuna", extra="optuna")
    check_problem(problem, streams=True)
    if problem.stream is not None and isinstance(problem.stream.batches, Iterator):
        raise Refused(
            f"data must be an iterable that can begin again, got {problem.stream!r}; give a list or a loader."
        )
    hosts = devices_of(devices)
    named, steps = makers(optimizers), int(problem.recipe.steps if steps is None else steps)
    grid, drawn = rates_of(rates, named), seeds_of(seeds)
    points = {name: [Point(rate, {}) for rate in own] for name, own in grid.items()}
    lanes = lanes_of(problem, named, points, drawn, schedule, steps)
    for lane in lanes:
        check_domain(problem, lane.tx, steps)

    def made(name: str, rate: float, seed: int) -> Lane:
        return lanes_of(problem, {name: named[name]}, {name: [Point(rate, {})]}, [seed], schedule, steps)[0]

    pairs = [(name, rate) for name, own in grid.items() for rate in own]
    chosen = int(sampled) if sampler else 0
    settings = settings_of(problem, lanes, steps=steps, batch=batch, sampled=chosen, pruner=pruner)
    with quiet(), interrupts() as stop, watching(on_progress, "study") as report:
        chooser, storage = sampler_of(sampler, pairs), storage_of(url)
        with reaching(url):
            choosers = {"sampler": chooser, "pruner": pruner_of(pruner, steps)}
            opened_study, first = opened(storage, name, choosers, settings, float(grace))
            ledger = Ledger(opened_study, storage, pairs, drawn, chosen, float(grace))
            if first:
                ledger.plan(spread(pairs, drawn))
        return Worker(
            problem, ledger, made, steps, batch, url, report, stop, hosts, rungs_of(steps) if pruner else ()
        ).work()
