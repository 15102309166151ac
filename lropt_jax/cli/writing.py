"""The folder of `lropt tune` or `lropt auto`: the numbers first, then pictures, each a whole file or none."""

import contextlib
import itertools
import json
import math
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from lropt_jax._core.limits import cut
from lropt_jax._core.refusal import Refused
from lropt_jax._core.whole import check_writable, whole
from lropt_jax.tuning import Tuning

_PASSES = ("coarse", "final")
_PICTURE = "tune.png"
_RECORD = "auto"
_DEFAULT = Path("lropt-tune")


class Kept(NamedTuple):
    """Where the numbers were written, under which names, and whether those of an older run were there before."""

    folder: Path
    names: list[str]
    replaced: bool


@contextlib.contextmanager
def writing(out: Path, name: str = "out", noun: str = "folder") -> Iterator[None]:
    """Turn what the system says of a path into one line."""
    try:
        yield
    except OSError as error:
        said = error.strerror or error
        raise Refused(f"{name} must be a {noun} that can be written to, got {out}; {said}.") from error


def picture_of(problem: str) -> str:
    """A file name for the picture of a problem's solution, whatever the problem is called."""
    name = safe_name(problem)
    taken = f"{name}.png".lower() in (_PICTURE, f"{_RECORD}.png")
    return f"{name}-solution.png" if taken else f"{name}.png"


def safe_name(name: str) -> str:
    """A name in the letters that every file system has: `a/b` becomes `a-b`."""
    return re.sub(r"[^\w.-]+", "-", name, flags=re.ASCII).strip(".-")[:80] or "problem"


def folder_for(out: Path | None, problem: str, default: Path = _DEFAULT) -> Path:
    """The folder to write to, refused before anything is trained where that cannot be done.

    Results of two problems are never in one folder: another problem's folder is refused where it is asked for, and left
    alone where it is the default.
    """
    with writing(out or default):
        folder = _free(default, problem) if out is None else out
        if _holder(folder) not in (None, problem):
            raise Refused(
                f"out must be a folder without results of another problem, got {folder}; it holds those of "
                f"{cut(str(_holder(folder)))!r}. Give another --out."
            )
        pictures = (_PICTURE, f"{_RECORD}.png", picture_of(problem))
        for name in (*pictures, f"{_RECORD}.json", *_files(*_PASSES)):
            if (folder / name).is_dir():
                raise Refused(f"out must be a folder for results, got {folder}; {name} in it is a folder.")
        check_writable(folder)
    return folder


def keep(found: Tuning, out: Path, problem: str) -> Kept:
    """Write both passes, and remove what an older run of the same problem left of what this one does not have.

    A run of another problem may have ended in this folder meanwhile: then they go to a folder beside it.
    """
    passes = {
        name: sweep for name, sweep in zip(_PASSES, (found.coarse, found.final), strict=True) if sweep is not None
    }
    with writing(out):
        folder = _free(out, problem)
        replaced = _holder(folder) is not None
        for name, sweep in passes.items():
            sweep.save(folder / name)
        pictures = [name for name in (_PICTURE, picture_of(problem)) if not (folder / name).is_dir()]
        for name in (*pictures, *_files(*(name for name in _PASSES if name not in passes))):
            (folder / name).unlink(missing_ok=True)
    return Kept(folder, _files(*passes), replaced)


def keep_record(name: str, record: dict[str, Any], out: Path, problem: str) -> Kept:
    """Write a record as JSON, into a folder beside `out` where that has the results of another problem by now."""
    text = json.dumps(_plain(record), indent=1) + "\n"
    with writing(out):
        folder = _free(out, problem)
        folder.mkdir(parents=True, exist_ok=True)
        replaced = (folder / f"{name}.json").is_file()
        with whole(folder / f"{name}.json") as (partial,):
            partial.write_text(text, encoding="ascii")
        (folder / f"{name}.png").unlink(missing_ok=True)  # of an older run
    return Kept(folder, [f"{name}.json"], replaced)


def _plain(item: Any) -> Any:
    """The same without NaN and infinity, which JSON does not have."""
    if isinstance(item, dict):
        return {key: _plain(value) for key, value in item.items()}
    if isinstance(item, (list, tuple)):
        return [_plain(value) for value in item]
    return None if isinstance(item, float) and not math.isfinite(item) else item


def draw(folder: Path, pictures: dict[str, Callable[[], Any]]) -> list[str]:
    """Write pictures. One that fails does not keep the others from it, and is refused in the end.

    Returns:
        The names of those written.
    """
    failed: dict[str, Exception] = {}
    for name, picture in pictures.items():
        try:
            with whole(folder / name) as (partial,):
                picture().savefig(partial)
        except Exception as error:
            failed[name] = error
    for name, why in failed.items():
        said = getattr(why, "strerror", None) or f"{type(why).__name__}: {cut(str(why).partition(chr(10))[0])}"
        raise Refused(f"{name} cannot be drawn, got {said}; the numbers are in {folder}.") from why
    return list(pictures)


def _files(*passes: str) -> list[str]:
    return [f"{name}.{suffix}" for name in passes for suffix in ("json", "npz")]


def _free(out: Path, problem: str) -> Path:
    """The folder itself, or the first beside it that holds no results of another problem."""
    beside = (out.with_name(f"{out.name}-{safe_name(problem)}{end}") for end in ("", *map("-{}".format, range(2, 100))))
    return next(folder for folder in itertools.chain([out], beside) if _holder(folder) in (None, problem))


def _holder(folder: Path) -> str | None:
    """The problem whose results are in a folder. None: there are none."""
    for path in (folder / f"{name}.json" for name in (*_PASSES, _RECORD)):
        if path.is_file():
            try:
                return str(json.loads(path.read_bytes())["problem"])
            except (ValueError, LookupError, TypeError, RecursionError):
                return "somebody else"
    return None
