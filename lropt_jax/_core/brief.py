"""Results as short text: arrays by their dtype and shape, as JAX writes them, and not by their numbers."""

import dataclasses
import math
from collections.abc import Iterable, Mapping
from typing import Any

import jax
import numpy as np

from lropt_jax._core.limits import cut
from lropt_jax._core.spelling import spell
from lropt_jax._core.values import Value

_MOST = 8  # items of a list, a dict or a tree that are written out


def brief(value: Any) -> str:
    """A value as its `repr`, with `float32[64,10]` for an array. A class takes it as its `__repr__`."""
    if isinstance(value, (jax.Array, jax.ShapeDtypeStruct, np.ndarray, np.generic)):
        return _array(value)
    if isinstance(value, (tuple, list)) and not hasattr(value, "_fields"):
        return _row(value)
    if isinstance(value, Mapping):
        return "{" + _joined([f"{key!r}: {brief(item)}" for key, item in _first(value.items())], len(value)) + "}"
    fields = _fields(value)
    if fields is None:
        return cut(spell(value))
    return f"{type(value).__name__}({', '.join(f'{name}={brief(item)}' for name, item in fields.items())})"


def holdings(tree: Any) -> str:
    """The arrays of a tree and their size in memory, such as `float32[64,10] (2.6 kB)`; empty without any."""
    leaves = list({id(leaf): leaf for leaf in jax.tree.leaves(tree) if hasattr(leaf, "nbytes")}.values())
    if not leaves:
        return ""
    size, units = float(sum(leaf.nbytes for leaf in leaves)), ["GB", "MB", "kB", "bytes"]
    while size >= 1000 and len(units) > 1:
        size, _ = size / 1000, units.pop()
    return f"{_joined(list(map(_kind, leaves[:_MOST])), len(leaves))} ({size:.3g} {units[-1]})"


def _fields(value: Any) -> dict[str, Any] | None:
    """The fields of a named tuple, and of a dataclass whose `repr` is this one. None: it writes itself."""
    if isinstance(value, tuple) and not isinstance(value, Value):
        return dict(zip(value._fields, value, strict=True))  # type: ignore[attr-defined]
    if type(value).__repr__ is not brief:
        return None
    return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}


def _array(array: Any) -> str:
    if not np.ndim(array) and isinstance(array, (np.ndarray, np.generic)):
        return str(array)
    if not array.ndim and not isinstance(array, (jax.core.Tracer, jax.ShapeDtypeStruct)):
        try:
            return str(np.asarray(array))
        except (RuntimeError, TypeError):  # donated, on another host, or a key
            pass
    return _kind(array)


def _kind(array: Any) -> str:
    return f"{array.dtype}[{','.join(map(str, array.shape))}]"


def _row(items: Any) -> str:
    shape = _shape(items)
    if math.prod(shape) > _MOST:
        return f"{type(items).__name__}[{','.join(map(str, shape))}]"
    inner = _joined([brief(item) for item in _first(items)], len(items))
    if isinstance(items, list):
        return f"[{inner}]"
    return f"({inner}{',' * (len(items) == 1)})"


def _shape(items: Any) -> tuple[int, ...]:
    """The shape of a list of numbers or of such lists. (): it is none, or its lists have several lengths."""
    if not all(isinstance(item, (int, float)) for item in _flat(items)):
        return ()
    try:
        return np.shape(items)
    except ValueError:
        return ()


def _flat(items: Any) -> Iterable[Any]:
    for item in items:
        yield from _flat(item) if isinstance(item, (tuple, list)) else (item,)


def _first(items: Iterable[Any]) -> list[Any]:
    return [item for _, item in zip(range(_MOST), items, strict=False)]


def _joined(parts: list[str], many: int) -> str:
    return ", ".join([*parts, f"... {many - len(parts)} more"] if many > len(parts) else parts)
