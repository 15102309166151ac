"""Find a prior that is counted twice: in the model, which contains it already, and as an argument."""

import itertools
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import jax
import numpy as np

from lropt_jax._core.refusal import Refused

_POINTS = 6  # at which terms are compared
_MOST_TERMS = 8  # of which sums are tried
_SEEN: set[Any] = set()


class CountedTwice(UserWarning):
    """A prior is in the model and beside it."""


def warn_of_double_prior(log_p: Callable[[Any], Any], prior: Any) -> None:
    """Warn, once for a function, if `log_p` adds the log-density of the prior to other terms, up to a constant.

    The function is traced, and its last additions are taken apart. If one term, or a sum of some, differs from the
    log-density of the prior by the same constant at all of a few samples, the function contains it. Nothing is said
    where this cannot be seen: the prior is traced, or it is hidden inside another function than a sum.
    """
    function = getattr(log_p, "func", log_p)
    name = getattr(function, "__code__", function)
    if any(isinstance(leaf, jax.core.Tracer) for leaf in jax.tree.leaves(prior)):
        return
    try:
        if name in _SEEN:
            return
        _SEEN.add(name)
    except TypeError:  # a model with arrays cannot be hashed; it is looked at each time
        pass
    if _contains(log_p, prior):
        warnings.warn(
            "elbo: log_p contains the prior already, and prior= adds it again: the bound counts it twice. "
            "Leave prior= out, or give the log-likelihood log p(x|z) as log_p.",
            CountedTwice,
            stacklevel=4,  # the line that calls elbo
        )


def _contains(log_p: Callable[[Any], Any], prior: Any) -> bool:
    with jax.ensure_compile_time_eval():
        try:
            points = [prior.sample(key, ()) for key in jax.random.split(jax.random.key(0), _POINTS)]
            wanted = _apart(np.array([np.sum(np.asarray(prior.log_prob(z), np.float64)) for z in points]))
            terms = _terms(log_p, points)
        except Refused:
            raise
        except Exception:  # a model that cannot be traced like this is looked at by its own checks
            return False
    if not np.all(np.isfinite(wanted)) or np.max(np.abs(wanted)) < 1e-6:
        return False
    kept = [term for term in map(_apart, terms) if np.all(np.isfinite(term)) and np.max(np.abs(term)) > 0]
    sums = itertools.chain.from_iterable(
        itertools.combinations(kept, count) for count in range(1, min(len(kept), _MOST_TERMS) + 1)
    )
    tolerance = 1e-4 * np.max(np.abs(wanted))
    return any(np.max(np.abs(sum(some) - wanted)) < tolerance for some in itertools.islice(sums, 2**_MOST_TERMS))


def _apart(values: np.ndarray) -> np.ndarray:
    return values - values.mean()


def _terms(log_p: Callable[[Any], Any], points: list[Any]) -> list[np.ndarray]:
    """The terms that a function adds up, each at all points."""
    closed = jax.make_jaxpr(log_p)(points[0])
    rows = [_added(closed.jaxpr, closed.consts, jax.tree.leaves(z)) for z in points]
    return [np.array(term, np.float64) for term in zip(*rows, strict=True)]


def _added(jaxpr: Any, consts: Any, arguments: list[Any]) -> list[float]:
    """The terms of the last sum of a program, from its end backwards."""
    known = dict(zip((*jaxpr.constvars, *jaxpr.invars), (*consts, *arguments), strict=True))
    for equation in jaxpr.eqns:
        inputs = [_read(known, atom) for atom in equation.invars]
        if any(isinstance(each, (jax.core.Tracer, type(None))) for each in inputs):
            continue  # what depends on a traced array is unknown
        functions, params = equation.primitive.get_bind_params(equation.params)
        outputs = equation.primitive.bind(*functions, *inputs, **params)
        outputs = outputs if equation.primitive.multiple_results else [outputs]
        known.update(zip(equation.outvars, outputs, strict=True))
    made = {variable: equation for equation in jaxpr.eqns for variable in equation.outvars}
    return list(_split(jaxpr.outvars[0], 1.0, made, known))


def _read(known: dict, atom: Any) -> Any:
    return atom.val if hasattr(atom, "val") else known.get(atom)


def _constant(atom: Any) -> bool:
    return hasattr(atom, "val") and np.ndim(atom.val) == 0


def _split(atom: Any, factor: float, made: dict, known: dict) -> Iterator[float]:
    """Signed terms of one number of a program; NaN where it is unknown."""
    equation = None if hasattr(atom, "val") else made.get(atom)
    name = equation.primitive.name if equation is not None else ""
    if name in ("add", "sub", "add_any"):
        left, right = equation.invars
        yield from _split(left, factor, made, known)
        yield from _split(right, -factor if name == "sub" else factor, made, known)
    elif name == "neg":
        yield from _split(equation.invars[0], -factor, made, known)
    elif name in ("mul", "div") and any(map(_constant, equation.invars[name == "div" :])):
        left, right = equation.invars
        inner, number = (right, left) if _constant(left) and name == "mul" else (left, right)
        scale = float(np.asarray(number.val))
        yield from _split(inner, factor / scale if name == "div" else factor * scale, made, known)
    elif name in ("convert_element_type", "copy", "squeeze"):
        yield from _split(equation.invars[0], factor, made, known)
    elif name in ("jit", "pjit"):
        inner = equation.params["jaxpr"]
        place = equation.outvars.index(atom)
        program = inner.jaxpr.replace(outvars=[inner.jaxpr.outvars[place]])
        arguments = [_read(known, each) for each in equation.invars]
        yield from (factor * term for term in _added(program, inner.consts, arguments))
    else:
        value = _read(known, atom)
        traced = value is None or isinstance(value, jax.core.Tracer)
        yield factor * (np.nan if traced else float(np.asarray(value)))
