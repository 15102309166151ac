"""A rate that rises while validation gets better and falls while it does not."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
from jax.typing import ArrayLike

from lropt_jax._core import checks
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import at, real
from lropt_jax._core.rate import Rate, Reading
from lropt_jax._core.results import better, check_results, smoothed, worst


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


@lift(static=["window"])
def greedy(
    base: optax.ScalarOrSchedule,
    *,
    factor: ArrayLike = 0.95,
    growth: ArrayLike | None = None,
    patience: ArrayLike = 10,
    cooldown: ArrayLike = 0,
    warmup: ArrayLike = 0,
    threshold: ArrayLike = 1e-4,
    threshold_mode: str = "rel",
    mode: str = "min",
    floor: ArrayLike = 0.0,
    ceiling: ArrayLike | None = None,
    eps: ArrayLike | None = None,
    window: int | None = None,
    reset_after: ArrayLike | None = None,
) -> Rate:
    """A number or a schedule, raised by a factor while results get better and lowered while they do not.

    A result is what comes in as `tx.update(grads, state, params, value=...)`; a step without one changes nothing. After
    more than `patience` results in a row, each better than all before, the rate is multiplied by `growth`; after more
    than `patience` in a row that are not, by `factor` (GreedyLR, arXiv:2512.14527, as transformers has it). `plateau`
    says what is better.

    Choose it where the first rate is a guess that may be too low. It follows every noise in the results: give it
    validation losses, or a `window`.

    Args:
        base: A number >= 0, or a schedule, such as a warmup.
        factor: Of a fall, in (0, 1).
        growth: Of a rise, >= 1. None: `1 / factor`.
        patience: Results in a row of one kind that may pass, a whole number >= 0; the rate changes at the next.
        cooldown: Results after a fall that are not looked at, not even for the best, a whole number >= 0.
        warmup: The same after a rise.
        threshold: How much better counts, >= 0.
        threshold_mode: "rel", "signed" or "abs", as in `plateau`.
        mode: "min" for losses; "max" for accuracies and for an ELBO.
        floor: The rate does not fall below it, >= 0.
        ceiling: Nor rise above this, > 0. None: no limit.
        eps: A change of the rate by no more than this is left out, >= 0. None: none is.
        window: Judge the mean of this many last results, a whole number >= 1; decides a shape. None: each by itself.
        reset_after: Falls to the floor without a rise between them after which all begins anew, from `base`, a whole
            number >= 1. None: never.

    Returns:
        A rate. State: `scale`, what `base` is multiplied by; `best`; `good_results` and `bad_results` in a row;
        `rest_left`, of cooldown or warmup; `falls_at_floor`; `recent` (window,), the last results, None without
        `window`; `seen`, how many there are. All but `recent` are (), float32 or int32.

    Raises:
        ValueError: An argument is outside its range, or a word is none of those.

    `compat.transformers.GreedyLR` is it with the defaults of transformers. There one result that is NaN makes the
    window NaN for good; here it leaves with the window.

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
    _check(factor, growth, floor, ceiling, eps, window, reset_after)
    check_results("greedy", mode, threshold, threshold_mode, patience=patience, cooldown=cooldown, warmup=warmup)
    checks.schedulable(checks.nonnegative, "greedy", base=base)
    up = 1 / real(factor) if growth is None else real(growth)

    def init(params: optax.Params) -> tuple[jax.Array, GreedyState]:
        return at(base, 0), _new(mode, window)

    def turned(state: GreedyState, rises: jax.Array, falls: jax.Array, given: jax.Array) -> GreedyState:
        scale, at_floor = _rescaled(state.scale, (up, real(factor)), (rises, falls), given, floor, ceiling, eps)
        state = state._replace(
            scale=scale,
            good_results=jnp.where(rises, 0, state.good_results),
            bad_results=jnp.where(falls, 0, state.bad_results),
            falls_at_floor=jnp.where(rises, 0, state.falls_at_floor + at_floor),
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
        state = _counted(state, value, better(value, state.best, threshold, threshold_mode, mode))
        rises, falls = (n > jnp.asarray(patience) for n in (state.good_results, state.bad_results))
        return turned(state, rises, falls, at(base, count))

    def next_rate(state: GreedyState, reading: Reading) -> tuple[jax.Array, GreedyState]:
        if reading.value is not None:
            state = judged(state, real(reading.value), reading.count)
        return at(base, reading.count) * state.scale, state

    return Rate(init, next_rate)


def _new(mode: str, window: int | None) -> GreedyState:
    none = jnp.zeros((), jnp.int32)
    recent = None if window is None else jnp.zeros(window, real(0).dtype)
    state = GreedyState(real(1), worst(mode), none, none, none, none, recent, none)
    return jax.tree.map(lambda leaf: jnp.array(leaf, copy=True), state)  # of their own: a state may be donated


def _counted(state: GreedyState, value: jax.Array, good: jax.Array) -> GreedyState:
    """The state with one result more; those of a rest are not looked at."""
    resting = state.rest_left > 0
    return state._replace(
        best=jnp.where(good & ~resting, value, state.best),
        good_results=jnp.where(good & ~resting, state.good_results + 1, 0),
        bad_results=jnp.where(good | resting, 0, state.bad_results + 1),
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
    """The multiple of the `given` rate after a rise or a fall within limits, and whether a fall ends at the floor."""
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


def _check(
    factor: ArrayLike,
    growth: ArrayLike | None,
    floor: ArrayLike,
    ceiling: ArrayLike | None,
    eps: ArrayLike | None,
    window: int | None,
    reset_after: ArrayLike | None,
) -> None:
    checks.inside("greedy", 0, 1, factor=factor)
    checks.nonnegative("greedy", floor=floor, **({} if eps is None else {"eps": eps}))
    if growth is not None:
        checks.at_least("greedy", 1, growth=growth)
    if ceiling is not None:
        checks.above("greedy", floor, "floor", ceiling=ceiling)
    counts: dict[str, Any] = {"window": window, "reset_after": reset_after}
    checks.at_least("greedy", 1, **{name: number for name, number in counts.items() if number is not None})
    if window is not None and not isinstance(window, int):
        raise TypeError(f"greedy: window must be a whole number, got {window!r}.")
