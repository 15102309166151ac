"""`lropt tune`: find the learning rate of a problem."""

import importlib.util
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import jax
import numpy as np
import tyro
from rich.console import Console

from lropt_jax import problems, report, tuning
from lropt_jax._core.lifting import Factory
from lropt_jax._core.values import Optimizer, Schedule
from lropt_jax.config import parse
from lropt_jax.problems import Problem
from lropt_jax.tuning import Tuning


def tune(
    target: Annotated[str | None, tyro.conf.Positional, tyro.conf.arg(metavar="PROBLEM")] = None,
    /,
    problem: str = "vae",
    optimizers: tuple[str, ...] | None = None,
    rates: str | None = None,
    seeds: int | None = None,
    steps: int | None = None,
    schedule: str | None = None,
    out: Path = Path("lropt-tune"),
) -> int:
    """Find the learning rate of a problem.

    Every rate runs for a fifth of the steps, from one seed, with its own decay to zero; the five best rates of each
    optimizer then run at full length with every seed. Rates are chosen on validation data and reported on test data.
    What is not given is the problem's own recipe; for a problem of yours, 24 rates from 1e-4 to 1 of SGD, AdaGrad,
    RMSprop and Adam, 3 seeds of 3300 steps, decaying linearly.

    Args:
        target: The problem, the same as --problem.
        problem: A name from `lropt list`, or path/to/file.py:name for a Problem of your own or a function making one.
        optimizers: Names, or calls with `rate` for the learning rate, such as "sgd(rate, momentum=0.9)".
        rates: LOW:HIGH:COUNT on a logarithmic axis, or rates with commas between them.
        seeds: Runs of each finalist.
        steps: Updates of a full run.
        schedule: A name such as linear, cosine or constant, or a call with `rate` and `steps`, such as
            "warmup(cosine(rate, 0.9 * steps), 0.1 * steps)"; `steps` is the length of the run, short or full.
        out: Folder for the picture and the results.
    """
    console, task = Console(), _problem(target or problem)
    asked = {"steps": steps, "optimizers": optimizers, "rates": rates, "schedule": schedule, "seeds": seeds}
    recipe = _recipe(task, asked)
    grid, shape = _grid(recipe.rates), _shape(recipe.schedule, recipe.steps)
    makers = {text: _maker(text) for text in recipe.optimizers}
    if out.exists() and not out.is_dir():
        raise ValueError(f"tune: out must be a folder, got the file {out}.")
    spread = f"{len(grid)} rates from {grid[0]:g} to {grid[-1]:g}"
    console.print(f"{task.name}: {', '.join(makers)}; {spread}; schedule {recipe.schedule}", highlight=False)
    with report.progress_bar(console) as on_progress:
        found = tuning.tune(
            task, makers, rates=grid, seeds=recipe.seeds, steps=recipe.steps, schedule=shape, on_progress=on_progress
        )  # fmt: skip
    return _tell(console, task, found, recipe.schedule, grid, out)


def _tell(console: Console, task: Problem, found: Tuning, schedule: str, grid: list[float], out: Path) -> int:
    """Print and write what was found; the exit status."""
    console.print(report.tuning_table(found))
    console.print(report.budget(found), highlight=False)
    if not found.last.finished:
        console.print("Interrupted: this is the best of what had ended.", style="bold")
    if not np.any(found.last.status == "ok"):
        console.print(report.advice(found.last, grid), style="bold red", highlight=False)
        return 1
    console.print(f"Written to {out}: {', '.join(_write(task, found, out))}.", highlight=False)
    console.print(report.recommendation(found, schedule), style="bold green", highlight=False)
    console.print(f"tx = {found.best().tx}", highlight=False)
    return 0


def _write(task: Problem, found: Tuning, out: Path) -> list[str]:
    """The pictures and both passes, each a whole file or none."""
    out.mkdir(parents=True, exist_ok=True)
    pictures = {"tune.png": report.plot_tuning(found)}
    if task.view is not None and found.last.finished:
        pictures[f"{task.name}.png"] = _solution(task, found)
    for name, figure in pictures.items():
        partial = out / f"partial.{name}"
        figure.savefig(partial)
        os.replace(partial, out / name)
    names = list(pictures)
    for name, sweep in (("coarse", found.coarse), ("final", found.final)):
        if sweep is not None:
            sweep.save(out / name)
            names += [f"{name}.json", f"{name}.npz"]
    return names


def _recipe(task: Problem, asked: dict[str, Any]) -> problems.Recipe:
    """The problem's own, but for what is asked for."""
    return task.recipe._replace(**{name: word for name, word in asked.items() if word is not None})


def _solution(task: Problem, found: Tuning) -> Any:
    """The winner's solution, run once more and drawn."""
    tx = found.best().tx
    assert tx is not None
    assert task.view is not None
    solution = problems.solve(task, tx, jax.random.key(0), found.last.steps)
    return report.plot_view(task.view(solution.params, solution.state), f"{task.name}: {tx.factory.name}")


def _problem(text: str) -> Problem:
    """A problem of the suite by name, or a user's by file and name."""
    path, colon, name = text.rpartition(":")
    if colon and path.endswith(".py"):
        made = _from_file(Path(path), name)
    else:
        suite = problems.suite()
        if text not in suite:
            known = ", ".join(suite)
            raise ValueError(f"tune: problem must be one of {known}, or path/to/file.py:name, got {text!r}.")
        made = suite[text]
    made = made if isinstance(made, Problem) or not callable(made) else made()
    if not isinstance(made, Problem):
        raise TypeError(f"tune: problem must be a Problem or a function making one, got {made!r} for {text}.")
    return made


def _from_file(path: Path, name: str) -> Any:
    if not path.is_file():
        raise FileNotFoundError(f"tune: problem must be in a file that exists, got {path}.")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(path.parent.resolve()))
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    if not hasattr(module, name):
        held = [key for key, item in vars(module).items() if isinstance(item, Problem)]
        raise ValueError(f"tune: problem must name something in {path}, got {name!r}; its problems: {held or 'none'}.")
    return getattr(module, name)


def _grid(text: str) -> list[float]:
    """Rates as LOW:HIGH:COUNT or with commas."""
    try:
        if ":" in text:
            low, high, count = text.split(":")
            return list(tuning.log_rates(float(low), float(high), int(count)))
        return sorted(float(rate) for rate in text.split(","))
    except ValueError as error:
        if str(error).startswith("log_rates"):
            raise
        raise ValueError(f"tune: rates must be LOW:HIGH:COUNT or numbers with commas, got {text!r}.") from None


def _maker(text: str) -> Callable[[Any], Optimizer]:
    """How an optimizer is made from its rate, from its name or a call with `rate`."""

    def make(rate: Any) -> Optimizer:
        made = parse(text, rate=rate)
        return made(rate) if isinstance(made, Factory) else made

    made = make(1e-3)
    if not isinstance(made, Optimizer) or made == make(2e-3):
        raise ValueError(f"tune: optimizers must be names or calls with `rate`, got {text!r}.")
    return make


def _shape(text: str, steps: int) -> Callable[[float, int], Any]:
    """A schedule of `(rate, steps)`, from its name or a call with both."""

    def shape(rate: float, steps: int) -> Schedule:
        made = parse(text, rate=rate, steps=steps)
        if isinstance(made, Factory):
            return made(rate, steps) if "steps" in made.__signature__.parameters else made(rate)
        return made

    if not isinstance(shape(1.0, steps), Schedule):
        raise ValueError(f"tune: schedule must be a name or a call with `rate` and `steps`, got {text!r}.")
    return shape
