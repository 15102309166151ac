"""What rules that rewrite optimizers share: finding them, and multiplying their numbers and lengths."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import optax
from jax.typing import ArrayLike

from lropt_jax._core.annotations import kind_of
from lropt_jax._core.decay import OWN, DecayRule, as_decay
from lropt_jax._core.kinds import Role
from lropt_jax._core.numbers import is_number
from lropt_jax._core.refusal import WrongType
from lropt_jax._core.values import Decay, Optimizer, Value
from lropt_jax.rates import Rate
from lropt_jax.schedules import scale, stretch


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
        return node.replace(**{name: _mapped(visit, argument) for name, argument in node.arguments.items()})

    result = visit(optimizer)
    if not found:
        raise WrongType(f"optimizer must have a learning_rate or hold what has one, got {optimizer!r}.")
    return result


def stretched(optimizer: Optimizer, steps: ArrayLike) -> Optimizer:
    """The value with every schedule in it, and every length of an optimizer or wrapper, `steps` times as long."""

    def visit(node: Any) -> Any:
        if isinstance(node, (Optimizer, Decay)):
            return node.replace(**{name: longer(node, name, argument) for name, argument in node.arguments.items()})
        return stretch(node, steps) if callable(node) else node

    def longer(node: Value, name: str, argument: Any) -> Any:
        if callable(argument) and not isinstance(argument, Value) and not takes_schedule(node, name):
            return argument  # a function, but not of the step: a mask, say
        if node.factory.roles.get(name) is Role.LENGTH and argument is not None:
            return multiplied(name, visit(argument), steps)
        return _mapped(visit, argument)

    return visit(optimizer)


def takes_schedule(value: Value, name: str) -> bool:
    """Whether an argument may be a schedule: its kind says so, and a learning rate may be one without a kind."""
    annotation = value.factory.__signature__.parameters[name].annotation
    return optax.Schedule in kind_of(annotation).types or name == "learning_rate"


def multiplied(name: str, number: Any, by: ArrayLike) -> Any:
    """A number or a schedule times a factor."""
    if isinstance(number, Rate) or not (is_number(number) or callable(number)):
        raise WrongType(f"{name} must be a number or a schedule to be multiplied, got {number!r}.")
    return scale(number, by) if callable(number) else number * by


class WeightDecayOf(NamedTuple):
    """The weight decay of an optimizer: the name of the argument, None without one, and what the argument says."""

    name: str | None
    rule: DecayRule

    @property
    def decoupled(self) -> bool:
        """Whether it takes a share of the parameters away beside the optimizer's step."""
        return self.rule.strength is not None and self.rule.goes_with in ("rate", "schedule", "nothing")


def weight_decay_of(optimizer: Optimizer) -> WeightDecayOf:
    """The weight decay of an optimizer. A `weight_decay` without a kind goes with the rate, as Optax's do."""
    for name, role in {"weight_decay": Role.DECAY, **optimizer.factory.roles}.items():
        if role in (Role.DECAY, Role.OWN_DECAY) and name in optimizer.arguments:
            return WeightDecayOf(name, as_decay(optimizer.arguments[name], "rate" if role is Role.DECAY else OWN))
    return WeightDecayOf(None, DecayRule(None))


def decay_changes(
    optimizer: Optimizer, factor: ArrayLike, *, rate: ArrayLike, steps: ArrayLike, kept: str
) -> dict[str, Any]:
    """What becomes of the weight decay where rates are multiplied by `factor^rate` and steps by `factor^steps`.

    If the decay goes with a schedule, the peak of that is multiplied as rates are. For the "timescale" the strength is
    multiplied so that the share that decays, summed over all steps, stays the same. L2 is a part of the loss and stays.
    """
    name, rule = weight_decay_of(optimizer)
    if name is None or rule.strength is None:
        return {}
    power = {"rate": rate + steps, "schedule": steps, "nothing": steps}.get(str(rule.goes_with), 0.0)
    changes = {}
    if kept == "timescale" and (isinstance(power, jax.core.Tracer) or power != 0):
        changes["strength"] = multiplied(name, rule.strength, factor ** (-1.0 * power))
    if rule.goes_with == "schedule":
        changes["peak"] = multiplied(name, rule.peak, factor**rate)
    given = optimizer.arguments[name]
    new = given.replace(**changes) if isinstance(given, Decay) else changes.get("strength", given)
    return {name: new} if changes else {}


def _rate_of(optimizer: Optimizer) -> str | None:
    """The argument that is the learning rate: its kind says so, and without a kind its name does."""
    roles = optimizer.factory.roles
    by_kind = [name for name, role in roles.items() if role is Role.RATE]
    by_name = ["learning_rate"] if "learning_rate" in optimizer.arguments.keys() - roles.keys() else []
    return next(iter(by_kind + by_name), None)


def _mapped(visit: Callable[[Any], Any], argument: Any) -> Any:
    """An argument with a change made to everything that it holds."""
    whole = (Value, optax.GradientTransformation)
    return jax.tree.map(visit, argument, is_leaf=lambda leaf: isinstance(leaf, whole))
