"""What the optimizers of D-Adaptation's and Prodigy's authors have in common: how arguments are checked."""

import math
from typing import Any

from lropt_jax._core import checks
from lropt_jax.compat.torch.arguments import Number, nonnegative


def check(owner: str, lr: Any, d0: Any, **numbers: Any) -> None:
    """Refuse an `lr` that is neither a number nor a schedule, a `d0` of 0, and numbers below 0."""
    nonnegative(owner, lr=lr, **numbers)
    checks.schedulable(checks.positive, owner, d0=d0)


def limit(owner: str, growth_rate: Number | None) -> Number | None:
    """The limit of growth that a `growth_rate` is; None where it is none."""
    if growth_rate is None or (isinstance(growth_rate, float) and growth_rate == math.inf):
        return None
    checks.schedulable(_at_least_one, owner, growth_rate=growth_rate)
    return growth_rate


def _at_least_one(owner: str, **number: Any) -> None:
    checks.at_least(owner, 1, **number)
