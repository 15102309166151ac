"""`lropt list`: what there is, and the arguments of one rule."""

import difflib
import inspect
from types import ModuleType
from typing import Annotated, Any

import tyro
from rich.console import Console
from rich.table import Table

from lropt_jax import compat, optimizers, problems, rates, schedules, transfer, wrappers
from lropt_jax._core.annotations import kind_of
from lropt_jax._core.factory import Factory
from lropt_jax._core.limits import LONGEST_NAME, shown
from lropt_jax._core.refusal import Refused
from lropt_jax._core.spelling import named, spell, usage
from lropt_jax.cli.kinds import in_words
from lropt_jax.cli.output import printing


def catalogue(
    name: Annotated[
        str | None, tyro.conf.Positional, tyro.conf.arg(metavar="[NAME]", help_behavior_hint="(default: all)")
    ] = None,
    /,
) -> int:
    """List schedules, rates, optimizers, wrappers, transfer rules and problems, and other libraries' rules.

    Args:
        name: One of them, such as adam or torch.AdamW, to show its arguments: what each may be, and its default.
    """
    console, shelves = Console(markup=False, highlight=False), _shelves()
    with printing():
        return _print(console, shelves, name)


def _print(console: Console, shelves: dict[str, list[Any]], name: str | None) -> int:
    if name is None:
        for title, items in shelves.items():
            console.print(_shelf(title, items))
            console.print()
        return 0
    found = {title: item for title, items in shelves.items() for item in items if named(item) == name}
    if not found:
        raise Refused(f"name must be one that `lropt list` shows, got {shown(name)}; near are: {_near(name, shelves)}.")
    for title, item in found.items():
        console.print(f"{title}: {usage(item)}")
        console.print(_first_line(item))
        console.print()
        console.print(_arguments(item))
    return 0


def _shelves() -> dict[str, list[Any]]:
    return {
        "schedules": _exported(schedules),
        "rates": _rules(rates),
        "optimizers": _rules(optimizers),
        "wrappers": _exported(wrappers),
        "transfer": _exported(transfer),
        "problems": list(problems.suite().values()),
        **{f"compat.{library}": _exported(getattr(compat, library)) for library in _names(compat)},
    }


def _rules(room: ModuleType) -> list[Any]:
    return [item for item in _exported(room) if isinstance(item, Factory)]


def _exported(room: ModuleType) -> list[Any]:
    return [getattr(room, name) for name in _names(room)]


def _names(room: ModuleType) -> list[str]:
    return room.__all__


def _shelf(title: str, items: list[Any]) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", show_header=False, box=None, padding=(0, 2))
    table.add_column(overflow="fold")  # names stay whole
    table.add_column()
    for item in items:
        table.add_row(usage(item), _first_line(item))
    return table


def _first_line(item: Any) -> str:
    return (inspect.getdoc(item) or "").partition("\n")[0]


def _arguments(item: Any) -> Table:
    """A row per argument: its name, what it may be, its default."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("argument", overflow="fold")
    table.add_column("what it may be")
    table.add_column("default", overflow="fold")
    for parameter in inspect.signature(item).parameters.values():
        stars = "**" if parameter.kind is parameter.VAR_KEYWORD else "*" * (parameter.kind is parameter.VAR_POSITIONAL)
        required = parameter.default is parameter.empty
        words = in_words(parameter.annotation)
        if kind_of(parameter.annotation).optional and parameter.default is not None:
            words += ", or None"
        default = "" if stars else "required" if required else spell(parameter.default)
        table.add_row(f"{stars}{parameter.name}", words, default)
    return table


def _near(name: str, shelves: dict[str, list[Any]]) -> str:
    """Names that somebody may have meant: the same in other letters or of a library, else those spelled alike."""
    if len(name) > LONGEST_NAME:
        return "none"
    by_word: dict[str, list[str]] = {}
    for item in (item for items in shelves.values() for item in items):
        by_word.setdefault(_plain(named(item)), []).append(named(item))
    alike = difflib.get_close_matches(_plain(name), by_word, n=5, cutoff=0.5)
    return ", ".join(by_word.get(_plain(name), [by_word[word][0] for word in alike])) or "none"


def _plain(name: str) -> str:
    """A name without its library's, in small letters."""
    return name.rpartition(".")[2].lower()
