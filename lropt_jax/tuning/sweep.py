"""Train optimizers x rates x other values x seeds, side by side."""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal

import jax

from lropt_jax._core.checking import checked
from lropt_jax._core.kinds import Size
from lropt_jax.problems import Problem
from lropt_jax.schedules import linear
from lropt_jax.tuning.arguments import check_problem, seeds_of
from lropt_jax.tuning.devices import devices_of
from lropt_jax.tuning.engine import Progress
from lropt_jax.tuning.makers import makers
from lropt_jax.tuning.passes import run_pass
from lropt_jax.tuning.result import Sweep
from lropt_jax.tuning.space import grids_of
from lropt_jax.tuning.watching import watching


@checked
def sweep(
    problem: Problem,
    optimizers: Any,
    *,
    steps: Size,
    rates: Iterable[float] | Mapping[str, Iterable[float]] | None = None,
    space: Mapping[str, Any] | None = None,
    seeds: int | Iterable[int] = 3,
    schedule: Callable[[Any, int], Any] | None = linear,
    lanes_per_program: Size | None = None,
    workers: Size | None = None,
    devices: Sequence[jax.Device] | Literal["all"] | None = None,
    resume: str | os.PathLike[str] | None = None,
    on_progress: Callable[[Progress], None] | Literal["auto"] | None = "auto",
) -> Sweep:
    """Train every optimizer at every rate from every seed, and keep how each run ended.

    Lanes of one structure (the same optimizer with other numbers) share one compilation. A lane is marked as diverged
    where its loss is not finite or ends above where it began. It touches no other lane and never wins.

    A problem may stream its batches from the host. Each is read once, by a thread that is ahead, and goes to all lanes
    in lockstep. Where the memory does not hold all lanes at once, the stream begins again for the others. Without
    held-out data the training loss of the last steps decides.

    Args:
        problem: What to train. Rates are chosen by `Problem.criterion`: `validate`, else `judge`, else the training
            loss.
        optimizers: One, a sequence, or a dict by name. Each is a factory such as `adam`, a function `rate -> optimizer`
            such as `lambda rate: chain(clip(1.0), sgd(rate, momentum=0.9))`, or an optimizer. A function may take
            values of `space` by name. If it takes `steps`, the length of the run, it makes its own schedule. A number
            as an optimizer's learning rate is replaced. A schedule of its own stays: its largest rate becomes the one
            that is tried. That goes for optimizers inside `chain` and wrappers too; of several the one with the largest
            rate gets the rate, and the others keep their share of it.
        steps: Updates of each lane, a whole number >= 1. Calls, where a rule gathers the gradients of several.
        rates: Learning rates, > 0 and different, for all optimizers or by name. None: 24 from 1e-4 to 1, see
            `log_rates`.
        space: Values of any arguments, each combination of which is tried: `{"learning_rate": log_rates(),
            "weight_decay": [0, 0.1]}`, for all optimizers or one such dict by name. A name is an argument of the
            optimizer, or of the function that makes it. "learning_rate.peak" is an argument of the schedule inside it.
            Values may be anything: words, schedules, functions. Without "learning_rate" the rates are `rates`. None:
            rates alone are tried.
        seeds: How many, or which ones, from 0 to 2**32 - 1 and different. Every rate runs from the same seeds.
        schedule: `schedule(rate, steps)` makes what the optimizer takes as its rate. Under `accumulate` or
            `optax.MultiSteps` it gets the number of updates. The default falls linearly to 0;
            without such a fall the noise of the last steps decides which rate wins. An optimizer with a schedule of its
            own does not get it. None: a constant rate.
        lanes_per_program: Lanes in one compiled program, a whole number >= 1. None: measured and chosen; the result
            says why.
        workers: Threads that run programs, a whole number >= 1. None: one per core on a CPU, one on an accelerator.
        devices: On which devices of this process programs run, each on one; "all" is every one. The numbers hang on
            `lanes_per_program` and not on how many devices there are. The data are copied to each. None: JAX's default
            device.
        resume: A folder for what has ended and, every ten seconds or so, for where each lane stands. A run that is
            killed there goes on with the same call, and ends with the same bits. Only what the call would compute
            again is used: with another problem, data, version or device it begins anew, with a warning that says what
            differs. Several runs may share a folder. A stream must give the same batches again; its first ones and
            its length are compared. None: off.
        on_progress: Called from the workers a few times a second with a `Progress`. "auto": a bar on a
            terminal or in a notebook; elsewhere a few lines on standard error, of a run that takes seconds. None: no
            progress is shown.

    Returns:
        The sweep. Ctrl-C ends it early: then `finished` is False, and the lanes that have ended are there.

    Raises:
        ValueError: A number is outside its range, the problem's value is a monitor and there is nothing else to choose
            rates by, or its stream ends early or changes the shape of its batches.
        TypeError: The problem is no `Problem`, or an optimizer is none.

    Example:
        >>> import jax.numpy as jnp
        >>> from lropt_jax.optimizers import sgd
        >>> from lropt_jax.problems import Problem
        >>> bowl = Problem(
        ...     init=lambda key: (jnp.ones(2), ()),
        ...     field=lambda x, state, key: (x, state, x @ x / 2),
        ...     judge=lambda x, state: x @ x)
        >>> found = sweep(bowl, sgd, rates=[0.1, 1.0, 30.0], steps=20, seeds=1)
        >>> found.best().rate, found.status.tolist()
        (1.0, ['ok', 'ok', 'diverged'])
        >>> found = sweep(bowl, sgd, space={"learning_rate": [0.1, 0.5], "momentum": [0.0, 0.5]}, steps=20, seeds=1)
        >>> found.best().rate, found.best().values, found.engine["structures"]
        (0.5, {'momentum': 0.5}, 1)
    """
    check_problem(problem, streams=True)
    named = makers(optimizers)
    with watching(on_progress, "sweep") as told:
        return run_pass(
            problem,
            named,
            steps=steps,
            points={name: grid.points() for name, grid in grids_of(space, rates, named).items()},
            seeds=seeds_of(seeds),
            schedule=schedule,
            lanes_per_program=lanes_per_program,
            workers=workers,
            on_progress=told,
            resume=resume,
            devices=devices_of(devices),
        )
