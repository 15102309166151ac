"""Optional dependencies, imported where they are used."""

import importlib
from types import ModuleType


def require(module: str, *, owner: str, extra: str = "tune") -> ModuleType:
    """Import a module of an extra, or say in one line how to install it."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        package = module.partition(".")[0]
        raise ImportError(f"{owner}: {package} is not installed; pip install 'lropt-jax[{extra}]'.") from error
