"""A user's problem file, loaded so that it changes nothing else in the process."""

import contextlib
import importlib.util
import os
import sys
from collections.abc import Iterator, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from lropt_jax._core.refusal import Refused


@contextlib.contextmanager
def loaded(path: Path) -> Iterator[ModuleType]:
    """A module made of a file, whose imports of neighbours work until this context ends.

    Its name is private, so that a file `json.py` does not replace the standard `json`.
    """
    if not path.is_file():
        raise Refused(f"problem must be in a file that exists, got {path}.")
    name = f"_lropt_problem_{_as_text(path.stem)}"
    spec = importlib.util.spec_from_file_location(name, path, loader=_Loader(name, str(path)))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    neighbours = _Neighbours(path.parent.resolve())
    sys.meta_path.insert(0, neighbours)
    sys.modules[spec.name] = module  # a dataclass looks itself up there
    try:
        spec.loader.exec_module(module)
        yield module
    except BaseException:
        sys.modules.pop(spec.name, None)
        raise
    finally:
        sys.meta_path.remove(neighbours)


class _Loader(SourceFileLoader):
    """Compiles a file under a name in text. JAX fails on functions of a file whose path is bytes to this locale."""

    def get_code(self, fullname: str) -> CodeType | None:
        if self.path == _as_text(self.path):
            return super().get_code(fullname)
        return compile(self.get_data(self.path), _as_text(self.path), "exec", dont_inherit=True)


def _as_text(path: str) -> str:
    return os.fsencode(path).decode("utf-8", "replace")


class _Neighbours(MetaPathFinder):
    """Finds modules in a folder, before those installed and after the standard library's."""

    def __init__(self, folder: Path):
        self._folder = str(folder)

    def find_spec(self, name: str, path: Sequence[str] | None, target: Any = None) -> ModuleSpec | None:
        if path is not None or name in sys.stdlib_module_names:
            return None
        return PathFinder.find_spec(name, [self._folder])
