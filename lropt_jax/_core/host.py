"""Python functions of one step, from anywhere."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

from lropt_jax._core.numbers import real


def call_host(function: Callable[[Any], Any], step: ArrayLike) -> jax.Array:
    """A function of one whole number, at each of an array of steps.

    It is traced where JAX can trace it. One that branches on its argument in Python or uses `math` is call_host on the
    host, from inside a compiled program too: right everywhere, but slow on an accelerator, and with gradients of 0.
    """
    whole = jnp.floor(step).astype(int)

    def on_host(whole: Any) -> np.ndarray:
        return np.vectorize(lambda one: float(function(int(one))), otypes=[float])(np.asarray(whole))

    if not isinstance(whole, jax.core.Tracer):
        return real(on_host(whole))
    try:
        return real(jnp.vectorize(function)(whole))
    except (jax.errors.JAXTypeError, jax.errors.JAXIndexError, TypeError):
        result = jax.ShapeDtypeStruct(whole.shape, jnp.result_type(float))
        return jax.pure_callback(
            lambda whole: on_host(whole).astype(result.dtype), result, whole, vmap_method="broadcast_all"
        )
