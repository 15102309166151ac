"""The leaves of parameters that are learned: those that have gradients. A whole model has functions and words too."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import optax

from lropt_jax._core.absent import completed, is_absent, unboxed
from lropt_jax._core.numbers import is_number
from lropt_jax._core.refusal import Refused
from lropt_jax._core.rows import is_rows


def learned(params: optax.Params) -> optax.Params:
    """The parameters with None in the place of every leaf that can have no gradient.

    Arrays of floats or complex numbers have one. A plain number may be a parameter, or a setting of a module such as
    the rate of a dropout: in a tree that also has leaves which are no numbers, it is a setting.
    """
    leaves = jax.tree.leaves(params)
    if all(map(_is_inexact_array, leaves)):
        return params
    of_numbers = all(is_number(leaf) or hasattr(leaf, "dtype") for leaf in leaves)

    def has_gradient(leaf: Any) -> bool:
        return _is_inexact_array(leaf) or (of_numbers and isinstance(leaf, (float, complex)))

    some = any(map(has_gradient, leaves))  # else the optimizer says what is wrong
    return jax.tree.map(lambda leaf: leaf if has_gradient(leaf) else None, params) if some else params


def with_gradients(params: optax.Params, grads: optax.Updates) -> optax.Params:
    """The parameters with None in the place of what has no gradient in `grads`."""
    return jax.tree.map(
        lambda g, p: g if is_absent(g) else p, grads, params, is_leaf=lambda node: is_absent(node) or is_rows(node)
    )


def applied(params: optax.Params, updates: optax.Updates) -> optax.Params:
    """The parameters after an update. What has no update stays."""
    if _size(updates) == _size(params):
        return optax.apply_updates(params, updates)
    return completed(optax.apply_updates(with_gradients(params, updates), updates), params)


def initial(tx: optax.GradientTransformation, params: optax.Params) -> optax.OptState:
    """The state that an optimizer begins with, for the parameters that are learned."""
    return unboxed(tx.init(learned(params)))


def updated(
    tx: optax.GradientTransformationExtraArgs,
    grads: optax.Updates,
    state: optax.OptState,
    params: optax.Params | None,
    extra: dict[str, Any],
) -> tuple[optax.Updates, optax.OptState]:
    """`tx.update` with the parameters that have gradients. What else they hold gets None as its update."""
    if params is None:
        return _alone(tx, grads, state, extra)
    if _size(grads) in (0, _size(params)):
        return tx.update(grads, state, params, **extra)
    try:
        moving = with_gradients(params, grads)
    except ValueError:  # trees of other kinds: an optimizer that reads no params works with them
        return tx.update(grads, state, params, **extra)
    trained = _trained(tx, state, moving, params)

    def of_trained(function: Callable[[optax.Params], Any]) -> Callable[[optax.Params], Any]:
        return lambda part: _like(function(completed(part, params)), moving, trained)

    functions = {
        name: of_trained(extra[name]) for name in ("value_fn", "gradient", "hessian") if callable(extra.get(name))
    }
    updates, after = tx.update(_like(grads, moving, trained), state, trained, **{**extra, **functions})
    return (updates if trained is moving else with_gradients(updates, grads)), after


def _alone(
    tx: optax.GradientTransformationExtraArgs, grads: optax.Updates, state: optax.OptState, extra: dict[str, Any]
) -> tuple[optax.Updates, optax.OptState]:
    try:
        return tx.update(grads, state, None, **extra)
    except (ValueError, TypeError) as error:
        if isinstance(error, Refused) or not any(map(is_absent, jax.tree.leaves(grads, is_leaf=is_absent))):
            raise
        raise Refused(
            "update needs params where some of them have no gradient; call tx.update(grads, state, params)."
        ) from error


def _trained(
    tx: optax.GradientTransformation, state: optax.OptState, moving: optax.Params, params: optax.Params
) -> optax.Params:
    """The parameters that `init` was given: those that move now, or all that can, some of which are frozen."""
    every = learned(params)
    if _size(every) == _size(moving):
        return moving
    return moving if _fits(tx, state, moving) else every


def _fits(tx: optax.GradientTransformation, state: optax.OptState, params: optax.Params) -> bool:
    """Whether a state may have begun with these parameters."""
    try:
        first = jax.eval_shape(lambda part: initial(tx, part), params)
    except Refused:  # a pattern that matches none of them
        return False
    return jax.tree.structure(first) == jax.tree.structure(state)  # type: ignore[operator]


def _like(grads: Any, moving: optax.Params, trained: optax.Params) -> Any:
    """Gradients with zeros for parameters that are frozen. A loss stays as it is."""
    if trained is moving or jax.tree_util.all_leaves([grads]):
        return grads
    return completed(grads, jax.tree.map(jnp.zeros_like, trained))


def _size(tree: Any) -> int:
    """The number of leaves. To ask the structure is faster than to list them."""
    return jax.tree.structure(tree).num_leaves  # type: ignore[attr-defined]


def _is_inexact_array(leaf: Any) -> bool:
    dtype = getattr(leaf, "dtype", None)
    return dtype is not None and jnp.issubdtype(dtype, jnp.inexact)
