"""The generalized Newton rate: the minimum of a parabola through three losses along the direction."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import optax

from lropt_jax._core.accumulators import times, wide
from lropt_jax._core.kinds import AtLeastOne, BelowOne, Count, Positive
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import real
from lropt_jax._core.rate import Rate, Reading


class GeNState(NamedTuple):
    """State of `gen`."""

    rate: jax.Array


@lift
def gen(
    first: Positive = 1e-3,
    *,
    every: Count = 8,
    smoothing: BelowOne = 0.9,
    growth: AtLeastOne | None = 2.0,
) -> Rate:
    """Fit a parabola to the loss along the direction now and then, and move the rate toward its minimum.

    With `L(a)`, the loss at `params - a * direction`, at every `every`-th update

        best = rate / 2 * (L(-rate) - L(rate)) / (L(-rate) - 2 L(0) + L(rate))
        rate <- smoothing * rate + (1 - smoothing) * best

    (Bu and Xu 2024, arXiv:2407.02772). `best` is `<g, d> / <d, H d>`, Newton's step along the direction `d`; two more
    evaluations of the loss replace the Hessian `H`. Where the loss does not fall along the direction or the curvature
    is not positive, `best` is no minimum, and the rate stays.

    Choose it where an evaluation of the loss costs little beside a step, with any direction. At `every=8` and with
    `value=` it costs a quarter of an evaluation at each update. It evaluates the batch at hand: small batches need
    much `smoothing`.

    Args:
        first: The rate to begin with, > 0. The first fit evaluates the loss at this distance.
        every: Updates from one fit to the next, a whole number >= 1.
        smoothing: The share of the old rate, in [0, 1). 0: the rate becomes `best`.
        growth: Keep `best` between `rate / growth` and `rate * growth`, >= 1. The authors' program has 2. None:
            unlimited, as in the paper.

    Returns:
        A rate; `update` needs `params` and `value_fn=`, the loss as a function of the parameters; with `value=` it
        evaluates the loss once less. State: `rate`. Memory: nothing.

    Raises:
        ValueError: A number is outside its range, or `update` is called without `params` or `value_fn`.

    A branch skips the evaluations between two fits. Under `vmap`, where lanes have their own `every` or their own
    count, XLA computes both branches at every update. The authors' program evaluates the next batch. The trial steps
    are made in the parameters' own dtype: bf16 parameters cannot show steps below 1/256 of them.

    Example:
        >>> import jax.numpy as jnp
        >>> from lropt_jax.optimizers import sgd
        >>> loss = lambda x: 2 * jnp.sum(x**2)
        >>> tx, x = sgd(gen(0.1, every=1, smoothing=0.0, growth=None)), jnp.array([1.0])
        >>> _, state = tx.update(4 * x, tx.init(x), x, value_fn=loss)
        >>> print(state.learning_rate.round(4))
        0.25
    """

    def init(params: optax.Params) -> tuple[jax.Array, GeNState]:
        start = jnp.array(real(first), copy=True)
        return start, GeNState(start)

    def fitted(rate: jax.Array, reading: Reading) -> jax.Array:
        loss = reading.need("value_fn")
        here = loss(reading.params) if reading.value is None else reading.value
        back, ahead = (real(loss(_stepped(reading, length))) for length in (rate, -rate))
        slope, bend = back - ahead, back - 2 * real(here) + ahead
        good = (slope > 0) & (bend > 0) & (slope < jnp.inf) & (bend < jnp.inf)
        best = rate / 2 * slope / jnp.where(good, bend, 1)
        if growth is not None:
            best = jnp.clip(best, rate / real(growth), rate * real(growth))
        return jnp.where(good, real(smoothing) * rate + (1 - real(smoothing)) * best, rate)

    def next_rate(state: GeNState, reading: Reading) -> tuple[jax.Array, GeNState]:
        reading.need("params"), reading.need("value_fn")
        due = optax.safe_increment(jnp.asarray(reading.count)) % jnp.asarray(every) == 0
        rate = jax.lax.cond(due, lambda rate: fitted(rate, reading), lambda rate: rate, state.rate)
        return rate, GeNState(rate)

    return Rate(init, next_rate)


def _stepped(reading: Reading, length: jax.Array) -> optax.Params:
    """The parameters that far along the direction, in their own dtype."""
    return jax.tree.map(
        lambda p, d: (wide(p) + times(length, d)).astype(jnp.asarray(p).dtype), reading.params, reading.direction
    )
