"""What rules that rewrite optimizers share: multiplying their numbers and lengths."""

from typing import Any, NamedTuple

import jax
import optax
from jax.typing import ArrayLike

from lropt_jax._core.annotations import kind_of
from lropt_jax._core.decay import DECOUPLED, OWN, PEAKED, RATE_SQUARED, DecayRule, as_decay
from lropt_jax._core.edits import mapped
from lropt_jax._core.kinds import Role
from lropt_jax._core.numbers import is_number
from lropt_jax._core.refusal import WrongType
from lropt_jax._core.values import Decay, Optimizer, Value
from lropt_jax.rates import Rate
from lropt_jax.schedules import scale, stretch


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
        return mapped(visit, argument)

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
        return self.rule.strength is not None and self.rule.goes_with in DECOUPLED


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

    If the decay knows the peak of the schedule, that is multiplied as rates are. For the "timescale" the strength is
    multiplied so that the share that decays, summed over all steps, stays the same. L2 is a part of the loss and stays.
    """
    name, rule = weight_decay_of(optimizer)
    if name is None or rule.strength is None:
        return {}
    with_rate = {"rate": rate + steps, RATE_SQUARED: rate + steps}
    power = {**with_rate, "schedule": steps, "nothing": steps}.get(str(rule.goes_with), 0.0)
    changes = {}
    if kept == "timescale" and (isinstance(power, jax.core.Tracer) or power != 0):
        changes["strength"] = multiplied(name, rule.strength, factor ** (-1.0 * power))
    if rule.goes_with in PEAKED:
        changes["peak"] = multiplied(name, rule.peak, factor**rate)
    given = optimizer.arguments[name]
    new = given.replace(**changes) if isinstance(given, Decay) else changes.get("strength", given)
    return {name: new} if changes else {}
