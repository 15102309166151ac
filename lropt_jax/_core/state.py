"""Read the learning rates that a state records."""

from typing import Any

import jax
import optax

from lropt_jax._core.paths import REST


def learning_rate(state: optax.OptState) -> jax.Array | dict[str, jax.Array]:
    """The rate of the last update, from the state of any optimizer, however deep it is nested.

    Args:
        state: What `init` or `update` returned: of an optimizer of this library, of a chain, wrapper or partition
            around one, or of Optax's `inject_hyperparams`.

    Returns:
        The rate, shape (), or `(lanes,)` for a `vmap`ped state. Where several are recorded, all of them: under
        `multiply` and `groups` a dict from their patterns, "*" for the parameters that no other pattern is for and
        "a & b" for those of two at once; else a dict from where in the state each stands.

    Raises:
        ValueError: The state records no rate, as in plain Optax optimizers.

    Example:
        >>> import jax.numpy as jnp
        >>> from lropt_jax import chain, learning_rate
        >>> from lropt_jax.optimizers import sgd
        >>> from lropt_jax.wrappers import multiply
        >>> learning_rate(chain(sgd(0.5)).init(jnp.ones(3)))
        Array(0.5, dtype=float32)
        >>> learning_rate(multiply(sgd(0.5), {"head": 2.0}).init({"body": jnp.ones(3), "head": jnp.ones(2)}))
        {'*': Array(0.5, dtype=float32), 'head': Array(1., dtype=float32)}
    """
    found = recorded(state)
    if not found:
        raise ValueError(
            "learning_rate: state must record a rate, got none; use an optimizer of this library, "
            "or optax.inject_hyperparams."
        )
    return found if len(found) > 1 else next(iter(found.values()))


def recorded(state: Any) -> dict[str, jax.Array]:
    """Every rate in a state: by groups where a node has a method `rates_by_group`, else by where it stands."""
    found = []
    for place, node in jax.tree_util.tree_flatten_with_path(state, is_leaf=_grouped)[0]:
        if _grouped(node):
            where = jax.tree_util.keystr(place)
            found += [(where, name, rate) for name, rate in node.rates_by_group().items()]
    plain = jax.tree.map(lambda node: None if _grouped(node) else node, state, is_leaf=_grouped)
    for place, rate in jax.tree_util.tree_flatten_with_path(plain)[0]:
        if _is_rate(place):
            found.append(("", jax.tree_util.keystr(place), rate))
    names = [name for _, name, _ in found]
    return {name if names.count(name) == 1 else f"{where}: {name}": rate for where, name, rate in found}


def within(group: str, rates: dict[str, jax.Array]) -> dict[str, jax.Array]:
    """The rates inside a group of parameters, by the name of the group and their own."""
    if len(rates) == 1:
        return {group: next(iter(rates.values()))}
    return {" & ".join(part for part in (group, name) if part != REST) or REST: rate for name, rate in rates.items()}


def keeps_params(state: Any) -> bool:
    """Whether an optimizer keeps parameters of its own in its state, however deep: what goes around it cannot see."""

    def keeper(node: Any) -> bool:
        return hasattr(type(node), "kept_params") or isinstance(node, optax.contrib.ScheduleFreeState)

    return any(map(keeper, jax.tree.leaves(state, is_leaf=keeper)))


def states_of(kinds: type | tuple[type, ...], state: Any) -> list[Any]:
    """The states of some kinds, named tuples, in a state, however deep."""

    def is_one(node: Any) -> bool:
        return isinstance(node, kinds)

    found = [node for node in jax.tree.leaves(state, is_leaf=is_one) if is_one(node)]
    return [each for node in found for each in (node, *states_of(kinds, tuple(node)))]


def _grouped(node: Any) -> bool:
    return hasattr(type(node), "rates_by_group")


def _is_rate(place: tuple) -> bool:
    """Whether a state's rate stands there: in a field, or among Optax's `hyperparams`, but no parameter of that name.

    Flax NNX has an attribute `value` around every array.
    """
    names = [str(getattr(key, "name", getattr(key, "key", ""))) for key in place]
    if names[-1:] == ["value"] and len(names) > 1:
        place, names = place[:-1], names[:-1]
    if names[-1:] != ["learning_rate"]:
        return False
    return isinstance(place[-1], jax.tree_util.GetAttrKey) or names[-2:-1] == ["hyperparams"]
