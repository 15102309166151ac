"""Changes to every learning rate in a value, inside `chain` and wrappers too."""

from collections.abc import Callable
from typing import Any

import jax
import optax

from lropt_jax._core.kinds import Role
from lropt_jax._core.refusal import WrongType
from lropt_jax._core.values import Optimizer, Value


def edited(optimizer: Any, change: Callable[[Optimizer, str], Optimizer]) -> Any:
    """The value with a change made to every optimizer in it that has a learning rate, inside `chain` and wrappers too.

    `change` takes the optimizer and the name of the argument that is its learning rate. What is not a value cannot be
    read and is refused. So is a value in which no optimizer has a learning rate.
    """
    found = []

    def visit(node: Any) -> Any:
        if isinstance(node, optax.GradientTransformation) and not isinstance(node, Optimizer):
            raise WrongType(f"optimizer must be a value through and through, got {node!r}; `lift` its factory.")
        if not isinstance(node, Optimizer):
            return node
        rate = _rate_of(node)
        if rate is not None:
            found.append(node)
            return change(node, rate)
        # Another library's rule: a change of its rate alone would change the meaning of its other numbers.
        if Role.PORTED_RATE in node.factory.roles.values() or "lr" in node.arguments:
            raise WrongType(f"every optimizer must have a learning_rate to be changed, got {node!r}.")
        return node.replace(**{name: mapped(visit, argument) for name, argument in node.arguments.items()})

    result = visit(optimizer)
    if not found:
        raise WrongType(f"optimizer must have a learning_rate or hold what has one, got {optimizer!r}.")
    return result


def _rate_of(optimizer: Optimizer) -> str | None:
    """The argument that is the learning rate: its kind says so, and without a kind its name does."""
    roles = optimizer.factory.roles
    by_kind = [name for name, role in roles.items() if role is Role.RATE]
    by_name = ["learning_rate"] if "learning_rate" in optimizer.arguments.keys() - roles.keys() else []
    return next(iter(by_kind + by_name), None)


def mapped(visit: Callable[[Any], Any], argument: Any) -> Any:
    """An argument with a change made to everything that it holds."""
    whole = (Value, optax.GradientTransformation)
    return jax.tree.map(visit, argument, is_leaf=lambda leaf: isinstance(leaf, whole))
