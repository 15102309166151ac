"""Whether an update treats every row of a parameter by itself: read from its program, without running it."""

from collections.abc import Callable, Collection
from typing import Any

import jax
from jax.extend import core

_CALLS = ("jaxpr", "call_jaxpr", "fun_jaxpr")  # the parameters of an equation that calls a program on all its inputs
_ALONG = ("sort", "rev", "cumsum", "cumprod", "cummax", "cummin", "cumlogsumexp", "reduce_window", "conv_general")


def mixing(function: Callable[..., Any], rows: Any, rest: Any, heights: Collection[int]) -> str | None:
    """The operation by which a result depends on several rows of `rows` at once; None: there is none.

    `heights` are the numbers of rows. They are so uncommon that no other axis has such a length. `rest` may be mixed:
    a sum over the gradients, say, to which rows without a gradient add nothing.
    """
    closed = jax.make_jaxpr(function)(rows, rest)
    count = len(jax.tree.leaves(rows))
    marked = [index < count and bool(_heights(variable, heights)) for index, variable in enumerate(closed.jaxpr.invars)]
    try:
        _follow(closed.jaxpr, marked, frozenset(heights))
    except _Mixes as found:
        return str(found)
    return None


class _Mixes(Exception):
    """The name of the operation that mixes rows."""


def _follow(program: Any, marked: list[bool], heights: frozenset[int]) -> list[bool]:
    """Which results of a program depend on marked inputs, all row by row."""
    known = {variable for variable, mark in zip(program.invars, marked, strict=True) if mark}
    for equation in program.eqns:
        inputs = [not isinstance(atom, core.Literal) and atom in known for atom in equation.invars]
        if not any(inputs):
            continue
        name, inner = equation.primitive.name, _called(equation)
        if inner is not None:
            results = _follow(inner, inputs, heights)
        elif name.startswith(_ALONG) or _has_program(equation) or not _keeps_rows(equation, inputs, heights):
            raise _Mixes(name)
        else:
            results = [True] * len(equation.outvars)
        known.update(variable for variable, mark in zip(equation.outvars, results, strict=True) if mark)
    return [not isinstance(atom, core.Literal) and atom in known for atom in program.outvars]


def _called(equation: Any) -> Any:
    """The program that an equation runs once on its inputs."""
    if equation.primitive.name in ("scan", "while", "cond"):
        return None
    for name in _CALLS:
        inner = equation.params.get(name)
        if inner is not None:
            inner = getattr(inner, "jaxpr", inner)
            return inner if len(inner.invars) == len(equation.invars) else None
    return None


def _has_program(equation: Any) -> bool:
    return any(hasattr(part, "eqns") or hasattr(part, "jaxpr") for part in jax.tree.leaves([*equation.params.values()]))


def _keeps_rows(equation: Any, inputs: list[bool], heights: frozenset[int]) -> bool:
    """Whether each result has the one axis of rows that all marked inputs have, and no other such axis."""
    wanted = {tuple(_heights(atom, heights)) for atom, mark in zip(equation.invars, inputs, strict=True) if mark}
    return len(wanted) == 1 and all(tuple(_heights(variable, heights)) in wanted for variable in equation.outvars)


def _heights(variable: Any, heights: Collection[int]) -> list[int]:
    return [size for size in getattr(variable.aval, "shape", ()) if size in heights]
