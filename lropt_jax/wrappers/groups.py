"""An optimizer for each group of parameters."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import jax
import optax

from lropt_jax._core.absent import completed, unboxed
from lropt_jax._core.kinds import AnyOptimizer
from lropt_jax._core.lifting import lift
from lropt_jax._core.paths import labelled
from lropt_jax._core.state import recorded, within
from lropt_jax._core.wrapping import extended


class GroupsState(NamedTuple):
    """State of `groups`."""

    inner: optax.transforms.PartitionState

    def rates_by_group(self) -> dict[str, jax.Array]:
        """The rates of the last update, by the patterns that they are for."""
        found = {}
        for group, state in self.inner.inner_states.items():
            found.update(within(group, recorded(state)))
        return found


@lift
def groups(optimizers: Mapping[str, AnyOptimizer]) -> optax.GradientTransformationExtraArgs:
    """Update groups of parameters by optimizers of their own, with their own rates and schedules.

    A group is a pattern of paths. The path of a parameter says where it stands in its tree, as
    `"encoder/layers/0/kernel"`: keys of dicts, names of attributes and indices. A pattern must match the whole path:
    `*` stands for any characters, "/" too, `?` for one character, `[ab]` for a or b. Every parameter must match exactly
    one pattern, and every pattern must match a parameter. "*" alone takes the parameters that no other pattern takes.

    Choose it for groups whose rules differ in more than the rate; for the rate alone take `multiply`. Parameters that
    must not be trained get `frozen`. Put wrappers that look at all gradients, such as `clip_norm`, around it.

    Args:
        optimizers: A dict from patterns to optimizers, of this library or of Optax.

    Returns:
        An optimizer. State: `inner`, the state of `optax.partition`, with the state of each group under its pattern.
        `learning_rate(state)` gives the rates by pattern. Memory: for each group that of its own optimizer.

    Raises:
        TypeError: `optimizers` is not a dict from strings to gradient transformations.
        ValueError: A pattern matches no parameter, or a parameter matches no pattern or several.

    As `optax.partition`, by patterns. As it is a value, the numbers inside the optimizers are leaves.

    Example:
        >>> import jax.numpy as jnp
        >>> from lropt_jax import learning_rate
        >>> from lropt_jax.optimizers import adam, sgd
        >>> tx = groups({"encoder/*": adam(1e-3), "*": sgd(0.5, momentum=0.9)})
        >>> learning_rate(tx.init({"encoder": {"kernel": jnp.ones(2)}, "head": jnp.ones(1)}))
        {'*': Array(0.5, dtype=float32), 'encoder/*': Array(0.001, dtype=float32)}
    """
    members = {pattern: extended(optimizer) for pattern, optimizer in optimizers.items()}

    def init(params: optax.Params) -> GroupsState:
        labels = labelled(params, optimizers, rest=False)
        states = {name: optax.MaskedState(tx.init(_part(labels, name, params))) for name, tx in members.items()}
        return GroupsState(optax.transforms.PartitionState(states))

    def update(grads: optax.Updates, state: GroupsState, params: optax.Params | None = None, **extra: Any) -> tuple:
        labels, updates, moved = labelled(grads, optimizers, rest=False), grads, {}
        for name, tx in members.items():
            own = None if params is None else _part(labels, name, params)
            before = state.inner.inner_states[name].inner_state
            part, after = tx.update(_part(labels, name, grads), before, own, **extra)
            updates, moved[name] = completed(part, updates), optax.MaskedState(after)
        return updates, GroupsState(optax.transforms.PartitionState(moved))

    return optax.GradientTransformationExtraArgs(init, update)


def _part(labels: Any, name: str, tree: Any) -> Any:
    """A tree of which all but a group is masked out."""
    return unboxed(jax.tree.map(lambda label, leaf: leaf if label == name else optax.MaskedNode(), labels, tree))
