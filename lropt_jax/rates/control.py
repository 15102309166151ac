"""A rate that steers something measured to where it is wanted."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import optax
from jax.typing import ArrayLike

from lropt_jax._core import checks
from lropt_jax._core.accumulators import divide, square_root
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import at, real
from lropt_jax._core.rate import Rate, Reading
from lropt_jax._core.vectors import sum_of_squares


class ControlState(NamedTuple):
    """State of `control`."""

    log_scale: jax.Array
    measurements: jax.Array


@lift
def control(
    base: optax.ScalarOrSchedule,
    *,
    target: ArrayLike,
    rises: bool = True,
    error: str = "log",
    schedule: optax.ScalarOrSchedule | None = None,
    limit: ArrayLike = 1.0,
    freeze_at: ArrayLike | None = None,
    measure: str | None = None,
) -> Rate:
    """A number or a schedule times what keeps a measured quantity at its target.

    At measurement `n = 0, 1, ...` of the quantity `q`, with `e = log(target / q)`, or `e = target - q` where `error`
    is "linear", kept between `-limit` and `limit`,

        log rate <- log rate + schedule(n) * e

    for a quantity that rises with the rate; for one that falls, `- schedule(n) * e`. It is stochastic approximation in
    the logarithm of the rate (Robbins and Monro 1951), as samplers adapt their step (Andrieu and Thoms 2008, Statistics
    and Computing 18; Garthwaite, Fan and Sisson 2016, arXiv:1006.3690). `q` comes in as `tx.update(grads,
    state, params, measured=q)`; an update without it changes nothing.

    Choose it where a good value of a consequence of the rate is known better than a good rate:

    * acceptance of a sampler: `target=0.234, rises=False, error="linear"` for a random walk, 0.574 for Langevin steps;
      the value serves a sampler of yours by its `init(None)` and `next(state, Reading(measured=acceptance))`;
    * Kullback-Leibler divergence of an update of a policy: `target=0.01`;
    * size of the update over that of the parameters: `target=1e-3, measure="update_ratio"`.

    Args:
        base: The rate to begin with, a number > 0, or a schedule.
        target: Of the quantity; > 0 where `error` is "log".
        rises: Whether the quantity rises with the rate.
        error: "log" for what is compared by factors; "linear" for probabilities.
        schedule: Of the measurements, not the updates; a number >= 0 or a schedule. None: `(1 + n)^-0.6`, which finds
            the target and then averages. A number such as 0.1 follows a target that moves. In the end `1 / (h n)` is
            best, `h` the slope of `q` in the log rate, as Garthwaite and others have it; alone it starts too slowly.
        limit: The most that one error counts, > 0: a factor of at most `exp(limit)`.
        freeze_at: Measurements after which no more is learnt: the multiple of `base` then stays the same to the bit. A
            chain whose step still adapts has no exact stationary distribution. None: never.
        measure: "update_ratio": `rate * |direction| / |params|`, computed at each update with the rate before it, in
            the place of `measured`. None: nothing is.

    Returns:
        A rate; `update` needs `params` for "update_ratio". State: `log_scale`, log of what `base` is multiplied by;
        `measurements` made, int32. Both are (). Memory: nothing.

    Raises:
        ValueError: A number is outside its range, a word is none of those, or `update` is called without `params`.

    A quantity of 0 or less, as estimates of small divergences can be, is below every target: with "log" its error is
    `limit`. A direction of 0 has no update ratio and is no measurement. NaN makes the rate NaN. Optax has no
    counterpart; samplers elsewhere adapt by dual averaging instead.

    Example:
        The rate at which `rate / 2` is 1:

        >>> import jax.numpy as jnp
        >>> rate = control(0.5, target=1.0, schedule=0.5)
        >>> number, state = rate.init(None)
        >>> for _ in range(30):
        ...     number, state = rate.next(state, Reading(measured=number / 2))
        >>> print(number.round(3), state.measurements)
        2.0 30
    """
    _check(base, target, error, schedule, limit, freeze_at, measure)
    sign = 1 if rises else -1

    def rate(state: ControlState, count: ArrayLike) -> jax.Array:
        return at(base, count) * jnp.exp(state.log_scale)

    def init(params: optax.Params) -> tuple[jax.Array, ControlState]:
        state = ControlState(jnp.zeros_like(real(0)), jnp.zeros((), jnp.int32))
        return rate(state, 0), state

    def missing(quantity: jax.Array) -> jax.Array:
        if error == "linear":
            return jnp.clip(real(target) - quantity, -real(limit), real(limit))
        some = ~(quantity <= 0)  # NaN is let through
        found = jnp.log(real(target)) - jnp.log(jnp.where(some, quantity, 1))
        return jnp.where(some, jnp.clip(found, -real(limit), real(limit)), real(limit))

    def moved(state: ControlState, quantity: jax.Array) -> ControlState:
        counts = jnp.array(True) if measure is None else quantity != 0
        if freeze_at is not None:
            counts &= state.measurements < jnp.asarray(freeze_at)
        gain = (1 + real(state.measurements)) ** -0.6 if schedule is None else at(schedule, state.measurements)
        return ControlState(
            jnp.where(counts, state.log_scale + sign * gain * missing(quantity), state.log_scale),
            jnp.where(counts, optax.safe_increment(state.measurements), state.measurements),
        )

    def next_rate(state: ControlState, reading: Reading) -> tuple[jax.Array, ControlState]:
        quantity = reading.measured if measure is None else _update_ratio(rate(state, reading.count), reading)
        if quantity is not None:
            state = moved(state, real(quantity))
        return rate(state, reading.count), state

    return Rate(init, next_rate)


def _update_ratio(rate: jax.Array, reading: Reading) -> jax.Array:
    params = reading.need("params")
    return rate * square_root(divide(sum_of_squares(reading.direction), sum_of_squares(params)))


def _check(
    base: optax.ScalarOrSchedule,
    target: ArrayLike,
    error: str,
    schedule: optax.ScalarOrSchedule | None,
    limit: ArrayLike,
    freeze_at: ArrayLike | None,
    measure: str | None,
) -> None:
    checks.schedulable(checks.positive, "control", base=base)
    checks.one_of("control", ("log", "linear"), error=error)
    (checks.positive if error == "log" else checks.finite)("control", target=target)
    checks.positive("control", limit=limit)
    if schedule is not None:
        checks.schedulable(checks.nonnegative, "control", schedule=schedule)
    if freeze_at is not None:
        checks.nonnegative("control", freeze_at=freeze_at)
    if measure is not None:
        checks.one_of("control", ("update_ratio",), measure=measure)
