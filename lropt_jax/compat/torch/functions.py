"""Schedulers that follow a Python function."""

from collections.abc import Callable
from typing import Any

import jax
import optax
from jax.typing import ArrayLike

from lropt_jax._core import checks
from lropt_jax._core.host import called
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import real


@lift
def LambdaLR(base_lr: ArrayLike, lr_lambda: Callable[[Any], Any]) -> optax.Schedule:
    """Multiply by a function of the step: `base_lr lr_lambda(t)`.

    The function is part of the value's definition and not data: another one compiles anew, and only one that can be
    imported by its name can be pickled. A function that JAX cannot trace (`min`, `if`, `math`) is called on the host.

    Args:
        base_lr: The optimizer's rate, >= 0.
        lr_lambda: A function of a whole number. A list, one for each parameter group, is one schedule for each here.

    Returns:
        A schedule.

    Raises:
        ValueError: `base_lr` is negative.
        TypeError: `lr_lambda` is not a function.

    Example:
        >>> import jax.numpy as jnp
        >>> LambdaLR(1.0, lambda step: 0.5**step)(jnp.arange(3))
        Array([1.  , 0.5 , 0.25], dtype=float32)
    """
    checks.nonnegative("torch.LambdaLR", base_lr=base_lr)
    _function("torch.LambdaLR", lr_lambda)

    def schedule(step: ArrayLike) -> jax.Array:
        return real(base_lr) * called(lr_lambda, step)

    return schedule


@lift
def MultiplicativeLR(base_lr: ArrayLike, lr_lambda: Callable[[Any], Any]) -> optax.Schedule:
    """Multiply at every step by a function of it: `base_lr lr_lambda(1) lr_lambda(2) ... lr_lambda(t)`.

    The products are made on the host, each from the one before, and kept while a program lives. Where the function is
    constant, `ExponentialLR` is the same and free.

    Args:
        base_lr: The optimizer's rate, >= 0.
        lr_lambda: A function of a whole number, never called with 0. A list, one for each parameter group, is one
            schedule for each here.

    Returns:
        A schedule.

    Raises:
        ValueError: `base_lr` is negative.
        TypeError: `lr_lambda` is not a function.

    Example:
        >>> import jax.numpy as jnp
        >>> MultiplicativeLR(1.0, lambda step: 0.5 if step % 2 else 1.0)(jnp.arange(5))
        Array([1.  , 0.5 , 0.5 , 0.25, 0.25], dtype=float32)
    """
    checks.nonnegative("torch.MultiplicativeLR", base_lr=base_lr)
    _function("torch.MultiplicativeLR", lr_lambda)
    products = [1.0]

    def product(step: Any) -> float:
        for later in range(len(products), int(step) + 1):
            products.append(products[-1] * float(lr_lambda(later)))
        return products[step]

    def schedule(step: ArrayLike) -> jax.Array:
        return real(base_lr) * called(product, step)

    return schedule


def _function(owner: str, lr_lambda: Any) -> None:
    if not callable(lr_lambda):
        raise TypeError(f"{owner}: lr_lambda must be a function, one schedule a parameter group, got {lr_lambda!r}.")
