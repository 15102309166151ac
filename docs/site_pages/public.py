"""What the package exports: its rooms and their names, read from the package itself."""

import importlib
import inspect
import types
from typing import NamedTuple, get_args

import lropt_jax

ORDER = (
    "schedules",
    "optimizers",
    "rates",
    "wrappers",
    "problems",
    "diagnostics",
    "tuning",
    "report",
    "transfer",
    "objectives",
)

ALONE = [f"lropt_jax.{room}" for room in ("schedules", "optimizers", "rates", "wrappers", "tuning")] + ["lropt_jax"]


class Name(NamedTuple):
    """A public function or class."""

    room: str
    name: str
    thing: object

    @property
    def full(self) -> str:
        """As it is imported."""
        return f"{self.room}.{self.name}"

    @property
    def short(self) -> str:
        """As the pages write it."""
        return self.full.removeprefix("lropt_jax.")

    @property
    def page(self) -> str:
        """Its page, without the ending."""
        return f"generated/reference/{self.short}"

    @property
    def summary(self) -> str:
        """The first sentence of its docstring."""
        if isinstance(self.thing, types.UnionType):
            return f"One of {', '.join(f'`{each.__name__}`' for each in get_args(self.thing))}."
        paragraph = inspect.cleandoc(self.thing.__doc__ or "").split("\n\n")[0]
        return " ".join(paragraph.split())

    @property
    def arguments(self) -> set[str]:
        """The names of its arguments, or of the fields of a class."""
        try:
            return set(inspect.signature(self.thing).parameters)
        except (TypeError, ValueError):
            return set()

    @property
    def known_alone(self) -> bool:
        """Whether its name says what it is, without its room: `cosine` does, and `step` does not."""
        if "compat." in self.room or not callable(self.thing):
            return False
        if self.room in ALONE or "_" in self.name or isinstance(self.thing, type):
            return True
        needed = [each for each in inspect.signature(self.thing).parameters.values() if each.default is each.empty]
        return self.room == "lropt_jax.problems" and not needed  # the problems of the suite


def rooms() -> dict[str, list[Name]]:
    """Every package and what it exports. A name belongs to one room only: `lropt_jax.chain` is `optimizers.chain`."""
    found = {room: _names(f"lropt_jax.{room}") for room in ORDER}
    libraries = importlib.import_module("lropt_jax.compat").__all__
    found |= {f"compat.{library}": _names(f"lropt_jax.compat.{library}") for library in libraries}
    elsewhere = [each.thing for names in found.values() for each in names]
    top = [each for each in _names("lropt_jax") if not any(each.thing is other for other in elsewhere)]
    return {"lropt_jax": top, **found}


def introduction(room: str) -> str:
    """The docstring of a room."""
    module = lropt_jax if room == "lropt_jax" else importlib.import_module(f"lropt_jax.{room}")
    return inspect.cleandoc(module.__doc__ or "")


def _names(package: str) -> list[Name]:
    module = importlib.import_module(package)
    found = [Name(package, name, getattr(module, name)) for name in module.__all__]
    return [each for each in found if not isinstance(each.thing, types.ModuleType)]
