"""`lropt auto`: find the learning rate of a problem and train it, for little more than one run."""

from pathlib import Path
from typing import Annotated, Any

import jax
import numpy as np
import tyro
from rich.console import Console

from lropt_jax import report, tuning
from lropt_jax._core.checking import check
from lropt_jax._core.extras import require
from lropt_jax._core.kinds import Size
from lropt_jax._core.limits import shown
from lropt_jax._core.refusal import Refused
from lropt_jax.cli.output import printing
from lropt_jax.cli.words import check_counts, maker_of, problem_of, shape_of
from lropt_jax.cli.writing import draw, folder_for, keep_record
from lropt_jax.config import to_config
from lropt_jax.problems import Problem, sealed
from lropt_jax.tuning import Auto

_DEFAULT = Path("lropt-auto")
_LARGEST_SEED = 2**32 - 1


def _own(metavar: str, default: str = "the problem's own") -> Any:
    return tyro.conf.arg(metavar=metavar, help_behavior_hint=f"(default: {default})")


def auto(
    problem: Annotated[str, tyro.conf.Positional, tyro.conf.arg(metavar="[PROBLEM]")] = "vae",
    /,
    optimizer: Annotated[str | None, _own("CALL", "adam, or the problem's own")] = None,
    steps: Annotated[int | None, _own("INT")] = None,
    schedule: Annotated[str | None, _own("CALL")] = None,
    exponent: Annotated[float | None, _own("FLOAT", "the optimizer's own")] = None,
    seed: Annotated[int, tyro.conf.arg(metavar="INT")] = 0,
    out: Annotated[Path | None, _own("PATH", str(_DEFAULT))] = None,
) -> int:
    """Find the learning rate of a problem and train it, for little more than one run.

    Short runs find the rate, for 15% of the steps. Then one run of all steps is made with it. It tries one seed: for a
    comparison of optimizers, or a rate to publish, take `lropt tune`.

    Args:
        problem: A name from `lropt list`, or path/to/file.py:name for a Problem of your own or a function making one.
        optimizer: A name, or a call with `rate` for the learning rate, such as "sgd(rate, momentum=0.9)".
        steps: Updates of the run.
        schedule: A name such as linear, cosine or constant, or a call with `rate` and `steps`.
        exponent: How the best rate changes with the length of a run, from -2 to 2.
        seed: For the start and all the noise.
        out: Folder for the picture and the results. Those of an older run of the same problem are replaced.
    """
    require("matplotlib")  # now, and not once all is trained
    console, task = Console(markup=False, highlight=False), problem_of(problem)
    recipe = task.recipe
    rule = optimizer or ("adam" if "adam" in recipe.optimizers else recipe.optimizers[0])
    steps, shape = recipe.steps if steps is None else steps, schedule or recipe.schedule
    check_counts(steps)
    check("steps", Size, steps)
    if not 0 <= seed <= _LARGEST_SEED:
        raise Refused(f"seed must be a whole number from 0 to {_LARGEST_SEED}, got {shown(seed)}.")
    make, of = maker_of(rule), shape_of(shape, steps)
    folder = folder_for(out, task.name, _DEFAULT)
    with printing():
        console.print(f"{task.name}: {rule}; {steps} steps; schedule {shape}", soft_wrap=True)
    with report.progress_bar(console) as told:
        done = tuning.auto(
            task, make, steps=steps, key=jax.random.key(seed), schedule=of, exponent=exponent, on_progress=told
        )  # fmt: skip
    return _tell(console, task, done, {"optimizer": rule, "schedule": shape, "seed": seed}, folder)


def _tell(console: Console, task: Problem, done: Auto, asked: dict[str, Any], out: Path) -> int:
    """Write what was found, print it, draw it, and give the exit status."""
    ends, kept = _ends(task, done), None
    try:
        kept = keep_record("auto", _record(task, done, asked, ends), out, task.name)
    finally:  # where it cannot be written, it is printed at least
        with printing("" if kept is None else f"; the results are in {kept.folder}"):
            console.print(repr(done).rpartition("\ntx = ")[0], soft_wrap=True)
            console.print(_sentence(done, asked, ends), style="bold green", soft_wrap=True)
            console.print(f"tx = {done.tx}", soft_wrap=True)
    names = [*draw(kept.folder, {"auto.png": lambda: report.plot_auto(done)}), *kept.names]
    with printing(f"; the results are in {kept.folder}"):
        older = " The results of an older run were replaced." if kept.replaced else ""
        console.print(f"Written to {kept.folder}: {', '.join(names)}.{older}", soft_wrap=True)
    return 0


def _ends(task: Problem, done: Auto) -> dict[str, float]:
    """How the run ended, as people know it: by name, on test data first."""
    sign, known = (-1, task.score) if task.score else (1, "loss")
    at = sealed(done.solution.params), done.solution.state
    held_out, test = jax.random.split(jax.random.key(0))  # as in a sweep
    ends = {}
    if task.test is not None:
        ends[f"test {known}"] = sign * float(jax.jit(task.test)(*at, test))
    if task.validate is not None:
        ends[f"validation {known}"] = sign * float(jax.jit(task.validate)(*at, held_out))
    if task.judge is not None:
        ends["error"] = float(jax.jit(task.judge)(*at))
    last = np.asarray(done.solution.values)[-max(1, done.steps // 50) :]  # the last fiftieth of the run
    return {**ends, f"training {known}": sign * float(last.mean())}


def _sentence(done: Auto, asked: dict[str, Any], ends: dict[str, float]) -> str:
    reached = ", ".join(f"{name} {end:.4g}" for name, end in ends.items())
    return (
        f"Trained by {asked['optimizer']} with a learning rate of {done.rate:.4g} "
        f"({asked['schedule']}, {done.steps} steps): {reached}."
    )


def _record(task: Problem, done: Auto, asked: dict[str, Any], ends: dict[str, float]) -> dict[str, Any]:
    try:
        tx = to_config(done.tx)
    except ValueError:  # it is not of this library alone
        tx = None
    return {
        "problem": task.name, **asked, "steps": done.steps, "rate": done.rate, "equation": done.equation,
        "found": done.found._asdict(), "cost": done.cost, "flags": list(done.flags), "ends": ends, "tx": tx,
        "probes": [probe._asdict() for probe in done.probes],
    }  # fmt: skip
