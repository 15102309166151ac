"""What a `Direction` and a `Rate` of one's own must give: refused in their words, not in JAX's."""

from collections.abc import Mapping
from typing import Any

import jax
import optax

from lropt_jax._core.limits import shown
from lropt_jax._core.numbers import is_number
from lropt_jax._core.refusal import Refused, WrongType

_FIRST = ("count", "learning_rate", "rate")


def slots_for(state: Any, slots: Any) -> dict[str, Any]:
    """The slots that a direction began with, if its state has a field for each."""
    if not isinstance(slots, Mapping):
        raise WrongType(f"direction.init must return a dict of slots, got {shown(slots)}.")
    fields, wanted = getattr(state, "_fields", None), (*_FIRST, *slots)
    if fields is None:
        raise WrongType(f"direction.state must be a NamedTuple, got {shown(state)}.")
    filled = {*wanted, *state._field_defaults}
    if fields[:3] != _FIRST or not {*wanted} <= {*fields} <= filled:
        raise Refused(f"direction.state must have the fields {', '.join(wanted)}, got {', '.join(fields) or 'none'}.")
    return dict(slots)


def turned(result: Any, state: type, grads: optax.Updates) -> tuple[optax.Updates, Any]:
    """The direction and the state that `apply` returned."""
    if type(result) is not tuple or len(result) != 2 or not isinstance(result[1], state):
        raise WrongType(f"direction.apply must return (direction, state), got {shown(result)}.")
    leaves, tree = jax.tree.flatten(result[0])
    given, like = jax.tree.flatten(grads)
    if tree != like:  # type: ignore[operator]
        raise Refused(
            f"direction.apply must return a direction like the gradients, {shown(grads)}, got {shown(result[0])}."
        )
    for leaf, gradient in zip(leaves, given, strict=True):
        shape, wanted = getattr(leaf, "shape", ()), getattr(gradient, "shape", ())
        if shape != wanted:
            raise Refused(f"direction.apply must return the shapes of the gradients, {wanted}, got {shape}.")
    return result


def rated(name: str, result: Any, before: Any = None) -> tuple[Any, Any]:
    """The rate and the state that `init` or `next` of a rate returned."""
    if type(result) is not tuple or len(result) != 2:
        raise WrongType(f"{name} of the rate must return (rate, state), got {shown(result)}.")
    rate, state = result
    if not is_number(rate) or isinstance(rate, complex):
        raise WrongType(f"{name} of the rate must return a number first, got {shown(rate)}.")
    if getattr(rate, "shape", ()) != ():
        raise Refused(f"the rate must have the shape (), got {rate.shape}; a stack of rates goes through jax.vmap.")
    grown = state is not before and jax.tree.structure(state) != jax.tree.structure(before)  # type: ignore[operator]
    if grown and name == "next":
        raise Refused(f"{name} of the rate must return a state like the one before, got {shown(state)}.")
    return rate, state
