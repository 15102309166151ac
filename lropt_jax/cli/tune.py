"""`lropt tune`: find the learning rate of a problem."""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal

import tyro
from rich.console import Console

from lropt_jax import problems, report, tuning
from lropt_jax._core.extras import require
from lropt_jax._core.refusal import Refused
from lropt_jax.cli.output import printing
from lropt_jax.cli.space import devices_of, values_of
from lropt_jax.cli.unfinished import forget, keep_programs, unfinished, went_on
from lropt_jax.cli.words import check_counts, grid_of, maker_of, problem_of, shape_of
from lropt_jax.cli.writing import draw, folder_for, keep, picture_of
from lropt_jax.problems import Problem
from lropt_jax.tuning import Tuning


def _own(metavar: str) -> Any:
    """An option whose default is in the problem's own recipe."""
    return tyro.conf.arg(metavar=metavar, help_behavior_hint="(default: the problem's own)")


def tune(
    problem: Annotated[str, tyro.conf.Positional, tyro.conf.arg(metavar="[PROBLEM]")] = "vae",
    /,
    optimizers: Annotated[tuple[str, ...] | None, _own("CALL ...")] = None,
    rates: Annotated[str | None, _own("RATES")] = None,
    space: Annotated[
        tyro.conf.UseAppendAction[tuple[str, ...]],
        tyro.conf.arg(metavar="NAME=VALUES", help_behavior_hint="(default: rates alone; repeatable)"),
    ] = (),
    seeds: Annotated[int | None, _own("INT")] = None,
    steps: Annotated[int | None, _own("INT")] = None,
    schedule: Annotated[str | None, _own("CALL")] = None,
    out: Annotated[Path | None, tyro.conf.arg(metavar="PATH", help_behavior_hint="(default: lropt-tune)")] = None,
    study: Annotated[
        str | None, tyro.conf.arg(metavar="URL", help_behavior_hint="(default: this process alone)")
    ] = None,
    name: str = "lropt",
    batch: int = 8,
    sampler: Annotated[
        Literal["tpe", "gp", "random"] | None,
        tyro.conf.arg(metavar="{tpe,gp,random}", help_behavior_hint="(default: the grid alone)"),
    ] = None,
    sampled: int = 12,
    pruner: Annotated[
        Literal["median", "hyperband"] | None,
        tyro.conf.arg(metavar="{median,hyperband}", help_behavior_hint="(default: all runs end)"),
    ] = None,
    devices: Annotated[
        str | None, tyro.conf.arg(metavar="all|INT", help_behavior_hint="(default: JAX's default device)")
    ] = None,
    cache: bool = True,
) -> int:
    """Find the learning rate of a problem.

    Every rate runs for a fifth of the steps, from one seed, with its own decay to zero. Then the five best rates of
    each optimizer run at full length with every seed. Where its best short run is at an edge of the grid, the grid goes
    on there, once. Rates are chosen on validation data and reported on test data.
    Without validation data the error against a known answer decides, or else the training loss. What you do not give
    comes from the problem's own recipe. For a problem of yours: 24 rates from 1e-4 to 1 of SGD, AdaGrad, RMSprop and
    Adam, 3 seeds, 3300 steps, linear decay.

    Where it is stopped or killed, the same command goes on from there: it keeps what has ended in `.unfinished` inside
    the folder of --out, until the results are written.

    Args:
        problem: A name from `lropt list`, or path/to/file.py:name for a Problem of your own or a function making one.
        optimizers: Names, or calls with `rate` for the learning rate, such as "sgd(rate, momentum=0.9)".
        rates: LOW:HIGH:COUNT on a logarithmic axis, or rates with commas between them. Or auto: 24 rates of each
            optimizer around the one whose first step lowers the loss most.
        space: Values of another argument, with commas between them: `--space weight_decay=0,0.1 --space b2=0.9,0.99`.
            Each combination is tried. `adam.b2=0.9,0.99` is of one optimizer, `learning_rate.peak=0.1,1` of the
            schedule inside. Values are numbers, words, True, False or calls. Not in a study.
        seeds: Runs of each finalist.
        steps: Updates of a full run.
        schedule: A name such as linear, cosine or constant, or a call with `rate` and `steps`, such as
            "warmup(cosine(rate, 0.9 * steps), 0.1 * steps)". `steps` is the length of the run, short or full.
        out: Folder for the picture and the results. Those of an older run of the same problem are replaced.
        study: Be a worker of a study that many processes share: path.log or journal:///path, sqlite:///path or
            postgresql://user@host/name. All rates run at full length with every seed. Start the same command again for
            each worker. The results stay in the study; files are written where --out is given.
        name: Of the study, where a URL keeps several.
        batch: Runs that a worker takes at a time: the lanes of its program. The same for all workers of a study.
        sampler: Optuna's sampler, which chooses rates after those of the grid, in a study.
        sampled: How many rates it chooses.
        pruner: Optuna's pruner, which ends runs early, in a study.
        devices: On how many devices of this machine runs train side by side, or all. Results do not depend on it.
        cache: Keep compiled programs for the next call, in `lropt-jax` inside your cache folder, or where
            JAX_COMPILATION_CACHE_DIR says.
    """
    if cache:
        keep_programs()
    require("matplotlib")  # now, and not once all is trained
    console, task = Console(markup=False, highlight=False), problem_of(problem)
    asked = {"steps": steps, "optimizers": optimizers, "rates": rates, "schedule": schedule, "seeds": seeds}
    recipe = _recipe(task, asked)
    check_counts(recipe.steps, recipe.seeds)
    shape = shape_of(recipe.schedule, recipe.steps)
    grid = [] if recipe.rates == "auto" else grid_of(recipe.rates)
    makers = {text: maker_of(text) for text in recipe.optimizers}
    if pruner is not None and study is None:
        raise Refused(f"pruner must be left out without --study, got {pruner!r}.")
    values, tried = values_of(space, recipe, grid, asked=rates is not None, study=study is not None)
    chosen = devices_of(devices)
    folder = folder_for(out, task.name) if study is None or out is not None else None
    with printing():
        line = f"{task.name}: {', '.join(makers)}; {tried}; schedule {recipe.schedule}"
        console.print(line, soft_wrap=bool(space))
    runs: dict[str, Any] = {**values, "seeds": recipe.seeds, "steps": recipe.steps, "schedule": shape}
    with report.progress_bar(console) as on_progress:
        if study is None:
            assert folder is not None
            with unfinished(folder, task) as resume:
                found = tuning.tune(task, makers, on_progress=on_progress, resume=resume, devices=chosen, **runs)
        else:
            told = functools.partial(on_progress, "study")
            how: dict[str, Any] = {"url": study, "name": name, "batch": batch, "sampler": sampler, "sampled": sampled}
            how |= {"pruner": pruner, "devices": chosen}
            found = Tuning(tuning.study(task, makers, on_progress=told, **runs, **how), None)
    grid = grid or sorted(set(found.coarse.rate.tolist()))
    return _tell(console, task, found, recipe.schedule, grid, folder)


def _tell(console: Console, task: Problem, found: Tuning, schedule: str, grid: list[float], out: Path | None) -> int:
    """Write what was found, print it, draw it, and give the exit status."""
    survived, kept = bool(found.last.survivors), None
    if not found.finished and not survived:
        if (found.coarse.status != "stopped").any():  # lanes have ended, none of them well
            console.print(report.tuning_table(found))
        raise KeyboardInterrupt
    try:
        kept = keep(found, out, task.name) if survived and out is not None else None
        if found.finished and "study" not in found.coarse.engine and out is not None:
            forget(out)
    finally:  # where it cannot be written, it is printed at least
        with printing("" if kept is None else f"; the results are in {kept.folder}"):
            _print(console, found, schedule, grid)
    if kept is None:
        return 0 if survived else 1
    names = [*draw(kept.folder, _pictures(task, found)), *kept.names]
    with printing(f"; the results are in {kept.folder}"):
        if kept.folder != out:
            console.print(f"{out} holds the results of another problem by now, and stays as it is.", soft_wrap=True)
        older = " The results of an older run were replaced." if kept.replaced else ""
        console.print(f"Written to {kept.folder}: {', '.join(names)}.{older}", soft_wrap=True)
    return 0


def _print(console: Console, found: Tuning, schedule: str, grid: list[float]) -> None:
    console.print(report.tuning_table(found))
    how = found.coarse.engine
    console.print(f"Budget: {how['why']}." if "study" in how else report.budget(found))
    console.print(went_on(found), soft_wrap=True, end="")
    if not found.finished:
        told = "Interrupted: this is the best of what had ended. The same command goes on from here."
        console.print(told, style="bold", soft_wrap=True)
    if not found.last.survivors:
        console.print(report.advice(found.last, grid), style="bold red")
        return
    console.print(report.recommendation(found, schedule), style="bold green", soft_wrap=True)
    console.print(f"tx = {found.best().tx}", soft_wrap=True)


def _pictures(task: Problem, found: Tuning) -> dict[str, Callable[[], Any]]:
    """What to draw, by file name."""
    pictures: dict[str, Callable[[], Any]] = {"tune.png": lambda: report.plot_tuning(found)}
    if task.view is not None and found.finished:
        pictures[picture_of(task.name)] = lambda: _solution(task, found)
    return pictures


def _recipe(task: Problem, asked: dict[str, Any]) -> problems.Recipe:
    """The problem's own recipe, with what is asked for in its place."""
    return task.recipe._replace(**{name: word for name, word in asked.items() if word is not None})


def _solution(task: Problem, found: Tuning) -> Any:
    """The winner's solution, run once more and drawn."""
    import jax

    tx = found.best().tx
    assert tx is not None
    assert task.view is not None
    solution = problems.solve(task, tx, jax.random.key(0), found.last.steps)
    return report.plot_view(task.view(solution.params, solution.state), f"{task.name}: {tx.factory.name}")
