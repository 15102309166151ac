"""Hyper-parameters and counts as arrays: full precision whatever the parameters are, fixed or following a schedule."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax.typing import ArrayLike

from lropt_jax._core import arrays as xp
from lropt_jax._core.limits import shown
from lropt_jax._core.refusal import Refused, WrongType

_LARGEST = {4: 2**31 - 1, 8: 2**63 - 1}  # whole numbers by their bytes


def is_number(leaf: Any) -> bool:
    """Whether JAX may treat a leaf as data: a number or an array, but not a Python or NumPy bool."""
    return isinstance(leaf, (int, float, complex, np.number, np.ndarray, jax.Array)) and not isinstance(leaf, bool)


def real(number: ArrayLike) -> jax.Array:
    """A number on the device in float32, or float64 under x64: never in the parameters' bf16, where 0.999 is 1."""
    return jnp.asarray(number, jnp.result_type(float))


def precise(number: ArrayLike) -> jax.Array:
    """A number in float32, or float64 under x64; NumPy's unless it is an array of JAX. For schedules: no device waits.

    What goes into a state must be `real`.
    """
    kind = jax.dtypes.canonicalize_dtype(np.float64)
    if isinstance(number, jax.Array):
        return jnp.asarray(number, kind)
    if type(number) is kind.type:
        return number  # type: ignore[return-value]
    if isinstance(number, (float, int)) and -1e38 < number < 1e38:
        return kind.type(number)  # type: ignore[return-value]
    with np.errstate(over="ignore"):
        return kind.type(number)  # type: ignore[return-value]


def count(number: ArrayLike) -> jax.Array:
    """A number of steps. Whole ones stay whole, beyond float32's 2^24 too; those beyond int32 become reals.

    Arrays of JAX cannot be looked into: unsigned ones stay whole and stop at the largest number.
    """
    kind = jax.dtypes.canonicalize_dtype(np.int64)
    if type(number) is kind.type:
        return number  # type: ignore[return-value]
    if type(number) is int and abs(number) <= _LARGEST[kind.itemsize]:
        return kind.type(number)
    array = xp.asarray(number)
    if not is_whole(array) or not _fits(array):
        return precise(array)
    if isinstance(array, jax.Array) and jnp.iinfo(array.dtype).max > _LARGEST[kind.itemsize]:
        array = jnp.minimum(array, _LARGEST[kind.itemsize])
    return array.astype(kind)


def step_number(step: ArrayLike) -> jax.Array:
    """The number of a step, as a `count`. A step below 0 counts as step 0.

    Raises:
        WrongType: It is no number: a string, None, a bool, a complex number.
    """
    if type(step) is int:
        return count(max(step, 0)) if step < 2**63 else precise(min(step, 1e38))
    try:
        number: Any = jnp.asarray(step) if hasattr(step, "__jax_array__") else xp.asarray(step)
    except (TypeError, ValueError):
        number = None
    dtype = getattr(number, "dtype", None)  # an array of a dict is the dict
    if dtype is None or not any(jnp.issubdtype(dtype, kind) for kind in (jnp.integer, jnp.floating)):
        raise WrongType(f"step must be a number or an array of numbers, got {shown(step)}.")
    number = count(number)
    return xp.where(number < 0, 0, number)  # no `maximum`: at 0 its slope is a half


def is_whole(number: jax.Array) -> bool:
    """Whether an array is one of whole numbers."""
    return bool(jnp.issubdtype(number.dtype, jnp.integer))


def whole(number: ArrayLike) -> jax.Array:
    """A number of steps without its fraction, as a whole number."""
    number = count(number)
    return number if is_whole(number) else xp.floor(number).astype(int)


def alike(*numbers: ArrayLike) -> tuple[jax.Array, ...]:
    """Numbers of steps, all whole if each of them is, else all reals."""
    counts = [count(number) for number in numbers]
    if all(map(is_whole, counts)):
        return tuple(counts)
    return tuple(precise(number) for number in counts)


def plus(step: ArrayLike, steps: ArrayLike) -> jax.Array:
    """`step + steps`; whole numbers stay at the largest one instead of turning over."""
    step, steps = alike(step, steps)
    if not is_whole(step):
        return step + steps
    return xp.minimum(step, jnp.iinfo(step.dtype).max - steps) + steps


def counted(counter: jax.Array, happened: ArrayLike) -> jax.Array:
    """A counter in a state, one more where something happened. At its largest number it stays."""
    return jnp.where(happened, optax.safe_increment(counter), counter)


def minus(step: ArrayLike, start: ArrayLike) -> jax.Array:
    """`step - start`, exact and whole where both are whole."""
    step, start = alike(step, start)
    return step - start


def before(step: ArrayLike, boundary: ArrayLike) -> jax.Array:
    """Whether a step comes before another one."""
    step, boundary = alike(step, boundary)
    return step < boundary


def passed(boundaries: Any, step: ArrayLike) -> jax.Array:
    """How many of the boundaries a step has reached."""
    return xp.sum(xp.logical_not(before(xp.asarray(step)[..., None], xp.asarray(boundaries))), -1)


def raised(base: ArrayLike, exponent: ArrayLike) -> jax.Array:
    """`base ** exponent` of a base > 0; what was lost when a base of double precision was rounded is put back."""
    exponent = precise(exponent)
    if xp.on_host(base, exponent):
        return precise(np.asarray(base, np.float64) ** exponent)
    rounded = precise(base)
    if isinstance(base, jax.Array):
        return rounded**exponent
    lost = np.log(np.asarray(base, np.float64)) - np.log(np.asarray(rounded, np.float64))
    if not np.any(lost):
        return rounded**exponent
    return rounded**exponent * jnp.exp(jnp.clip(exponent * precise(lost), -80, 80))  # finite: the other may be 0


def returned(result: Any, step: ArrayLike | None = None) -> Any:
    """What a schedule returned, if it is a number for each step; refused if not. Without steps any shape will do."""
    if not is_number(result) or isinstance(result, complex):
        raise WrongType(f"a schedule must return a number, got {result!r}.")
    shape = np.shape(result)
    if step is not None and shape and shape != np.shape(step):
        raise Refused(f"a schedule must return the shape of its step, {np.shape(step)}, got {shape}.")
    return result


def value_at(number: ArrayLike | Callable[[ArrayLike], ArrayLike], step: ArrayLike) -> jax.Array:
    """The value of a hyper-parameter at a step: the number itself, or what its schedule says."""
    return real(returned(number(step), step) if callable(number) else number)


def rate_at(schedule: ArrayLike | Callable[[ArrayLike], ArrayLike], step: ArrayLike) -> jax.Array:
    """The rate of a schedule at a step, or a number itself; NumPy's while no number is an array of JAX.

    Functions that are no values get the step as an array of JAX.
    """
    if hasattr(schedule, "host_rate"):
        return schedule.host_rate(step)
    return precise(returned(schedule(jnp.asarray(step)), step) if callable(schedule) else schedule)


def progress(step: ArrayLike, steps: ArrayLike) -> jax.Array:
    """The share of `steps` that is over at `step`, from 0 to 1."""
    return xp.clip(precise(step) / precise(steps), 0, 1)


def remaining(step: ArrayLike, steps: ArrayLike) -> jax.Array:
    """The share of `steps` that is left at `step`, from 1 to 0; as exact near the end as anywhere."""
    return xp.clip(precise(minus(steps, step)) / precise(steps), 0, 1)


def _fits(array: jax.Array | np.ndarray) -> bool:
    """Whether whole numbers fit the integers of this mode; arrays of JAX are made to."""
    if isinstance(array, jax.Array) or array.size == 0:
        return True
    largest = _LARGEST[jax.dtypes.canonicalize_dtype(np.int64).itemsize]
    return bool(-largest <= np.min(array) and np.max(array) <= largest)
