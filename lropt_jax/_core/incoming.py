"""What `init` and `update` are given: it must fit together, and what cannot learn stays as it is."""

import contextlib
import functools
from collections.abc import Callable, Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from lropt_jax._core.absent import completed
from lropt_jax._core.learned import with_gradients
from lropt_jax._core.limits import cut, shown
from lropt_jax._core.paths import by_path
from lropt_jax._core.refusal import Refused, WrongType
from lropt_jax._core.rows import refused_bundle

_CALL = "call tx.update(grads, state, params)"


@contextlib.contextmanager
def explained(search: Callable[[Exception], Refused | None]) -> Iterator[None]:
    """Raise, in the place of an error from inside, what a search finds wrong with what was given."""
    try:
        yield
    except Refused:
        raise
    except (TypeError, ValueError, AttributeError, LookupError) as error:
        found = search(error)
        if found is None:
            raise
        raise found from error


def received(grads: optax.Updates, params: optax.Params | None) -> tuple[optax.Updates, Any]:
    """The gradients of what learns, and updates of 0 for what stays: whole numbers, bools. None: nothing stays.

    A parameter that stays may have a gradient of JAX's dtype float0. It is refused if gradients are not like the
    parameters.
    """
    leaves, tree = jax.tree.flatten(grads)
    theirs: list[Any] = [None] * len(leaves)
    if params is not None:
        found, other = jax.tree.flatten(params)
        if tree == other:  # type: ignore[operator]
            theirs = found
            _check_shapes(grads, leaves, theirs)
        else:
            _check_places(grads, params)
    both = list(zip(leaves, theirs, strict=True))
    stays = [_is_float0(leaf) or _is_whole(other) for leaf, other in both]
    if not any(stays):
        return grads, None
    learning = [None if stay else leaf for leaf, stay in zip(leaves, stays, strict=True)]
    zeros = [_zero(*pair) if stay else None for pair, stay in zip(both, stays, strict=True)]
    return jax.tree.unflatten(tree, learning), jax.tree.unflatten(tree, zeros)


def held(updates: optax.Updates, stays: Any) -> optax.Updates:
    """Updates, of 0 where parameters stay."""
    return updates if stays is None else completed(updates, stays)


def _is_float0(gradient: Any) -> bool:
    return getattr(gradient, "dtype", None) == jax.dtypes.float0


def _is_whole(parameter: Any) -> bool:
    return hasattr(parameter, "dtype") and not _inexact(parameter.dtype)


@functools.lru_cache(maxsize=64)
def _inexact(dtype: Any) -> bool:
    return bool(jnp.issubdtype(dtype, jnp.inexact))


def _zero(leaf: Any, parameter: Any) -> jax.Array:
    if not _is_float0(leaf):
        return jnp.zeros_like(leaf)
    return jnp.zeros(np.shape(leaf), jnp.int32 if parameter is None else parameter.dtype)


def _check_shapes(grads: optax.Updates, leaves: list[Any], theirs: list[Any]) -> None:
    for index, (leaf, other) in enumerate(zip(leaves, theirs, strict=True)):
        shape, wanted = getattr(leaf, "shape", ()), getattr(other, "shape", ())
        if shape != wanted and 0 not in (np.prod(shape), np.prod(wanted)):
            if wrong := _no_array("grads", grads):
                raise wrong
            place = [*by_path(grads, is_leaf=lambda node: node is None)] if len(leaves) > 1 else [""]
            at = f" at {place[index]!r}" if len(place) == len(leaves) > 1 else ""
            raise Refused(f"grads must have the shapes of params, {wanted}{at}, got {shape}.")


def _check_places(grads: optax.Updates, params: optax.Params) -> None:
    """Refuse gradients for what is no parameter. Parameters without gradients are left to the optimizer."""
    known = by_path(params)
    strange = [place for place in by_path(grads) if place not in known]
    if strange and known:
        both = isinstance(grads, tuple) and len(grads) == 2 and "1" in {place.split("/")[0] for place in strange}
        remedy = "jax.value_and_grad gives a value and the gradients: take the second" if both else _CALL
        raise Refused(f"grads must have the tree of params, got one for {strange[0]!r}, no parameter; {remedy}.")


def fault_of_params(params: Any) -> Refused | None:
    """What was wrong with the parameters, if `init` could do nothing with them."""
    return _no_array("params", params)


def fault(error: Exception, grads: Any, params: Any) -> Refused | None:
    """What was wrong with the gradients of an `update` that has failed; None where it is something else."""
    wrong = _no_array("grads", grads) or refused_bundle(error, grads)
    if wrong is None and params is not None and _differ(grads, params):
        ours, theirs = (cut(str(jax.tree.structure(tree))) for tree in (grads, params))
        wrong = Refused(f"grads must have the tree of params, {theirs}, got {ours}.")
    if wrong is None and params is None and "pytree structure error" in str(error):  # in the words of JAX
        wrong = Refused(f"grads must have the tree that init had, got {cut(str(jax.tree.structure(grads)))}.")
    return wrong


def _differ(tree: Any, other: Any) -> bool:
    """Whether a tree is not like another. Where it has None, the other may have anything, but not everywhere."""
    if not jax.tree.leaves(tree) and jax.tree.leaves(other):
        return True
    try:
        part = with_gradients(other, tree)
    except ValueError:
        return True
    return jax.tree.structure(tree) != jax.tree.structure(part)  # type: ignore[operator]


def _no_array(name: str, tree: Any) -> Refused | None:
    for place, leaf in by_path(tree).items():
        at, dtype = f" at {place!r}" if place else "", getattr(leaf, "dtype", None)
        if dtype is None and not isinstance(leaf, (int, float, complex)):
            return WrongType(f"{name} must be arrays, got {shown(leaf)}{at}.")
        if dtype is not None and jax.dtypes.issubdtype(dtype, jax.dtypes.extended):
            return WrongType(f"{name} must be arrays of numbers, got {dtype}{at}; take it out of the tree.")
    return None
