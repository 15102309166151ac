"""What the laws of a specimen share."""

from collections.abc import Callable
from typing import Any


class once(property):  # noqa: N801
    """A property that a class works out once, for all of its laws: a compiled program, or what came out of one.

    An error is not kept: each law that asks for it gets its own.
    """

    def __init__(self, function: Callable[[Any], Any]):
        super().__init__(function)
        self.name = f"_{function.__name__}_of_all_laws"

    def __get__(self, laws: Any, kind: type | None = None) -> Any:
        if laws is None:
            return self  # as any property: collecting tests must not work it out
        kind = type(laws)
        if self.name not in kind.__dict__:
            setattr(kind, self.name, super().__get__(laws, kind))
        return kind.__dict__[self.name]


class Sharing:
    """Laws that share; what they shared is given up when the last one is through."""

    @classmethod
    def teardown_class(cls) -> None:
        for name in [name for name in cls.__dict__ if name.endswith("_of_all_laws")]:
            delattr(cls, name)
