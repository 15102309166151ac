"""What rules that rewrite optimizers share: finding them, and multiplying their numbers and lengths."""

from collections.abc import Callable, Collection
from typing import Any, get_args

import jax
import optax
from jax.typing import ArrayLike

from lropt_jax._core.numbers import is_number
from lropt_jax._core.values import Optimizer, Value
from lropt_jax.rates import Rate
from lropt_jax.schedules import scale, stretch

KEPT_DECAYS = ("timescale", "number")


def edited(owner: str, optimizer: Any, change: Callable[[Optimizer], Optimizer]) -> Any:
    """The value with every optimizer in it changed that has a learning rate, inside `chain`, wrappers and the like.

    What has no numbers that could be read is refused, and so is a value without a learning rate.
    """
    found = []

    def visit(node: Any) -> Any:
        if isinstance(node, optax.GradientTransformation) and not isinstance(node, Optimizer):
            raise TypeError(
                f"{owner}: optimizer must be a value through and through, got {node!r}; `lift` its factory."
            )
        if not isinstance(node, Optimizer):
            return node
        if "learning_rate" in node.arguments:
            found.append(node)
            return change(node)
        if "lr" in node.arguments:  # another library's name for it, whose other numbers have other meanings too
            raise TypeError(f"{owner}: every optimizer must have a learning_rate to be changed, got {node!r}.")
        return _mapped(visit, node)

    result = visit(optimizer)
    if not found:
        raise TypeError(f"{owner}: optimizer must have a learning_rate or hold what has one, got {optimizer!r}.")
    return result


def stretched(optimizer: Optimizer, steps: ArrayLike) -> Optimizer:
    """The value with every schedule in it, of whatever number, over `steps` times as many steps."""

    def visit(node: Any) -> Any:
        if isinstance(node, Optimizer):
            others = [name for name, argument in node.arguments.items() if _is_another_function(node, name, argument)]
            return _mapped(visit, node, but=others)
        return stretch(node, steps) if callable(node) and not isinstance(node, type) else node

    return visit(optimizer)


def multiplied(owner: str, name: str, number: Any, by: ArrayLike) -> Any:
    """A number or a schedule times a factor."""
    if isinstance(number, Rate) or not (is_number(number) or callable(number)):
        raise TypeError(f"{owner}: {name} must be a number or a schedule to be multiplied, got {number!r}.")
    return scale(number, by) if callable(number) else number * by


def decay_changes(
    owner: str, optimizer: Optimizer, factor: ArrayLike, *, rate: float, steps: float, kept: str
) -> dict[str, Any]:
    """What becomes of the weight decay where rates are multiplied by `factor^rate` and steps by `factor^steps`.

    A coupling that is the peak of a schedule goes with the rate. The strength, for the "timescale", so that the sum
    over all steps of the share that decays stays. L2 is a part of the loss and stays as it is.
    """
    strength, coupling = (
        optimizer.arguments.get(name, other) for name, other in (("weight_decay", None), ("decay_coupling", "rate"))
    )
    changes = {}
    if not isinstance(coupling, str):
        changes["decay_coupling"] = multiplied(owner, "decay_coupling", coupling, factor**rate)
    power = {"rate": rate + steps, "independent": steps}.get(coupling, 0) if isinstance(coupling, str) else steps
    if strength is not None and kept == "timescale" and power:
        changes["weight_decay"] = multiplied(owner, "weight_decay", strength, factor**-power)
    return changes


def _mapped(visit: Callable[[Any], Any], node: Optimizer, but: Collection[str] = ()) -> Optimizer:
    whole = (Value, optax.GradientTransformation)
    inside = {
        name: jax.tree.map(visit, argument, is_leaf=lambda leaf: isinstance(leaf, whole))
        for name, argument in node.arguments.items()
        if name not in but
    }
    return node.replace(**inside)


def _is_another_function(optimizer: Optimizer, name: str, argument: Any) -> bool:
    """Whether an argument is a function, but not of the step, such as the mask of a weight decay."""
    annotation = optimizer.factory.__signature__.parameters[name].annotation
    plain = callable(argument) and not isinstance(argument, Value)
    return plain and name != "learning_rate" and optax.Schedule not in get_args(annotation)
