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
    """The terms that a function adds up, each at all points. Those that depend on a traced array are left out."""
    with jax.disable_jit():  # so that functions inside are part of one program
        closed = jax.make_jaxpr(log_p)(points[0])
    program, found = closed.jaxpr, []
    made = {variable: equation for equation in program.eqns for variable in equation.outvars}
    fixed = dict(zip(program.constvars, closed.consts, strict=True))
    traced = {variable for variable, value in fixed.items() if isinstance(value, jax.core.Tracer)}
    numbers = {variable: float(fixed[variable]) for variable in set(fixed) - traced if not np.ndim(fixed[variable])}
    for factor, term in _split(program.outvars[0], 1.0, made, numbers):
        needed = _needed(term, made)
        if traced & needed:
            continue
        equations = [equation for equation in program.eqns if needed & set(equation.outvars)]
        part = program.replace(eqns=equations, outvars=[term])
        values = [jax.core.eval_jaxpr(part, closed.consts, *jax.tree.leaves(z))[0] for z in points]
        found.append(factor * np.array([float(np.asarray(value)) for value in values]))
    return found


def _needed(term: Any, made: dict) -> set[Any]:
    """The variables of which a variable is made, with itself."""
    found, waiting = set(), [term]
    while waiting:
        variable = waiting.pop()
        if _literal(variable) or variable in found:
            continue
        found.add(variable)
        waiting += made[variable].invars if variable in made else []
    return found


def _split(atom: Any, factor: float, made: dict, numbers: dict) -> Iterator[tuple[float, Any]]:
    """The terms of a number of a program, from its last sum backwards, with their factors."""
    if _literal(atom):
        return
    equation = made.get(atom)
    name, inputs = (equation.primitive.name, equation.invars) if equation is not None else ("", [])
    numbered: list[Any] = [
        float(each.val) if _literal(each) and not np.ndim(each.val) else numbers.get(each) for each in inputs
    ]
    if name in ("add", "sub", "add_any"):
        yield from _split(inputs[0], factor, made, numbers)
        yield from _split(inputs[1], -factor if name == "sub" else factor, made, numbers)
    elif name == "neg":
        yield from _split(inputs[0], -factor, made, numbers)
    elif name == "div" and numbered[1] is not None:
        yield from _split(inputs[0], factor / numbered[1], made, numbers)
    elif name == "mul" and numbered.count(None) == 1:
        place = numbered.index(None)
        yield from _split(inputs[place], factor * numbered[1 - place], made, numbers)
    elif name in ("convert_element_type", "copy"):
        yield from _split(inputs[0], factor, made, numbers)
    else:
        yield factor, atom


def _literal(atom: Any) -> bool:
    return hasattr(atom, "val")
