"""A rate that rises while validation gets better and falls while it does not."""

from typing import Literal, NamedTuple

import jax
import jax.numpy as jnp
import optax
from jax.typing import ArrayLike

from lropt_jax._core.kinds import (
    AnySchedule,
    AtLeastOne,
    Count,
    CountFromZero,
    Height,
    NonNegative,
    Positive,
    ProperFraction,
    Size,
)
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import counted, real, value_at
from lropt_jax._core.rate import Rate, Reading
from lropt_jax._core.relations import above
from lropt_jax.rates._results import is_better, is_result, smoothed, worst


class GreedyState(NamedTuple):
    """State of `greedy`."""

    scale: jax.Array
    best: jax.Array
    good_results: jax.Array
    bad_results: jax.Array
    rest_left: jax.Array
    falls_at_floor: jax.Array
    recent: jax.Array | None
    seen: jax.Array

    @property
    def reads_results(self) -> bool:
        """The mark of a state whose steps may be without a result: `skip_nonfinite` does not skip them."""
        return True


@lift
def greedy(
    base: AnySchedule,
    *,
    factor: ProperFraction = 0.95,
    growth: AtLeastOne | None = None,
    patience: CountFromZero = 10,
    cooldown: CountFromZero = 0,
    warmup: CountFromZero = 0,
    threshold: NonNegative = 1e-4,
    threshold_mode: Literal["rel", "signed", "abs"] = "rel",
    mode: Literal["min", "max"] = "min",
    floor: Height = 0.0,
    ceiling: Positive | None = None,
    eps: NonNegative | None = None,
    window: Size | None = None,
    reset_after: Count | None = None,
) -> Rate:
    """A number or a schedule, raised by a factor while results get better and lowered while they do not.

    Pass a result as `tx.update(grads, state, params, value=...)`. A step without one changes nothing, and neither
    does NaN, which means "no result now" as in `plateau`. After more than
    `patience` results in a row that are better than the best before, the rate is multiplied by `growth`; after more
    than `patience` results in a row that are not, by `factor` (GreedyLR, arXiv:2512.14527, in the form of the library
    transformers). "Better" means the same as in `plateau`.

    Choose it where the first rate is a guess that may be too low. It reacts to noise in the results: pass validation
    losses, or set a `window`.

    Args:
        base: A number >= 0, or a schedule, such as a warmup.
        factor: The factor of a fall, in (0, 1).
        growth: The factor of a rise, >= 1. None: `1 / factor`.
        patience: Results of one kind in a row without a change of the rate, a whole number >= 0. The next one changes
            it.
        cooldown: Results to ignore after a fall, a whole number >= 0. The best stays as it is too.
        warmup: Results to ignore after a rise, a whole number >= 0.
        threshold: By how much a better result must be better, >= 0.
        threshold_mode: "rel", "signed" or "abs", as in `plateau`.
        mode: "min" for losses; "max" for accuracies and for an ELBO.
        floor: The smallest rate after a fall, >= 0.
        ceiling: The largest rate after a rise, > 0 and above `floor`. None: unlimited.
        eps: Skip a change of the rate by this much or less, >= 0. None: off.
        window: Judge the mean of this many last results, a whole number >= 1. It decides a shape. None: off, each
            result counts by itself.
        reset_after: Start again from `base` after this many falls to the floor without a rise in between, a whole
            number >= 1. None: off.

    Returns:
        A rate. State: `scale`, the multiple of `base`; `best`; `good_results` and `bad_results` in a row; `rest_left`,
        how many more results to ignore; `falls_at_floor`; `recent` (window,), the last results, None without `window`;
        `seen`, how many there are. All but `recent` are (), float32 or int32.

    Raises:
        ValueError: An argument is outside its range, or a word is another one.

    `compat.transformers.GreedyLR` has the defaults of transformers. There NaN is a bad result. An infinite result
    counts as in `plateau`.

    Example:
        >>> import jax.numpy as jnp
        >>> from lropt_jax import learning_rate
        >>> from lropt_jax.optimizers import sgd
        >>> tx, x = sgd(greedy(1.0, factor=0.5, patience=0)), jnp.ones(2)
        >>> state = tx.init(x)
        >>> for loss in (3.0, 2.0, 2.0):
        ...     _, state = tx.update(x, state, x, value=loss)
        ...     print(learning_rate(state))
        2.0
        4.0
        2.0
    """
    up = 1 / real(factor) if growth is None else real(growth)

    def init(params: optax.Params) -> tuple[jax.Array, GreedyState]:
        return value_at(base, 0), _new(mode, window)

    def changed(state: GreedyState, rises: jax.Array, falls: jax.Array, given: jax.Array) -> GreedyState:
        scale, at_floor = _rescaled(state.scale, (up, real(factor)), (rises, falls), given, floor, ceiling, eps)
        state = state._replace(
            scale=scale,
            good_results=jnp.where(rises, 0, state.good_results),
            bad_results=jnp.where(falls, 0, state.bad_results),
            falls_at_floor=jnp.where(rises, 0, counted(state.falls_at_floor, at_floor)),
        )
        if reset_after is not None:
            again = state.falls_at_floor >= jnp.asarray(reset_after)
            state = jax.tree.map(lambda fresh, old: jnp.where(again, fresh, old), _new(mode, window), state)
        rest = jnp.where(rises, jnp.asarray(warmup), jnp.where(falls, jnp.asarray(cooldown), state.rest_left))
        return state._replace(rest_left=rest.astype(jnp.int32))

    def judged(state: GreedyState, value: jax.Array, count: ArrayLike) -> GreedyState:
        if state.recent is not None:
            recent, seen, value = smoothed(state.recent, state.seen, value)
            state = state._replace(recent=recent, seen=seen)
        state = _counted(state, value, is_better(value, state.best, threshold, threshold_mode, mode))
        rises, falls = (n > jnp.asarray(patience) for n in (state.good_results, state.bad_results))
        return changed(state, rises, falls, value_at(base, count))

    def next_rate(state: GreedyState, reading: Reading) -> tuple[jax.Array, GreedyState]:
        if reading.value is not None:
            value = real(reading.value)
            known, moved = is_result(value, mode), judged(state, value, reading.count)
            state = jax.tree.map(lambda new, old: jnp.where(known, new, old), moved, state)
        return value_at(base, reading.count) * state.scale, state

    return Rate(init, next_rate)


def _new(mode: str, window: int | None) -> GreedyState:
    zero = jnp.zeros((), jnp.int32)
    recent = None if window is None else jnp.zeros(window, real(0).dtype)
    state = GreedyState(real(1), worst(mode), zero, zero, zero, zero, recent, zero)
    return jax.tree.map(
        lambda leaf: jnp.array(leaf, copy=True), state
    )  # no two leaves share a buffer: a state may be donated


def _counted(state: GreedyState, value: jax.Array, good: jax.Array) -> GreedyState:
    """The state with one result more. Results during a rest are ignored."""
    resting = state.rest_left > 0
    return state._replace(
        best=jnp.where(good & ~resting, value, state.best),
        good_results=jnp.where(good & ~resting, optax.safe_increment(state.good_results), 0),
        bad_results=jnp.where(good | resting, 0, optax.safe_increment(state.bad_results)),
        rest_left=jnp.maximum(state.rest_left - 1, 0),
    )


def _rescaled(
    scale: jax.Array,
    factors: tuple[jax.Array, jax.Array],
    turns: tuple[jax.Array, jax.Array],
    given: jax.Array,
    floor: ArrayLike,
    ceiling: ArrayLike | None,
    eps: ArrayLike | None,
) -> tuple[jax.Array, jax.Array]:
    """The multiple of the `given` rate after a rise or a fall, within the limits; and whether a fall met the floor."""
    (up, down), (rises, falls) = factors, turns
    known = jnp.where(given > 0, given, 1)
    least = jnp.where(given > 0, real(floor) / known, 0)
    lower = jnp.minimum(scale, jnp.maximum(scale * down, least))
    higher = scale * up
    if ceiling is not None:
        higher = jnp.maximum(scale, jnp.where(given > 0, jnp.minimum(higher, real(ceiling) / known), higher))
    if eps is not None:
        lower = jnp.where(given * (scale - lower) > real(eps), lower, scale)
        higher = jnp.where(given * (higher - scale) > real(eps), higher, scale)
    return jnp.where(rises, higher, jnp.where(falls, lower, scale)), falls & (lower <= least)


@greedy.requires
def _(floor: Height, ceiling: Positive | None) -> None:
    above(floor, "floor", ceiling=ceiling)
