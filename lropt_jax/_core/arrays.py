"""Functions of arrays that compute with NumPy as long as all their arguments are Python's and NumPy's numbers.

Such numbers need no device: a rate for a log takes microseconds. One `jax.Array` among the arguments, traced or not,
and JAX computes. NumPy's whole numbers and reals of 32 bits meet in reals of 64 bits, JAX's in reals of 32 bits, so
bring both to the same kind first (`numbers.alike`).
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np


def on_host(*numbers: Any) -> bool:
    """Whether none of the numbers is an array of JAX."""
    for number in numbers:  # noqa: SIM110  (`all` of a generator takes as long as the arithmetic)
        if isinstance(number, jax.Array):
            return False
    return True


def _either(host: Callable[..., Any], device: Callable[..., Any]) -> Callable[..., Any]:
    def function(*numbers: Any) -> Any:
        return (host if on_host(*numbers) else device)(*numbers)

    return function


def _where(condition: Any, yes: Any, no: Any) -> Any:
    """NumPy's, but for single numbers, where Python is ten times as quick."""
    if type(condition) is np.bool_ and np.ndarray not in (type(yes), type(no)):
        return yes if condition else no
    return np.where(condition, yes, no)


absolute = _either(np.abs, jnp.abs)
broadcast_to = _either(lambda number, shape: np.broadcast_to(number, shape) if shape else number, jnp.broadcast_to)
clip = _either(lambda number, low, high: np.minimum(np.maximum(number, low), high), jnp.clip)  # np.clip is slow
exp = _either(np.exp, jnp.exp)
expm1 = _either(np.expm1, jnp.expm1)
floor = _either(np.floor, jnp.floor)
floor_divide = _either(np.floor_divide, jnp.floor_divide)
frexp = _either(np.frexp, jnp.frexp)
ldexp = _either(np.ldexp, jnp.ldexp)
log = _either(np.log, jnp.log)
log1p = _either(np.log1p, jnp.log1p)
logical_not = _either(np.logical_not, jnp.logical_not)
maximum = _either(np.maximum, jnp.maximum)
minimum = _either(np.minimum, jnp.minimum)
mod = _either(np.mod, jnp.mod)
pick = _either(lambda table, place: table[place], lambda table, place: jnp.asarray(table)[place])
population_count = _either(np.bitwise_count, jax.lax.population_count)
rint = _either(np.rint, jnp.rint)
rsqrt = _either(lambda number: 1 / np.sqrt(number), jax.lax.rsqrt)
sin = _either(np.sin, jnp.sin)
sqrt = _either(np.sqrt, jnp.sqrt)
stop_gradient = _either(lambda number: number, jax.lax.stop_gradient)
sum = _either(np.sum, jnp.sum)
tanh = _either(np.tanh, jnp.tanh)
where = _either(_where, jnp.where)
zeros_like = _either(lambda number: np.zeros_like(number)[()], jnp.zeros_like)


def on_device(number: Any) -> jax.Array:
    """A number as an array of JAX; for a single one of the host a compiled program is three times as quick."""
    return _single(number) if isinstance(number, np.generic) else jnp.asarray(number)


_single = jax.jit(lambda number: number, inline=True)


def choose(condition: Any, yes: Callable[[], Any], no: Callable[[], Any]) -> Any:
    """`where(condition, yes(), no())`, but for a single condition on the host only one of the two is called."""
    if type(condition) is np.bool_:
        return yes() if condition else no()
    return where(condition, yes(), no())


def asarray(number: Any) -> Any:
    """An array of JAX as it is, a sequence with some in it as one, anything else as NumPy's; one number as a scalar."""
    if isinstance(number, (jax.Array, np.generic)):
        return number
    if isinstance(number, (list, tuple)) and not on_host(*number):
        return jnp.asarray(number)
    return np.asarray(number)[()]
