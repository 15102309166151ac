"""An optimizer of its own for every array of parameters."""

from typing import Any, NamedTuple

import jax
import optax

from lropt_jax._core.kinds import AnyOptimizer
from lropt_jax._core.layout import one_place
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import is_number
from lropt_jax._core.paths import by_path, is_masked
from lropt_jax._core.refusal import Refused
from lropt_jax._core.sealing import seal
from lropt_jax._core.state import recorded, within
from lropt_jax._core.values import unseal
from lropt_jax._core.wrapping import extended


class PerLeafState(NamedTuple):
    """State of `per_leaf`: the optimizers' own, by the paths of their parameters."""

    inner: dict[str, Any]

    def rates_by_group(self) -> dict[str, jax.Array]:
        """The rates of the last update, by path."""
        found = {}
        for place, state in self.inner.items():
            found.update(within(place, recorded(state)))
        return found


@lift
def per_leaf(optimizer: AnyOptimizer) -> optax.GradientTransformationExtraArgs:
    """Update every array of the parameters by itself, as if it were all there is: own count, rate and state.

    Choose it for layer-wise forms of rules that look at all parameters at once: `per_leaf(sgd(dog()))` is L-DoG (Ivgi,
    Hinder and Carmon 2023, arXiv:2302.12022), and `per_leaf(clip_norm(...))` clips each array by itself. Rules that
    work entry by entry, such as `adam(1e-3)`, stay the same.

    Args:
        optimizer: Any, of this library or of Optax. Its parameters are one array, so it cannot have patterns of paths
            or masks. Put these around it: `groups({"head/*": per_leaf(...), "*": adamw(...)})`.

    Returns:
        An optimizer. State: `inner`, a dict from paths such as "encoder/kernel" to the optimizers' states.
        `learning_rate(state)` gives the rates by path. Memory: that of the optimizer.

    Raises:
        TypeError: `optimizer` is not a gradient transformation.
        ValueError: Two parameters have the same path.

    Every array gets the same `value`. It gets `value_fn` as a function of itself alone: the other arrays stay where
    they are. Arrays of one shape are traced once, so 2,000 of them compile about as fast as under the optimizer alone.

    Example:
        >>> import jax.numpy as jnp
        >>> from lropt_jax import learning_rate
        >>> from lropt_jax.optimizers import sgd
        >>> from lropt_jax.rates import polyak
        >>> tx, params = per_leaf(sgd(polyak())), {"w": jnp.array([3.0, 4.0]), "b": jnp.array([1.0])}
        >>> _, state = tx.update(params, tx.init(params), params, value=13.0)
        >>> {place: float(rate) for place, rate in learning_rate(state).items()}
        {'b': 13.0, 'w': 0.5199999809265137}
    """
    extended(optimizer)
    sealed = seal(optimizer)

    def init(params: optax.Params) -> PerLeafState:
        leaves = _by_path(params)
        return PerLeafState({place: _begun(sealed, leaf) for place, leaf in leaves.items() if not is_masked(leaf)})

    def update(grads: optax.Updates, state: PerLeafState, params: optax.Params | None = None, **extra: Any) -> tuple:
        updates, inner = _by_path(grads), {}
        own = dict.fromkeys(updates) if params is None else _by_path(params)
        for place in state.inner:
            given = _of_leaf(place, params, extra)
            one = _update if all(map(is_number, jax.tree.leaves(given))) else _updated  # no program takes a function
            updates[place], inner[place] = one(sealed, updates[place], state.inner[place], own[place], given)
        return _like(grads, updates), PerLeafState(inner)

    return optax.GradientTransformationExtraArgs(init, update)


def _by_path(tree: Any) -> dict[str, Any]:
    leaves = by_path(tree)
    if len(leaves) != len(jax.tree.leaves(tree, is_leaf=is_masked)):
        raise Refused(f"parameters must have paths of their own, got two of the same in {list(leaves)}.")
    return leaves


def _like(tree: Any, leaves: dict[str, Any]) -> Any:
    """The tree with these leaves, which are in its order."""
    return jax.tree.unflatten(jax.tree.structure(tree, is_leaf=is_masked), leaves.values())


def _of_leaf(place: str, params: optax.Params | None, extra: dict[str, Any]) -> dict[str, Any]:
    """What the optimizer of a leaf may read: a loss of all parameters becomes a loss of the leaf."""
    if params is None or not callable(extra.get("value_fn")):
        return extra
    value_fn = extra["value_fn"]
    return extra | {"value_fn": lambda leaf: value_fn(_like(params, by_path(params) | {place: leaf}))}


def _begun(sealed: Any, leaf: jax.Array) -> Any:
    """The state of a leaf: one program for all of a shape, but on a mesh none, for that would not keep the layout."""
    return (_jitted_init if one_place(leaf) else _init)(sealed, leaf)


def _init(sealed: Any, leaf: jax.Array) -> Any:
    return unseal(sealed).init(leaf)


_jitted_init = jax.jit(_init)


def _updated(sealed: Any, grad: jax.Array, state: Any, leaf: jax.Array | None, extra: dict[str, Any]) -> tuple:
    return extended(unseal(sealed)).update(grad, state, leaf, **extra)


_update = jax.jit(_updated)
