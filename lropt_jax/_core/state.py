"""Read the learning rates that a state records."""

from typing import Any

import jax
import optax

from lropt_jax._core.checking import checked
from lropt_jax._core.limits import shown
from lropt_jax._core.maker import Maker, uncalled
from lropt_jax._core.paths import REST
from lropt_jax._core.refusal import Refused, WrongType
from lropt_jax._core.values import Value


@checked
def learning_rate(state: optax.OptState) -> jax.Array | dict[str, jax.Array]:
    """The rate of the last update, from the state of any optimizer, however deep it is nested.

    A state only records its rate: `state._replace(learning_rate=...)` changes no update. To set a rate from outside,
    give the optimizer `rates.settable(1e-3)` and call `set_learning_rate(state, 3e-4)`. For another number or schedule,
    go on with another optimizer and the same state. For another rule, `restate` fits the state to it.

    Args:
        state: What `init` or `update` returned: the state of an optimizer of this library, of a chain, wrapper or
            partition around one, or of Optax's `inject_hyperparams`.

    Returns:
        The rate, shape (), or `(lanes,)` for a `vmap`ped state. If the state records several rates, a dict of all.
        Under `multiply` and `groups` its keys are their patterns: "*" for parameters without another pattern, "a & b"
        for those under two patterns. Else a key says where in the state the rate stands.

    Raises:
        ValueError: The state records no rate, as that of plain Optax optimizers.

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
    if isinstance(state, Maker):
        raise WrongType(uncalled("state", state))
    if isinstance(state, (Value, optax.GradientTransformation)):
        raise WrongType(f"state must be what init and update return, got {shown(state)}; give learning_rate(state).")
    found = recorded(state)
    if not found:
        raise Refused(
            "state must record a rate, got none; use an optimizer of this library, or optax.inject_hyperparams."
        )
    return found if len(found) > 1 else next(iter(found.values()))


def recorded(state: Any) -> dict[str, jax.Array]:
    """Every rate in a state: by group if a node has a method `rates_by_group`, else by its place in the state."""
    state, found = _said_once(state), []
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
    """Whether an optimizer keeps parameters of its own, anywhere in its state. A wrapper around it cannot see them."""

    def keeper(node: Any) -> bool:
        return hasattr(type(node), "kept_params") or isinstance(node, optax.contrib.ScheduleFreeState)

    return any(map(keeper, jax.tree.leaves(state, is_leaf=keeper)))


def reads_results(state: Any) -> bool:
    """Whether a rate in a state reads results, which a step may be without, and not the loss of each step."""

    def reader(node: Any) -> bool:
        return hasattr(type(node), "reads_results")

    return any(map(reader, jax.tree.leaves(state, is_leaf=reader)))


def states_of(kinds: type | tuple[type, ...], state: Any) -> list[Any]:
    """The states of these types, named tuples, anywhere in a state."""

    def is_one(node: Any) -> bool:
        return isinstance(node, kinds)

    found = [node for node in jax.tree.leaves(state, is_leaf=is_one) if is_one(node)]
    return [each for node in found for each in (node, *states_of(kinds, tuple(node)))]


def _grouped(node: Any) -> bool:
    return hasattr(type(node), "rates_by_group")


def _said_once(state: Any) -> Any:
    """The state without the rates of `inject_hyperparams` that the optimizer inside of it records too."""

    def injects(node: Any) -> bool:
        return {"hyperparams", "inner_state"} <= set(getattr(type(node), "_fields", ()))

    def once(node: Any) -> Any:
        if not injects(node):
            return node
        inside = _said_once(node.inner_state)
        return node._replace(inner_state=inside, **({"hyperparams": {}} if recorded(inside) else {}))

    return jax.tree.map(once, state, is_leaf=injects)


def _is_rate(place: tuple) -> bool:
    """Whether a place in a state is that of a rate: a field, or an entry of Optax's `hyperparams`.

    A parameter of that name is not a rate. Flax NNX has an attribute `value` around every array.
    """
    names = [str(getattr(key, "name", getattr(key, "key", ""))) for key in place]
    if names[-1:] == ["value"] and len(names) > 1:
        place, names = place[:-1], names[:-1]
    if names[-1:] != ["learning_rate"]:
        return False
    return isinstance(place[-1], jax.tree_util.GetAttrKey) or names[-2:-1] == ["hyperparams"]
