"""Schedulers that follow a Python function."""

from collections.abc import Callable
from typing import Any

import jax
import optax
from jax.typing import ArrayLike

from lropt_jax._core.host import call_host
from lropt_jax._core.kinds import Height
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import real


@lift
def LambdaLR(base_lr: Height, lr_lambda: Callable[[Any], Any]) -> optax.Schedule:
    """Multiply by a function of the step: `base_lr lr_lambda(t)`.

    The function is static: another function compiles anew. Pickling needs a function that can be imported by its name.
    A function that JAX cannot trace (`min`, `if`, `math`) is called on the host.

    Args:
        base_lr: The optimizer's rate, >= 0.
        lr_lambda: A function of a whole number. Where PyTorch takes a list, make a schedule for each parameter group.

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

    def schedule(step: ArrayLike) -> jax.Array:
        return real(base_lr) * call_host(lr_lambda, step)

    return schedule


@lift
def MultiplicativeLR(base_lr: Height, lr_lambda: Callable[[Any], Any]) -> optax.Schedule:
    """Multiply at every step by a function of it: `base_lr lr_lambda(1) lr_lambda(2) ... lr_lambda(t)`.

    The products are made on the host, each from the one before, and are kept. For a constant function `ExponentialLR`
    gives the same rates without calls to the host.

    Args:
        base_lr: The optimizer's rate, >= 0.
        lr_lambda: A function of a whole number, never called with 0. Where PyTorch takes a list, make a schedule for
            each parameter group.

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
    products = [1.0]

    def product(step: Any) -> float:
        for later in range(len(products), int(step) + 1):
            products.append(products[-1] * float(lr_lambda(later)))
        return products[step]

    def schedule(step: ArrayLike) -> jax.Array:
        return real(base_lr) * call_host(product, step)

    return schedule
