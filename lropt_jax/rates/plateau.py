"""A rate that falls when validation does not get better."""

from collections.abc import Callable
from typing import Literal, NamedTuple

import jax
import jax.numpy as jnp
import optax
from jax.typing import ArrayLike

from lropt_jax._core.accumulators import wide
from lropt_jax._core.gating import replaced
from lropt_jax._core.kinds import AnySchedule, Count, CountFromZero, Height, NonNegative, ProperFraction
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import counted, real, value_at
from lropt_jax._core.rate import Rate, Reading
from lropt_jax._core.wrapping import copied, widened
from lropt_jax.rates._results import is_better, is_result, worst


class PlateauState(NamedTuple):
    """State of `plateau`."""

    scale: jax.Array
    best: jax.Array
    since_best: jax.Array
    bad_results: jax.Array
    cooldown_left: jax.Array
    stop: jax.Array
    results: jax.Array = None  # type: ignore[assignment]  # an older pickle has no more than the six above
    gathered: jax.Array = None  # type: ignore[assignment]
    total: jax.Array = None  # type: ignore[assignment]
    best_params: optax.Params = None

    @property
    def reads_results(self) -> bool:
        """The mark of a state whose steps may be without a result: `skip_nonfinite` does not skip them."""
        return True


@lift
def plateau(
    base: AnySchedule,
    *,
    factor: ProperFraction = 0.1,
    patience: CountFromZero = 10,
    cooldown: CountFromZero = 0,
    threshold: NonNegative = 1e-4,
    threshold_mode: Literal["rel", "signed", "abs"] = "rel",
    mode: Literal["min", "max"] = "min",
    floor: Height = 0.0,
    eps: NonNegative | None = None,
    stop_after: Count | None = None,
    every: Count | None = None,
    back_to_best: bool = False,
) -> Rate:
    """A number or a schedule, lowered by a factor whenever the results have not got better for a while.

    Pass a result as `tx.update(grads, state, params, value=...)`. A step without one changes nothing. NaN means "no
    result now" too: pass it inside `jax.lax.scan`, where each step must pass something. A result is better than the
    best so far if it is lower by more than `threshold * |best|`, or with "abs" by more than `threshold`. After more
    than `patience` results in a row that are not better, the rate is multiplied by `factor`, and the next `cooldown`
    results do not count as bad.

    Choose it where the length of the run is not known and you watch validation anyway. Pass a validation result each
    time there is one. The losses of single batches are too noisy: the rate would fall by chance. If your framework
    passes them at every step, average them by `every`.

    Args:
        base: A number >= 0, or a schedule, such as a warmup.
        factor: The factor of a fall, in (0, 1).
        patience: Results in a row that may pass without a better one, a whole number >= 0. The next one lowers the
            rate, as in PyTorch; Keras lowers it one result earlier.
        cooldown: Results after a fall that do not count as bad, a whole number >= 0.
        threshold: By how much a better result must be better, >= 0.
        threshold_mode: "rel": a share of the best, whatever its sign. "abs": a difference. "signed": a share of the
            best with its sign, so that a slightly worse negative result counts as better; this is PyTorch's "rel".
        mode: "min" for losses; "max" for accuracies and for an ELBO.
        floor: The smallest rate, >= 0. Where `base` itself is below it, the rate is `base`.
        eps: Skip a fall of the rate by this much or less, >= 0. PyTorch has 1e-8. None: off.
        stop_after: Results in a row without a better one after which `stop` is true, a whole number >= 1. None: off.
            `stopped(state)` reads it.
        every: Average this many results into one, and judge their mean, a whole number >= 1. `patience`, `cooldown`
            and `stop_after` count means. None: off, each result counts by itself.
        back_to_best: Keep the parameters that are passed with the best result. Whenever the rate falls, the update is
            the way back to them, `best - params`, rounded once, in the place of a step. Moments stay.

    Returns:
        A rate. State: `scale`, the multiple of `base`; `best`; `since_best`, how many results since then;
        `bad_results`; `cooldown_left`; `stop`, () bool; `results`, how many were given; `gathered`, how many wait for
        their mean, and `total`, their sum. All are (), float32 or int32. With
        `back_to_best` also `best_params`, and `update` needs `params`. Memory: 1 x params, float32, else nothing.

    Raises:
        ValueError: An argument is outside its range, or a word is another one.

    An infinite result is bad if infinity is on the bad side. On the good side it is no result: no later one could be
    better.

    With a number as `base` it is PyTorch's `ReduceLROnPlateau` without two defects: there a relative threshold turns
    around for negative results, and changes of the rate below 1e-8 are skipped. `optax.contrib.reduce_on_plateau` has
    the first defect, and its `accumulation_size` is `every` here. `compat` has PyTorch's, Keras's and timm's own; there
    NaN is a bad result.

    Example:
        >>> import jax.numpy as jnp
        >>> from lropt_jax import learning_rate
        >>> from lropt_jax.optimizers import sgd
        >>> tx, x = sgd(plateau(1.0, factor=0.5, patience=1)), jnp.ones(2)
        >>> state = tx.init(x)
        >>> for loss in (3.0, 3.0, 3.0, 2.0):
        ...     _, state = tx.update(x, state, x, value=loss)
        ...     print(learning_rate(state), state.rate.best)
        1.0 3.0
        1.0 3.0
        0.5 3.0
        0.5 2.0
    """

    def rate(scale: jax.Array, count: ArrayLike) -> jax.Array:
        given = value_at(base, count)
        return jnp.maximum(given * scale, jnp.minimum(real(floor), given))

    def init(params: optax.Params) -> tuple[jax.Array, PlateauState]:
        state = _new(mode)._replace(best_params=copied(widened(params)) if back_to_best else None)
        return rate(state.scale, 0), state

    def lowered(scale: jax.Array, count: ArrayLike) -> jax.Array:
        lower = scale * real(factor)
        if eps is None:
            return lower
        return jnp.where(rate(scale, count) - rate(lower, count) > real(eps), lower, scale)

    def judged(state: PlateauState, value: jax.Array, count: ArrayLike) -> PlateauState:
        good, cooling = is_better(value, state.best, threshold, threshold_mode, mode), state.cooldown_left > 0
        left = jnp.maximum(state.cooldown_left - 1, 0)
        bad = jnp.where(good | cooling, 0, optax.safe_increment(state.bad_results))
        falls = bad > jnp.asarray(patience)
        since = jnp.where(good, 0, optax.safe_increment(state.since_best))
        return state._replace(
            scale=jnp.where(falls, lowered(state.scale, count), state.scale),
            best=jnp.where(good, value, state.best),
            since_best=since,
            bad_results=jnp.where(falls, 0, bad),
            cooldown_left=jnp.where(falls, jnp.asarray(cooldown), left).astype(jnp.int32),
            stop=state.stop if stop_after is None else state.stop | (since >= jnp.asarray(stop_after)),
        )

    def next_rate(state: PlateauState, reading: Reading) -> tuple[jax.Array, PlateauState]:
        if reading.value is not None:
            counters = state._replace(best_params=None)
            judge = lambda mean: judged(counters, mean, reading.count)  # noqa: E731
            moved = _given(counters, real(reading.value), mode, 1 if every is None else every, judge)
            state = _with_best_params(state, moved, reading)
        return rate(state.scale, reading.count), state

    return Rate(init, next_rate, None, _back if back_to_best else None)


def _with_best_params(before: PlateauState, after: PlateauState, reading: Reading) -> PlateauState:
    if before.best_params is None:
        return after
    here = widened(reading.need("params"))
    return after._replace(best_params=replaced(after.best != before.best, here, before.best_params))


def _back(before: PlateauState, after: PlateauState, params: optax.Params) -> tuple[jax.Array, optax.Updates]:
    """The way back to the best parameters, where the rate has just fallen."""
    return after.scale != before.scale, jax.tree.map(lambda best, p: best - wide(p), after.best_params, params)


def _new(mode: str) -> PlateauState:
    zero, no = jnp.zeros((), jnp.int32), jnp.zeros((), bool)
    state = PlateauState(jnp.ones_like(real(1)), worst(mode), zero, zero, zero, no, zero, zero, real(0))
    return jax.tree.map(
        lambda leaf: jnp.array(leaf, copy=True), state
    )  # no two leaves share a buffer: a state may be donated


def _given(
    state: PlateauState, value: jax.Array, mode: str, every: ArrayLike, judge: Callable[[jax.Array], PlateauState]
) -> PlateauState:
    """The state after one more value, which is judged with those before it once there are `every` of them."""
    known = is_result(value, mode)
    total, gathered = state.total + jnp.where(known, value, 0), counted(state.gathered, known)
    due = known & (gathered >= jnp.asarray(every))
    moved = jax.tree.map(lambda new, old: jnp.where(due, new, old), judge(total / real(every)), state)
    return moved._replace(
        results=counted(state.results, known),
        gathered=jnp.where(due, 0, gathered).astype(jnp.int32),
        total=jnp.where(due, 0, total),
    )
