"""The effective rate of every parameter: the rate times the scale that an optimizer gives to that parameter."""

from collections.abc import Callable
from typing import Any

import optax

from lropt_jax._core.values import Value

Rates = Callable[[Any, optax.Updates], optax.Updates | None]


class Effective(optax.GradientTransformationExtraArgs):
    """An Optax transformation that can say the effective rates of its last update.

    `effective_rates(state, grads)` gives a tree like the gradients: what multiplied a gradient, or an average of
    gradients, to make the update. A leaf may have the shape (), if one number holds for all of it. None: not known.
    """

    effective_rates: Rates


def with_rates(tx: optax.GradientTransformation, rates: Rates) -> Effective:
    """The transformation, which now knows its effective rates."""
    known = Effective(*tx)
    known.effective_rates = rates
    return known


def effective_rates(tx: optax.GradientTransformation, state: Any, grads: optax.Updates) -> optax.Updates | None:
    """The effective rates of the last update of any optimizer; None if it does not know them."""
    built = tx.build() if isinstance(tx, Value) else tx
    rates = getattr(built, "effective_rates", None)
    return None if rates is None else rates(state, grads)
