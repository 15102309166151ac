"""A loss as a program in which tables are only looked up by ids: the rows get gradients, and the tables none."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax
from jax.extend import core

from lropt_jax._core.gating import evaluated
from lropt_jax._core.rows import Rows

_CALLS = ("jaxpr", "call_jaxpr", "fun_jaxpr")
_ONCE = ("jit", "pjit", "closed_call", "core_call", "custom_jvp_call", "custom_vjp_call", "custom_vjp_call_jaxpr")
_SAME = ("convert_element_type", "copy", "copy_p", "sharding_constraint")


class Lookup(NamedTuple):
    """An equation that reads whole rows of a parameter: the number of its leaf, and the equation."""

    leaf: int
    equation: Any


class Uses(NamedTuple):
    """Where a program looks parameters up, in the order in which it runs, and what else it does with a parameter."""

    lookups: list[Lookup]
    others: dict[int, str]


class _Table(NamedTuple):
    """A parameter in a running program, of which only rows are read."""

    leaf: int
    array: jax.Array
    dtype: Any


def uses(program: Any) -> Uses:
    """How a program uses each of its inputs."""
    found = Uses([], {})
    outputs = _search(program, dict(zip(program.invars, range(len(program.invars)), strict=True)), found)
    found.others.update(dict.fromkeys((leaf for leaf in outputs if leaf is not None), "an output"))
    return found


def _search(program: Any, leaves: dict[Any, int], found: Uses) -> list[int | None]:
    """The leaves that the outputs of a program are, whole; the uses go into `found`."""
    known = dict(leaves)
    for equation in program.eqns:
        inputs = [None if isinstance(atom, core.Literal) else known.get(atom) for atom in equation.invars]
        inner = _called(equation)
        if all(leaf is None for leaf in inputs):
            continue
        if inner is not None:
            mapped = {name: leaf for name, leaf in zip(inner.invars, inputs, strict=True) if leaf is not None}
            results = _search(inner, mapped, found)
            pairs = zip(equation.outvars, results, strict=True)
            known.update({variable: leaf for variable, leaf in pairs if leaf is not None})
        elif equation.primitive.name in _SAME:
            known[equation.outvars[0]] = inputs[0]  # type: ignore[assignment]
        elif inputs[0] is not None and not any(leaf is not None for leaf in inputs[1:]) and _reads_rows(equation):
            found.lookups.append(Lookup(inputs[0], equation))
        else:
            found.others.update({leaf: equation.primitive.name for leaf in inputs if leaf is not None})
    return [None if isinstance(atom, core.Literal) else known.get(atom) for atom in program.outvars]


def run(closed: Any, inputs: list[Any], added: Iterator[jax.Array], tables: dict[int, Any]) -> tuple[list, list]:
    """The outputs of a program, and the ids that it looks up in `tables`. What it reads there gets `added` on top."""
    values = [
        _Table(leaf, tables[leaf], jnp.result_type(tables[leaf])) if leaf in tables else value
        for leaf, value in enumerate(inputs)
    ]
    ids: list[Any] = []
    return _run(closed.jaxpr, closed.consts, values, added, ids), ids


def _run(program: Any, consts: Any, inputs: list[Any], added: Iterator[jax.Array], ids: list[Any]) -> list[Any]:
    known = dict(zip([*program.constvars, *program.invars], [*consts, *inputs], strict=True))

    def value(atom: Any) -> Any:
        return atom.val if isinstance(atom, core.Literal) else known[atom]

    for equation in program.eqns:
        given = [value(atom) for atom in equation.invars]
        if not any(isinstance(item, _Table) for item in given):
            results = evaluated(program, equation, known)
        elif (inner := _called(equation)) is not None:
            results = _run(inner, _constants(equation), given, added, ids)
        elif equation.primitive.name in _SAME:
            results = [given[0]._replace(dtype=equation.outvars[0].aval.dtype)]
        else:
            read = equation.primitive.bind(given[0].array, *given[1:], **equation.params) + next(added)
            ids.append(_ids(equation, given))
            results = [read.astype(given[0].dtype)]
        known.update(zip(equation.outvars, results, strict=True))
    return [value(atom) for atom in program.outvars]


def as_rows(lookup: Lookup, ids: jax.Array, gradient: jax.Array) -> Rows:
    """The gradient of what a lookup has read, as one of rows."""
    aval = lookup.equation.invars[0].aval
    if lookup.equation.primitive.name == "gather":
        offset = lookup.equation.params["dimension_numbers"].offset_dims
        batch = [axis for axis in range(gradient.ndim) if axis not in offset]
        gradient = gradient.transpose(*batch, *offset)
    return Rows(ids, gradient.reshape(-1, *aval.shape[1:]))


def _reads_rows(equation: Any) -> bool:
    """Whether an equation reads rows that are chosen by numbers, all of each row."""
    shape = equation.invars[0].aval.shape
    name, sizes = equation.primitive.name, equation.params.get("slice_sizes", ())
    if name not in ("gather", "dynamic_slice") or tuple(sizes) != (1, *shape[1:]):
        return False
    numbers = equation.params.get("dimension_numbers")
    return numbers is None or (0 in numbers.start_index_map and not numbers.operand_batching_dims)


def _ids(equation: Any, given: list[Any]) -> jax.Array:
    """The ids that an equation looks up; those that it reads as another row are that row's."""
    last = equation.invars[0].aval.shape[0] - 1
    if equation.primitive.name == "dynamic_slice":
        return jnp.clip(jnp.reshape(given[1], 1), 0, last)
    at = equation.params["dimension_numbers"].start_index_map.index(0)
    ids = given[1][..., at].ravel()
    return jnp.clip(ids, 0, last) if equation.params["mode"] == lax.GatherScatterMode.CLIP else ids


def _called(equation: Any) -> Any:
    """The program that an equation runs once on its inputs."""
    if equation.primitive.name not in _ONCE:
        return None
    inner = next((equation.params[name] for name in _CALLS if equation.params.get(name) is not None), None)
    inner = getattr(inner, "jaxpr", inner)
    return inner if inner is not None and len(inner.invars) == len(equation.invars) else None


def _constants(equation: Any) -> Any:
    inner: Callable[..., Any] | Any = next(equation.params[name] for name in _CALLS if name in equation.params)
    return getattr(inner, "consts", ())
