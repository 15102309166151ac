"""A rate that steers something measured to where it is wanted."""

from typing import Annotated, Literal, NamedTuple

import jax
import jax.numpy as jnp
import optax
from jax.typing import ArrayLike
from typing_extensions import TypeAliasType

from lropt_jax._core.accumulators import divide, square_root
from lropt_jax._core.checking import check
from lropt_jax._core.kinds import AnySchedule, CountFromZero, Finite, Positive, positive
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import counted, real, value_at
from lropt_jax._core.rate import Rate, Reading
from lropt_jax._core.vectors import squares_and_unit

PositiveRate = TypeAliasType("PositiveRate", Annotated[ArrayLike | optax.Schedule, positive, "a number or a schedule"])


class ControlState(NamedTuple):
    """State of `control`."""

    log_scale: jax.Array
    measurements: jax.Array


@lift
def control(
    base: PositiveRate,
    *,
    target: Finite,
    rises: bool = True,
    error: Literal["log", "linear"] = "log",
    schedule: AnySchedule | None = None,
    limit: Positive = 1.0,
    freeze_at: CountFromZero | None = None,
    measure: Literal["update_ratio"] | None = None,
) -> Rate:
    """A number or a schedule times what keeps a measured quantity at its target.

    Let `q` be the quantity and `n = 0, 1, ...` the number of the measurement. The error is `e = log(target / q)`, or
    `e = target - q` where `error` is "linear", clipped to `[-limit, limit]`. Then

        log rate <- log rate + schedule(n) * e

    for a quantity that rises with the rate, and `- schedule(n) * e` for one that falls. This is stochastic
    approximation in the logarithm of the rate (Robbins and Monro 1951), by which samplers adapt their step (Andrieu and
    Thoms 2008, Statistics and Computing 18; Garthwaite, Fan and Sisson 2016, arXiv:1006.3690). Pass `q` as
    `tx.update(grads, state, params, measured=q)`; an update without it changes nothing.

    Choose it where you know a good value of something that depends on the rate, but no good rate:

    * the acceptance of a sampler: `target=0.234, rises=False, error="linear"` for a random walk, 0.574 for Langevin
      steps; your own sampler calls the value's `init(None)` and `next(state, Reading(measured=acceptance))`;
    * the Kullback-Leibler divergence between a policy before and after an update: `target=0.01`;
    * the length of an update divided by that of the parameters: `target=1e-3, measure="update_ratio"`.

    Args:
        base: The rate to begin with, a number > 0, or a schedule.
        target: The wanted value of `q`, finite, and > 0 where `error` is "log".
        rises: Whether `q` rises with the rate.
        error: "log" compares by factors; "linear" compares by differences, for probabilities.
        schedule: The gain: a number >= 0, or a schedule that counts measurements and not updates. None:
            `(1 + n)^-0.6`, which finds the target first and averages later. A number such as 0.1 follows a target that
            moves. In the end `1 / (h n)` is best, where `h` is the slope of `q` in the log rate (Garthwaite et al.);
            used from the start it is too slow.
        limit: The largest error that counts, > 0. At a gain of 1 it is a factor of `exp(limit)`.
        freeze_at: The number of measurements after which the multiple of `base` stays the same to the bit, a whole
            number >= 0. A chain that keeps adapting its step has no exact stationary distribution. None: off.
        measure: "update_ratio": measure `rate * |direction| / |params|` at each update, with the rate before the
            update, in the place of `measured`. None: off, `measured` counts.

    Returns:
        A rate; `update` needs `params` for "update_ratio". State: `log_scale`, the log of the multiple of
        `base`; `measurements`, how many were made, int32. Both are (). Memory: nothing.

    Raises:
        ValueError: A number is outside its range, a word is another one, or `update` is called without `params`.

    An estimate of a small divergence can be 0 or less. It counts as below every target: with "log" its error is
    `limit`. A direction of 0 has no update ratio, so it is not measured. NaN counts as 0 where `rises` is False and
    `error` is "linear": a sampler whose step ended in NaN did not accept it. Elsewhere NaN is no measurement. Optax
    has no counterpart; other libraries adapt samplers by dual averaging.

    Example:
        Find the rate at which `rate / 2` is 1:

        >>> import jax.numpy as jnp
        >>> rate = control(0.5, target=1.0, schedule=0.5)
        >>> number, state = rate.init(None)
        >>> for _ in range(30):
        ...     number, state = rate.next(state, Reading(measured=number / 2))
        >>> print(number.round(3), state.measurements)
        2.0 30
    """
    sign = 1 if rises else -1

    def rate(state: ControlState, count: ArrayLike) -> jax.Array:
        return value_at(base, count) * jnp.exp(state.log_scale)

    def init(params: optax.Params) -> tuple[jax.Array, ControlState]:
        state = ControlState(jnp.zeros_like(real(0)), jnp.zeros((), jnp.int32))
        return rate(state, 0), state

    def error_of(quantity: jax.Array) -> jax.Array:
        if error == "linear":
            return jnp.clip(real(target) - quantity, -real(limit), real(limit))
        some = ~(quantity <= 0)
        found = jnp.log(real(target)) - jnp.log(jnp.where(some, quantity, 1))
        return jnp.where(some, jnp.clip(found, -real(limit), real(limit)), real(limit))

    def learned(state: ControlState, quantity: jax.Array) -> ControlState:
        if error == "linear" and not rises:
            quantity = jnp.where(jnp.isnan(quantity), 0, quantity)  # an acceptance of 0
        counts = ~jnp.isnan(quantity)
        if measure is not None:
            counts &= quantity != 0
        if freeze_at is not None:
            counts &= state.measurements < jnp.asarray(freeze_at)
        gain = (1 + real(state.measurements)) ** -0.6 if schedule is None else value_at(schedule, state.measurements)
        return ControlState(
            jnp.where(counts, state.log_scale + sign * gain * error_of(quantity), state.log_scale),
            counted(state.measurements, counts),
        )

    def next_rate(state: ControlState, reading: Reading) -> tuple[jax.Array, ControlState]:
        quantity = reading.measured if measure is None else _update_ratio(rate(state, reading.count), reading)
        if quantity is not None:
            state = learned(state, real(quantity))
        return rate(state, reading.count), state

    return Rate(init, next_rate)


def _update_ratio(rate: jax.Array, reading: Reading) -> jax.Array:
    params = reading.need("params")
    (steps, unit), (sizes, other) = squares_and_unit(reading.direction), squares_and_unit(params)
    return rate * square_root(divide(steps, sizes)) * (other / unit)


@control.requires
def _(target: Finite, error: str) -> None:
    if error == "log":
        check("target", Positive, target)
