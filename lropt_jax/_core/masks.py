"""Which parameters an argument is for: patterns, a tree of bools, or a function of the parameters that gives one."""

from typing import Any

import jax
import numpy as np
import optax

from lropt_jax._core.limits import shown
from lropt_jax._core.packing import Pack
from lropt_jax._core.paths import matching
from lropt_jax._core.refusal import Refused, WrongType
from lropt_jax._core.values import Value

_RULE = "must be patterns, a tree of bools like the parameters or a function of them"


def chosen(name: str, mask: Any, params: optax.Params) -> Any:
    """A tree of bools like the parameters. Where a mask ends before them, what it says is for all below."""
    if isinstance(params, Pack):
        return params.each(chosen(name, mask, params.shapes()))
    given = mask
    if is_function(mask):
        try:
            mask = mask(params)
        except (TypeError, AttributeError) as error:
            raise WrongType(
                f"{name} must be a function of all parameters at once, got {shown(given)}: {error}"
            ) from error
    if isinstance(mask, str):
        return matching(params, [mask])
    if isinstance(mask, (list, tuple, frozenset)) and mask and all(isinstance(item, str) for item in mask):
        return matching(params, sorted(mask) if isinstance(mask, frozenset) else mask)
    source = f" from {getattr(given, '__name__', 'the function')}" if is_function(given) else ""
    try:
        return jax.tree.map(lambda choice, part: _spread(name, choice, part), mask, params)
    except Refused:
        raise
    except ValueError:
        raise Refused(f"{name} {_RULE}, got {shown(mask)}{source}{_remedy(name, mask)}.") from None


def is_function(argument: Any) -> bool:
    """Whether an argument is a function. A tree may be called too: a model with bools in the places of its arrays."""
    alone = isinstance(argument, (Value, jax.tree_util.Partial)) or jax.tree_util.all_leaves([argument])
    return callable(argument) and alone


def _spread(name: str, choice: Any, part: Any) -> Any:
    if isinstance(choice, jax.core.Tracer):
        raise Refused(f"{name} must not be traced, got {choice}; make it of shapes or of names.")
    plain = isinstance(choice, (bool, np.bool_))
    if not plain and (np.shape(choice) != () or str(getattr(choice, "dtype", "")) != "bool"):
        raise WrongType(f"{name} {_RULE}, got the leaf {shown(choice)}.")
    yes = bool(choice)
    return jax.tree.map(lambda _: yes, part)


def _remedy(name: str, mask: Any) -> str:
    """What to write where somebody wrote a dict from patterns."""
    if not isinstance(mask, dict) or not all(isinstance(item, (bool, np.bool_)) for item in mask.values()):
        return ""
    patterns = [key for key, yes in mask.items() if yes and isinstance(key, str)]
    return f"; write {name}={patterns}" if any("*" in key for key in patterns) else ""
