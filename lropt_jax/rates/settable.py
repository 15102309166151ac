"""A rate that is a number in its state, and how to set it from outside."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax.typing import ArrayLike

from lropt_jax._core.checking import check, checked
from lropt_jax._core.kinds import Height
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import real
from lropt_jax._core.rate import Rate, Reading
from lropt_jax._core.refusal import Refused


class SettableState(NamedTuple):
    """State of `settable`."""

    setting: jax.Array


@lift
def settable(base: Height) -> Rate:
    """A number that stays until `set_learning_rate` changes it, between two updates and without another compilation.

    Choose it where something outside of the optimizer decides on the rate during the run: a person, a callback, an
    outer loop. If a rule can decide, take `plateau`, `greedy` or `control`. `product(settable(1.0), schedule)` is a
    schedule with a factor that can be set.

    Args:
        base: The number to begin with, >= 0.

    Returns:
        A rate. State: `setting`, the number from the next update on, () float32. Memory: nothing.

    Raises:
        ValueError: `base` is negative or not finite.

    It is what people use `optax.inject_hyperparams` for. There the number is `state.hyperparams["learning_rate"]`.

    Example:
        >>> import jax.numpy as jnp
        >>> from lropt_jax import set_learning_rate
        >>> from lropt_jax.optimizers import sgd
        >>> tx, x = sgd(settable(0.5)), jnp.ones(2)
        >>> state = set_learning_rate(tx.init(x), 0.25)
        >>> tx.update(x, state, x)[0]
        Array([-0.25, -0.25], dtype=float32)
    """

    def init(params: optax.Params) -> tuple[jax.Array, SettableState]:
        first = real(base)
        return first, SettableState(jnp.array(first, copy=True))

    def next_rate(state: SettableState, reading: Reading) -> tuple[jax.Array, SettableState]:
        return state.setting, state

    return Rate(init, next_rate)


@checked
def set_learning_rate(state: optax.OptState, learning_rate: ArrayLike | Mapping[str, ArrayLike]) -> optax.OptState:
    """A state whose `settable` rates have another number from the next update on, however deep they are nested.

    `learning_rate(state)` is what the last update had, so it shows the number after the next update.

    Args:
        state: What `init` or `update` returned: the state of an optimizer whose rate is `settable`, of a chain, wrapper
            or partition around one, or of the rate itself.
        learning_rate: The number, >= 0, for all settable rates in the state; `(lanes,)` for a `vmap`ped state. Or a
            dict from patterns of `groups` to numbers, for the settable rates of these groups; others keep theirs.
            Under `multiply` it is the rate before the multipliers.

    Returns:
        The state with the numbers set. It is traceable: inside `jit` the number may be an argument.

    Raises:
        TypeError: `learning_rate` is no number.
        ValueError: A number is negative or not finite, the state or a group holds no settable rate, or the shape is
            neither () nor that of the rate in the state.

    Example:
        >>> import jax.numpy as jnp
        >>> from lropt_jax.optimizers import sgd
        >>> from lropt_jax.wrappers import groups
        >>> tx = groups({"head": sgd(settable(0.5)), "*": sgd(settable(0.5))})
        >>> params = {"head": jnp.ones(1), "body": jnp.ones(1)}
        >>> state = set_learning_rate(tx.init(params), {"head": 0.25})
        >>> tx.update(params, state, params)[0]
        {'body': Array([-0.5], dtype=float32), 'head': Array([-0.25], dtype=float32)}
    """
    by_group = isinstance(learning_rate, Mapping)
    given: dict[str, Any] = dict(learning_rate) if by_group else {"": learning_rate}  # type: ignore[arg-type]
    for group, number in given.items():
        check(f"learning_rate[{group!r}]" if by_group else "learning_rate", Height, number)
    used = set()

    def replaced(place: tuple, node: Any) -> Any:
        if not isinstance(node, SettableState):
            return node
        around = {str(getattr(key, "key", "")) for key in place}
        for group, number in given.items():
            if not by_group or set(group.split(" & ")) <= around:
                used.add(group)
                return jax.tree.map(lambda leaf, number=number: _as(number, leaf), node)
        return node

    changed = jax.tree_util.tree_map_with_path(replaced, state, is_leaf=lambda node: isinstance(node, SettableState))
    for group in [group for group in given if group not in used]:
        where = f" in group {group!r}" if by_group else ""
        raise Refused(
            f"state must hold a settable rate{where}, got none; give the optimizer settable(...) as its learning rate. "
            "The learning_rate in a state is a record."
        )
    return changed


def _as(number: ArrayLike, leaf: jax.Array) -> jax.Array:
    """A number in the shape and dtype of the one that it replaces."""
    if np.shape(number) not in ((), np.shape(leaf)):
        raise Refused(f"learning_rate must have the shape () or {np.shape(leaf)}, got {np.shape(number)}.")
    return jnp.broadcast_to(jnp.array(number, dtype=leaf.dtype, copy=True), np.shape(leaf))
