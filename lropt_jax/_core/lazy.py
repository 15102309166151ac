"""Names that are imported on first use (PEP 562), read from the stub beside a package: `__init__.pyi`."""

import ast
import importlib
import sys
import types
from pathlib import Path
from typing import Any


class Room(types.ModuleType):
    """A package that imports what it exports when somebody asks for it.

    A function may have the name of its file: `optimizers.adam` is the function, whoever imported the file before.
    """

    _homes: dict[str, tuple[str, str]]

    def __getattr__(self, name: str) -> Any:
        homes = self.__dict__.get("_homes", {})
        if name not in homes:
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        home, called = homes[name]
        module = importlib.import_module(home)
        if home == self.__name__ or not hasattr(module, called):
            found = importlib.import_module(f"{home}.{called}")
        else:
            found = getattr(module, called)
        self.__dict__[name] = found
        return found

    def __setattr__(self, name: str, value: Any) -> None:
        """Python sets a file on its package once it is imported: keep the function of that name instead."""
        if isinstance(value, types.ModuleType) and self._homes.get(name) == (value.__name__, name):
            value = getattr(value, name)
        super().__setattr__(name, value)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self._homes})


def lazy(package: str) -> list[str]:
    """Let a package import on first use what its stub says, `from HOME import NAME as NAME`; give the names."""
    module = sys.modules[package]
    stub = ast.parse(Path(str(module.__file__)).with_suffix(".pyi").read_text(encoding="utf-8"))
    homes = {
        str(alias.asname): (str(node.module), alias.name)
        for node in stub.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.asname
    }
    module.__dict__["_homes"] = homes
    module.__class__ = Room
    return list(homes)
