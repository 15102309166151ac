"""Whole models as parameters: what is no array goes through compiled loops as part of the tree's definition."""

from collections.abc import Callable
from typing import Any

import jax

from lropt_jax._core.absent import completed
from lropt_jax._core.learned import learned
from lropt_jax._core.numbers import is_number
from lropt_jax._core.sealing import Static
from lropt_jax._core.trees import Params, Updates
from lropt_jax._core.values import unseal


def sealed(params: Params) -> Params:
    """The parameters with leaves that are all arrays. Numbers are settings, if other leaves are no numbers."""
    if all(map(is_number, jax.tree.leaves(params))):
        return params
    return jax.tree.map(lambda leaf: leaf if hasattr(leaf, "dtype") else Static(leaf), params)


def unsealed(params: Params) -> Params:
    """The parameters as `init` gave them."""
    return unseal(params)


def gradient_of(
    loss: Callable[..., tuple[jax.Array, Any]], params: Params, *rest: Any, **options: Any
) -> tuple[tuple[jax.Array, Any], Updates]:
    """The loss at sealed parameters with what else it returns, and its gradient; None where a leaf can have none."""

    def of(part: Params) -> tuple[jax.Array, Any]:
        return loss(unsealed(completed(part, params)), *rest, **options)

    return jax.value_and_grad(of, has_aux=True)(learned(params))
