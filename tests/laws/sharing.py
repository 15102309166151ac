"""What the laws of a specimen share, and how much they may compile."""

from collections.abc import Callable
from typing import Any

import jax
import pytest

BUDGET = 10
COMPILED: list[str] = []  # one entry for each program that the laws have had compiled
_at_work: list[str] = []


class program:  # noqa: N801
    """A function that is compiled, at the expense of the specimen's budget."""

    def __init__(self, function: Callable[..., Any], **options: Any):
        self.name = getattr(function, "__qualname__", repr(function))
        self.jitted = jax.jit(function, **options)

    def __call__(self, *args: Any) -> Any:
        _at_work.append(self.name)
        try:
            return self.jitted(*args)
        finally:
            _at_work.pop()


def _note(event: str, duration: float, **_: Any) -> None:
    if _at_work and event == "/jax/core/compile/backend_compile_duration":
        COMPILED.append(_at_work[-1])


jax.monitoring.register_event_duration_secs_listener(_note)


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


_first: dict[str, str] = {}  # by file, the laws of its first specimen


class Sharing:
    """Laws that share. When the last one is through, the programs are counted and what was shared is given up.

    The laws of the first specimen of a file are in the suite; those of its variants are marked slow.
    """

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if cls.__name__.startswith("Test") and _first.setdefault(cls.__module__, cls.__name__) != cls.__name__:
            cls.pytestmark = [pytest.mark.slow]

    @classmethod
    def setup_class(cls) -> None:
        cls.compiled_before = len(COMPILED)

    @classmethod
    def teardown_class(cls) -> None:
        for name in [name for name in cls.__dict__ if name.endswith("_of_all_laws")]:
            delattr(cls, name)
        programs = COMPILED[cls.compiled_before :]
        assert len(programs) <= BUDGET, (
            f"{cls.__qualname__} compiles {len(programs)} programs, {BUDGET} at most: {programs}"
        )
