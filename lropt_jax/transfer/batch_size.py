"""The same training with larger or smaller batches."""

from typing import Any

import jax
import numpy as np
from jax.typing import ArrayLike

from lropt_jax._core import checks
from lropt_jax._core.values import Optimizer
from lropt_jax.transfer.edits import KEPT_DECAYS, decay_changes, edited, multiplied, stretched

_KEPT = ("samples", "steps")
# What an optimizer must have, one set or another, and what it may have besides, for each rule to be about it.
_FORMS: dict[str, tuple[list[set[str]], set[str]]] = {
    "linear": ([{"nesterov"}], {"momentum", "dampening", "accumulator_dtype"}),
    "sqrt": (
        [{"b1", "b2", "eps"}, {"decay", "eps", "centered"}],
        {"nesterov", "momentum_decay", "eps_in_sqrt", "bias_correction", "initial_accumulator_value", "mu_dtype",
         "rate_in_momentum"},
    ),
}  # fmt: skip
_ANY = {"learning_rate", "weight_decay", "decay_coupling", "mask"}
_LIKE = {"linear": "sgd", "sqrt": "adam or rmsprop without momentum"}
_ABSENT = {"momentum": None, "eps_root": 0.0}  # values with which an argument is as good as not there


def batch_size(
    optimizer: Any, factor: ArrayLike, *, rule: str, keep: str = "samples", weight_decay: str = "timescale"
) -> Any:
    """Rewrite an optimizer for batches `factor` times as large, so that the training stays the same, sample for sample.

    "linear", for SGD with momentum or without: the rate is multiplied by `factor` (Goyal et al. 2017,
    arXiv:1706.02677, section 2.1). One large step then does what `factor` small ones do, as long as the gradients
    hardly change during these.

    "sqrt", for Adam and RMSprop: the rate is multiplied by `sqrt(factor)`, `eps` by `1 / sqrt(factor)`, and `1 - b1`
    and `1 - b2` by `factor`, RMSprop's `1 - decay` likewise (Malladi et al. 2022, arXiv:2205.10287, sections 4 and 5):
    averages reach back over the same number of samples. It holds where noise is larger than the gradient itself, which
    is so but for the beginning of most runs. `nadam` and `yogi` follow it as well, `adamax` roughly: its largest of
    many gradients depends on their number. Whether a rule is about an optimizer is seen from its arguments; where it
    is not, it is refused.

    Both hold up to a critical batch size, above which they promise too much; smaller batches are always safe. A limit
    such as that of `clip_norm` stays.

    Args:
        optimizer: A value: an optimizer of this library or a `lift`ed one, or what holds some: `chain`, `groups`,
            wrappers.
        factor: How many times as large the new batches are, > 0.
        rule: "linear" or "sqrt".
        keep: What of the run stays. "samples": it sees as many samples, in fewer steps, and every schedule ends
            `factor` times as early. "steps": it has as many steps, and schedules stay.
        weight_decay: What of it stays. "timescale": `rate * weight_decay * steps`, how often the weights are forgotten
            during a run (Wang and Aitchison 2024, arXiv:2405.13698). "number": the number itself. L2 that goes with
            the gradients stays in any case; where the coupling is a peak, it goes with the rate.

    Returns:
        The rewritten value.

    Raises:
        TypeError: `optimizer` has parts whose numbers cannot be read, no learning rate, one that sets itself, or a
            schedule of `b1`, `b2` or `decay` under "sqrt".
        ValueError: The rule does not cover an optimizer, a decay such as `b1` would be below 0, or another argument is
            none of these.

    Example:
        >>> from lropt_jax.optimizers import adam, sgd
        >>> from lropt_jax.schedules import cosine
        >>> batch_size(sgd(cosine(0.1, 8000), momentum=0.9), 8, rule="linear").learning_rate
        stretch(schedule=scale(schedule=cosine(peak=0.1, steps=8000, floor=0.0), factor=8.0), factor=0.125)
        >>> larger = batch_size(adam(1e-3), 4, rule="sqrt")
        >>> larger.learning_rate, round(larger.b1, 6), round(larger.b2, 6), larger.eps
        (0.002, 0.6, 0.996, 5e-09)
    """
    checks.one_of("batch_size", tuple(_FORMS), rule=rule)
    checks.one_of("batch_size", _KEPT, keep=keep)
    checks.one_of("batch_size", KEPT_DECAYS, weight_decay=weight_decay)
    checks.positive("batch_size", factor=factor)
    power, steps = {"linear": 1.0, "sqrt": 0.5}[rule], -1.0 if keep == "samples" else 0.0

    def change(value: Optimizer) -> Optimizer:
        _check_form(rule, value)
        moments = _moments(value, factor) if rule == "sqrt" else {}
        rate = multiplied("batch_size", "learning_rate", value.learning_rate, factor**power)
        weights = decay_changes("batch_size", value, factor, rate=power, steps=steps, kept=weight_decay)
        return value.replace(learning_rate=rate, **moments, **weights)

    result = edited("batch_size", optimizer, change)
    return stretched(result, 1 / factor) if keep == "samples" else result


def _check_form(rule: str, value: Optimizer) -> None:
    """Refuse an optimizer whose arguments are not those of the rule's family."""
    needed, allowed = _FORMS[rule]
    names = {name for name, argument in value.arguments.items() if not _absent(name, argument)}
    strange = sorted(names - _ANY - allowed.union(*needed))
    if strange or not any(form <= names for form in needed):
        why = f"which has {strange[0]}" if strange else "which is another form"
        raise ValueError(
            f"batch_size: optimizer must be like {_LIKE[rule]} for rule {rule!r}, got {value.factory.name}, {why}; "
            "change its numbers with `replace`."
        )


def _absent(name: str, argument: Any) -> bool:
    return name in _ABSENT and type(argument) is type(_ABSENT[name]) and argument == _ABSENT[name]


def _moments(value: Optimizer, factor: ArrayLike) -> dict[str, Any]:
    """The arguments of the averages after the change: noise of the gradients is `1 / sqrt(factor)` times as large."""
    arguments = value.arguments
    of_eps = -1.0 if arguments.get("eps_in_sqrt") else -0.5
    powers = {"eps": of_eps, "initial_accumulator_value": -1.0, "momentum_decay": 1.0}
    changes = {
        name: multiplied("batch_size", name, arguments[name], factor**power)
        for name, power in powers.items()
        if arguments.get(name) is not None
    }
    for name in ("b1", "b2", "decay"):
        if name in arguments:
            changes[name] = _shorter(name, arguments[name], factor)
    return changes


def _shorter(name: str, decay: Any, factor: ArrayLike) -> Any:
    """The decay of an average over as many samples: `1 - factor * (1 - decay)`."""
    if callable(decay):
        raise TypeError(f"batch_size: {name} must be a number under rule 'sqrt', got {decay!r}.")
    left = 1 - factor * (1 - decay)
    if not isinstance(left, jax.core.Tracer) and np.any(np.asarray(left) < -1e-9):
        raise ValueError(
            f"batch_size: factor must be <= 1 / (1 - {name}), {1 / (1 - decay):.6g}, got {factor}: an average cannot "
            f"be over less than one batch; raise {name} first."
        )
    return left * (left > 0)
