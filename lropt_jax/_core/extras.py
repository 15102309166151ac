"""Optional dependencies, imported where they are used."""

import importlib
from types import ModuleType

from lropt_jax._core.refusal import Refused


class NotInstalled(Refused, ImportError):
    """A package of an extra is missing. The message says how to install it."""


def require(module: str, *, extra: str = "tune") -> ModuleType:
    """Import a module of an extra, or say in one line how to install it.

    `checked` and `naming` put the name of whatever needs it in front.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        package = module.partition(".")[0]
        raise NotInstalled(f"{package} is not installed; pip install 'lropt-jax[{extra}]'.") from error
