"""`lropt diagnose`: what a learning rate does, and whether it is too high or too low."""

import json
from pathlib import Path
from typing import Annotated, Any

import jax
import numpy as np
import tyro
from rich.console import Console

from lropt_jax import diagnostics, report
from lropt_jax._core.extras import require
from lropt_jax._core.limits import shown
from lropt_jax._core.refusal import Refused
from lropt_jax._core.values import Optimizer
from lropt_jax.cli.output import printing
from lropt_jax.cli.words import check_counts, problem_of
from lropt_jax.cli.writing import draw, safe_name, writing
from lropt_jax.config import parse
from lropt_jax.diagnostics import Diagnosis

_DEFAULT = Path("lropt-diagnose")
_LARGEST_SEED = 2**32 - 1
_PICTURE, _RECORD = "diagnose.png", "diagnose.jsonl"


def _own(metavar: str, default: str) -> Any:
    return tyro.conf.arg(metavar=metavar, help_behavior_hint=f"(default: {default})")


def diagnose(
    run: Annotated[str, tyro.conf.Positional, tyro.conf.arg(metavar="PROBLEM|RECORD")],
    /,
    optimizer: Annotated[str | None, _own("CALL", "none: with a problem it must be given")] = None,
    steps: Annotated[int | None, _own("INT", "the problem's own")] = None,
    seed: Annotated[int, tyro.conf.arg(metavar="INT")] = 0,
    out: Annotated[Path | None, _own("PATH", f"{_DEFAULT} for a problem, no files for a record")] = None,
) -> int:
    """Say whether a learning rate is too high, too low or fine, with evidence.

    With a problem it trains the first fifth of the run, watched, and tries other rates from there. With a record it
    reads that alone.

    Args:
        run: A name from `lropt list`, path/to/file.py:name for a Problem of your own or a function making one, or
            path/to/record.jsonl, with the rows of `diagnostics.to_records`.
        optimizer: A call with its learning rate, such as "adam(0.1)" or "sgd(linear(0.1, 2000), momentum=0.9)".
        steps: Updates of the whole run.
        seed: For the start and all the noise.
        out: Folder for the picture and the record. Those of an older diagnosis are replaced.
    """
    require("matplotlib")  # now, and not once all is trained
    if run.endswith((".jsonl", ".json")):
        return _of_record(Path(run), {"optimizer": optimizer, "steps": steps}, out)
    task = problem_of(run)
    steps = task.recipe.steps if steps is None else steps
    check_counts(steps)
    if not 0 <= seed <= _LARGEST_SEED:
        raise Refused(f"seed must be a whole number from 0 to {_LARGEST_SEED}, got {shown(seed)}.")
    tx = _optimizer_of(optimizer)
    console, folder = Console(markup=False, highlight=False), _folder(_DEFAULT if out is None else out)
    with printing():
        console.print(f"{task.name}: {optimizer}; the first fifth of {steps} steps", soft_wrap=True)
    found = diagnostics.diagnose(task, tx, steps=steps, key=jax.random.key(seed))
    return _tell(console, found, folder, f"{safe_name(task.name)}: {optimizer}")


def _of_record(path: Path, given: dict[str, Any], out: Path | None) -> int:
    for name, item in given.items():
        if item is not None:
            raise Refused(f"{name} must come with a problem, got {item!r} with the record {path}.")
    found = diagnostics.diagnose(diagnostics.from_records(_rows(path)))
    return _tell(Console(markup=False, highlight=False), found, None if out is None else _folder(out), path.name)


def _rows(path: Path) -> list[Any]:
    """The rows of a file of lines of JSON."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise Refused(f"run must be a file that can be read, got {path}; {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise Refused(f"run must be lines of JSON, got {path}; it is no text.") from error
    rows = []
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                rows.append(json.loads(line))
            except (ValueError, RecursionError) as error:
                what = "its last line is cut off" if number == len(lines) else f"line {number} is none"
                raise Refused(f"run must be lines of JSON, got {path}; {what}.") from error
    return rows


def _optimizer_of(text: str | None) -> Optimizer:
    """The optimizer, with the learning rate that is to be judged."""
    if text is None:
        raise Refused('optimizer must be given with a problem, got none; write --optimizer "adam(0.1)".')
    made = parse(text)
    if not isinstance(made, Optimizer):
        raise Refused(f'optimizer must be a call with its learning rate, such as "adam(0.1)", got {shown(text)}.')
    return made


def _folder(folder: Path) -> Path:
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
    return folder


def _tell(console: Console, found: Diagnosis, folder: Path | None, title: str) -> int:
    """Print the verdict and the table, and write the picture and the record."""
    with printing():
        first, _, rest = repr(found).partition("\n")
        console.print(first, style="bold green" if found.verdict == "fine" else "bold", soft_wrap=True)
        console.print(rest, soft_wrap=True)
        console.print(report.run_table(found.record))
    if folder is None:
        return 0
    with writing(folder):
        text = "".join(f"{json.dumps(_plain(row))}\n" for row in diagnostics.to_records(dict(found.record)))
        (folder / _RECORD).write_text(text, encoding="ascii")
    picture = {_PICTURE: lambda: report.plot_run(dict(found.record), events=found.events, title=title)}
    names = [*draw(folder, picture), _RECORD]
    with printing():
        console.print(f"Written to {folder}: {', '.join(names)}.", soft_wrap=True)
    return 0


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """A row without NaN and infinity, which JSON does not have."""
    return {name: item if np.isfinite(item) else None for name, item in row.items()}
