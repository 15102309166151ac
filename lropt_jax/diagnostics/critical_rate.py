"""The smallest multiple of an update that raises the loss: how far from too long a step is."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
from jax.typing import ArrayLike

from lropt_jax._core.checking import checked
from lropt_jax._core.kinds import AtLeastOne, Positive
from lropt_jax._core.numbers import real
from lropt_jax._core.refusal import Refused
from lropt_jax._core.scalar_loss import ScalarLoss

_LEAST = 2.0**-120  # of the start; long before that most parameters do not move
_NOISE = 8  # roundings of a loss that are no rise
_CLOSE = 2e-3  # two guesses so near to each other are one
_MOST_GUESSES = 12


class _Search(NamedTuple):
    """Where the loss is not raised (`low`) and where it is (`high`), with what it rises there."""

    low: jax.Array
    low_rise: jax.Array
    high: jax.Array
    high_rise: jax.Array
    guess: jax.Array
    before: jax.Array  # the guess before that one
    made: jax.Array


@checked
def critical_rate(
    value_fn: Callable[[optax.Params], ArrayLike],
    params: optax.Params,
    update: optax.Updates,
    *,
    value: ArrayLike | None = None,
    start: Positive = 1.0,
    most: AtLeastOne = 1024.0,
) -> jax.Array:
    """Find the smallest multiple of the update that raises the loss. Times the rate it is the critical rate.

    `c = min {a > 0: value_fn(params + a * update) > value_fn(params)}` (arXiv:2601.16979). Below 1 this update raises
    the loss: the rate is too high on this batch. On a quadratic `c` is 2 over the curvature along the update, where the
    update is `-grad`: `2 / (c * rate)` is what the paper calls critical sharpness. It needs no derivatives, and it
    reads the update that the optimizer makes, with its momentum and its scale.

    From `start` the multiple doubles until the loss is raised, or is divided by 4 until it is not. Then secants find
    the place between, exactly on a quadratic. So it may miss a rise that is over again within a doubling. Differences
    that are mostly rounding of the loss are no rise.

    Args:
        value_fn: The loss as a function of the parameters alone, which returns one float. Take the batch of the update.
        params: The parameters before the update.
        update: What the optimizer's `update` returned: `params + update` is one step. None for parameters that stay.
        value: `value_fn(params)`, if it is known: one pass less. None: it is computed.
        start: The multiple to begin with, > 0, such as the result of an earlier call, which saves passes.
        most: The largest multiple to try, >= 1.

    Returns:
        The multiple, () float32, within about 0.5% where the loss is smooth. 0: the update is no descent direction.
        Infinite: no multiple up to `most` raises the loss. NaN: the loss is not finite at `params`. A loss that is not
        finite elsewhere is raised. Time: 5 to 6 passes with a good `start`, else one more for each doubling. It has no
        gradient of its own.

    Raises:
        TypeError: `value_fn` is no function of the parameters, or returns more than a number.
        ValueError: `value_fn` returns an array, `params` has no floats, `update` is not like `params`, or a number is
            outside its range.

    Example:
        >>> import jax.numpy as jnp
        >>> critical_rate(lambda x: 5 * x @ x, jnp.ones(3), update=-0.1 * jnp.ones(3))
        Array(20., dtype=float32)
    """
    scalar = ScalarLoss.of("value_fn", value_fn, params)
    update = scalar.step("update", update)
    if value is not None and jnp.shape(value) != ():
        raise Refused(f"value must have the shape (), got {jnp.shape(value)}.")

    def search(update: Any, value: Any, start: Any, most: Any) -> jax.Array:
        here = scalar.value(scalar.start) if value is None else real(value)
        return _critical(lambda multiple: scalar.value(scalar.moved(update, multiple)), here, real(start), real(most))

    return jax.jit(search)(update, value, start, most)  # else each operation compiles alone


def _critical(along: Callable[[jax.Array], jax.Array], here: jax.Array, start: jax.Array, most: jax.Array) -> jax.Array:
    """The search, with the loss `along` the update and `here`."""
    eps = _NOISE * jnp.finfo(here.dtype).eps

    def rise(multiple: jax.Array) -> jax.Array:
        return along(multiple) - here

    def raises(rise: jax.Array) -> jax.Array:
        return ~(rise <= eps * jnp.abs(here))  # a rise that is NaN too

    start = jnp.minimum(start, most)
    first = rise(start)
    too_far = raises(first)
    low, low_rise, high, high_rise = _bracket(rise, raises, start, first, most)
    halfway = jax.lax.cond(  # a bracket may begin just at the critical multiple, where the fall is over
        low_rise < -eps * jnp.abs(here), lambda: low_rise, lambda: rise(low / 2)
    )
    falls = halfway < -eps * jnp.abs(here)
    found = _between(rise, raises, _Search(low, low_rise, high, high_rise, low, low, jnp.zeros((), jnp.int32)))
    found = jnp.where(falls, found, 0)
    found = jnp.where(~too_far & ~raises(high_rise), jnp.inf, found)
    return jnp.where(jnp.isfinite(here), found, jnp.nan)


def _bracket(rise: Callable, raises: Callable, start: jax.Array, first: jax.Array, most: jax.Array) -> tuple:
    """A multiple that does not raise the loss and the next larger tried one that does, with their rises."""
    down = raises(first)

    def going(held: tuple) -> jax.Array:
        low, low_rise, high, high_rise = held
        return jnp.where(down, raises(low_rise) & (low > start * _LEAST), ~raises(high_rise) & (high < most))

    def further(held: tuple) -> tuple:
        low, low_rise, high, high_rise = held
        place = jnp.where(down, low / 4, jnp.minimum(2 * high, most))
        tried = (place, rise(place))
        return tuple(
            jnp.where(down, one, two)
            for one, two in zip((*tried, low, low_rise), (high, high_rise, *tried), strict=True)
        )

    return jax.lax.while_loop(going, further, (start, first, start, first))


def _between(rise: Callable, raises: Callable, search: _Search) -> jax.Array:
    """Where the mean slope `rise / multiple`, which is linear on a quadratic, is 0 within a bracket."""

    def guessed(search: _Search) -> jax.Array:
        low, high = search.low_rise / search.low, search.high_rise / search.high
        share = -low / jnp.where(high > low, high - low, 1)
        good = (high > low) & jnp.isfinite(high)
        middle = jnp.sqrt(search.low) * jnp.sqrt(search.high)
        secant = search.low + jnp.clip(share, 0, 1) * (search.high - search.low)
        often = search.made % 3 == 2  # one end may stay: then halve
        return jnp.where(good & ~often, secant, middle)

    def going(search: _Search) -> jax.Array:
        apart = jnp.abs(search.guess - search.before) > _CLOSE * search.guess
        return apart & (search.high - search.low > _CLOSE * search.high) & (search.made < _MOST_GUESSES)

    def further(search: _Search) -> _Search:
        there = rise(search.guess)
        over = raises(there)
        ends = (
            jnp.where(over, search.low, search.guess),
            jnp.where(over, search.low_rise, there),
            jnp.where(over, search.guess, search.high),
            jnp.where(over, there, search.high_rise),
        )
        moved = _Search(*ends, search.guess, search.guess, search.made + 1)
        return moved._replace(guess=guessed(moved))

    begun = search._replace(guess=guessed(search))
    return jax.lax.while_loop(going, further, begun).guess
