"""Refusals: what is wrong with an argument, and whose argument it is."""

import contextlib
from collections.abc import Iterator
from typing import Any


class Refused(ValueError):
    """A bad argument. The message is the fact, `argument must rule, got value.`; `owner`, once known, stands before it.

    Low-level code raises the fact. What a person called adds its name by `naming`.
    """

    owner: str | None = None

    def __str__(self) -> str:
        fact = super().__str__()
        return fact if self.owner is None else f"{self.owner}: {fact}"


class WrongType(Refused, TypeError):
    """An argument of a wrong type: a string in the place of a number, say."""


@contextlib.contextmanager
def naming(owner: str) -> Iterator[None]:
    """Add the owner's name to what is refused inside. The innermost owner counts."""
    try:
        yield
    except Refused as refused:
        refused.owner = refused.owner or owner
        raise


def needed(params: Any, purpose: str = "") -> Any:
    """The parameters, which whatever asks cannot do without."""
    if params is None:
        raise Refused(f"update needs params{purpose and ' '}{purpose}; call tx.update(grads, state, params).")
    return params
