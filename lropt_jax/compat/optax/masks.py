"""Optax's masks, which may be prefixes of the parameters' tree."""

from typing import Any

import jax
import optax


def whole(mask: Any) -> Any:
    """A mask, or a function that gives one, as a function that gives a bool for every parameter; None stays None."""
    if mask is None:
        return None

    def chosen(params: optax.Params) -> Any:
        given = mask(params) if callable(mask) else mask
        return jax.tree.map(lambda choice, part: jax.tree.map(lambda _: choice, part), given, params)

    return chosen
