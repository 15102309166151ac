"""The same training with larger or smaller batches."""

from typing import Any, Literal

import jax
import numpy as np
from jax.typing import ArrayLike

from lropt_jax._core.checking import checked
from lropt_jax._core.edits import edited
from lropt_jax._core.kinds import AnyOptimizer, Positive, Role
from lropt_jax._core.numbers import is_number
from lropt_jax._core.refusal import Refused, WrongType
from lropt_jax._core.values import Optimizer
from lropt_jax.transfer.edits import decay_changes, multiplied, stretched, takes_schedule

# Under "sqrt", the power of the factor by which a number of each role is multiplied: the noise of the gradients becomes
# `1 / sqrt(factor)` times as large.
_POWERS = {Role.GRADIENT_SCALE: -0.5, Role.SQUARED_GRADIENT_SCALE: -1.0, Role.PER_STEP: 1.0}
_ELSEWHERE = (Role.DECAY, Role.OWN_DECAY, Role.LENGTH)  # changed by other functions


@checked
def batch_size(
    optimizer: AnyOptimizer,
    factor: Positive,
    *,
    rule: Literal["linear", "sqrt"],
    keep: Literal["samples", "steps"] = "samples",
    weight_decay: Literal["timescale", "number"] = "timescale",
) -> Optimizer:
    """Rewrite an optimizer for batches `factor` times as large, so that the training stays the same, sample for sample.

    "linear", for `sgd` with momentum or without: the rate is multiplied by `factor` (Goyal et al. 2017,
    arXiv:1706.02677, section 2.1). One large step then does what `factor` small ones do, as long as the gradients
    hardly change during these.

    "sqrt", for `adam`, `rmsprop` without momentum, and their kin: the rate is multiplied by `sqrt(factor)`, `eps` by
    `1 / sqrt(factor)`, `1 - b1` and `1 - b2` by `factor`, and RMSprop's `1 - decay` likewise (Malladi et al. 2022,
    arXiv:2205.10287, sections 4 and 5). The averages then reach back over the same number of samples. The rule holds
    where the noise is larger than the gradient itself: in most runs everywhere but at the beginning. `adamax` and
    `amsgrad` follow it roughly, because the largest of many gradients depends on how many there are.

    Every optimizer declares which rule is about it, by `lift(scaling=...)`; no other rule rewrites it. What happens to
    an argument follows from its kind.

    Both rules hold up to a critical batch size, above which they promise too much. Smaller batches are always safe. A
    limit such as that of `clip_norm` stays, and so does the `decay` of `ema`.

    Args:
        optimizer: A value: an optimizer of this library or of your own under `lift`, or what holds some: `chain`,
            `groups`, wrappers.
        factor: How many times as large the new batches are, > 0.
        rule: "linear" or "sqrt".
        keep: What stays of the run. "samples": it sees as many samples in fewer steps, so every schedule, and every
            other length in steps, becomes `factor` times as short. "steps": it has as many steps, and lengths stay.
        weight_decay: What stays of it. "timescale": `rate * weight_decay * steps`, how often the weights are forgotten
            during a run (Wang and Aitchison 2024, arXiv:2405.13698). "number": the number itself. A decay that goes
            with the gradients stays in any case. If it goes with the schedule, its `peak` changes as the rate does.

    Returns:
        The rewritten value.

    Raises:
        TypeError: `optimizer` has parts whose numbers cannot be read, no learning rate, a rate that sets itself, or a
            schedule in the place of `b1`, `b2` or `decay` under "sqrt".
        ValueError: The rule is not about an optimizer or one of its arguments, a decay such as `b1` would be below 0,
            or another argument is outside its range.

    Example:
        >>> from lropt_jax.optimizers import adam, sgd
        >>> from lropt_jax.schedules import cosine
        >>> batch_size(sgd(cosine(0.1, 8000), momentum=0.9), 8, rule="linear").learning_rate
        stretch(schedule=scale(schedule=cosine(peak=0.1, steps=8000, floor=0.0), factor=8.0), factor=0.125)
        >>> larger = batch_size(adam(1e-3), 4, rule="sqrt")
        >>> larger.learning_rate, round(larger.b1, 6), round(larger.b2, 6), larger.eps
        (0.002, 0.6, 0.996, 5e-09)
    """
    power, steps = {"linear": 1.0, "sqrt": 0.5}[rule], -1.0 if keep == "samples" else 0.0

    def change(value: Optimizer, name: str) -> Optimizer:
        _check_scaling(rule, value)
        moments = _moments(value, name, factor) if rule == "sqrt" else {}
        rate = multiplied(name, value.arguments[name], factor**power)
        weights = decay_changes(value, factor, rate=power, steps=steps, kept=weight_decay)
        return value.replace(**{name: rate}, **moments, **weights)

    result = edited(optimizer, change)
    return stretched(result, 1 / factor) if keep == "samples" else result


def _check_scaling(rule: str, value: Optimizer) -> None:
    """Refuse an optimizer that the rule is not about."""
    declared, name = value.factory.scaling, value.factory.name
    if declared != rule:
        why = f"which declares {f'rule {declared!r}' if declared else 'no rule'}"
        unkinded = "declare the kinds of its arguments and lift(scaling=...)"
        remedy = "change its numbers with `replace`" if value.factory.roles else unkinded
        raise Refused(f"optimizer must be one that rule {rule!r} is about, got {name}, {why}; {remedy}.")


def _moments(value: Optimizer, rate: str, factor: ArrayLike) -> dict[str, Any]:
    """The numbers besides the rate and the weight decay, as rule "sqrt" has them."""
    changes = {}
    for name, argument in value.arguments.items():
        role = _role(value, name)
        if name == rate or role in _ELSEWHERE or not _is_data(value, name):
            continue
        if role is Role.MEMORY:
            changes[name] = _shorter(name, argument, factor)
        elif role in _POWERS:
            changes[name] = multiplied(name, argument, factor ** _POWERS[role])
        else:
            got = f"got {argument!r} in {value.factory.name}"
            raise Refused(f"{name} must be None or have a kind that rule 'sqrt' is about, {got}.")
    return changes


def _role(value: Optimizer, name: str) -> Role | None:
    """What an argument is. By the flag `eps_in_sqrt`, `eps` is inside the root: in units of squared gradients."""
    role = value.factory.roles.get(name)
    inside = role is Role.GRADIENT_SCALE and value.arguments.get(f"{name}_in_sqrt", False)
    return Role.SQUARED_GRADIENT_SCALE if inside else role


def _is_data(value: Optimizer, name: str) -> bool:
    """Whether an argument is a number or a schedule, or holds some; None and words are not."""
    argument = value.arguments[name]
    schedule = callable(argument) and takes_schedule(value, name)
    return schedule or any(map(is_number, jax.tree.leaves(argument)))


def _shorter(name: str, decay: Any, factor: ArrayLike) -> Any:
    """The decay of an average over as many samples: `1 - factor * (1 - decay)`."""
    if callable(decay):
        raise WrongType(f"{name} must be a number under rule 'sqrt', got {decay!r}.")
    left = 1 - factor * (1 - decay)
    if not isinstance(left, jax.core.Tracer) and np.any(np.asarray(left) < -1e-9):
        raise Refused(
            f"factor must be <= 1 / (1 - {name}), {1 / (1 - decay):.6g}, got {factor}: an average cannot "
            f"be over less than one batch; raise {name} first."
        )
    return left * (left > 0)
