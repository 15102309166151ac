"""A rate that falls when validation does not get better."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import optax
from jax.typing import ArrayLike

from lropt_jax._core import checks
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import at, real
from lropt_jax._core.rate import Rate, Reading
from lropt_jax._core.results import better, check_results, worst


class PlateauState(NamedTuple):
    """State of `plateau`."""

    scale: jax.Array
    best: jax.Array
    since_best: jax.Array
    bad_results: jax.Array
    cooldown_left: jax.Array
    stop: jax.Array


@lift
def plateau(
    base: optax.ScalarOrSchedule,
    *,
    factor: ArrayLike = 0.1,
    patience: ArrayLike = 10,
    cooldown: ArrayLike = 0,
    threshold: ArrayLike = 1e-4,
    threshold_mode: str = "rel",
    mode: str = "min",
    floor: ArrayLike = 0.0,
    eps: ArrayLike | None = None,
    stop_after: ArrayLike | None = None,
) -> Rate:
    """A number or a schedule, lowered by a factor whenever the results have not got better for a while.

    A result is what comes in as `tx.update(grads, state, params, value=...)`; a step without one changes nothing. It is
    better than the best so far if it is lower by more than `threshold * |best|`, or with "abs" by more than
    `threshold`. After more than `patience` results in a row that are not, the rate is multiplied by `factor`, and the
    next `cooldown` results are not counted. NaN is not better.

    Choose it where the length of the run is not known and validation is watched anyway. Feed it validation results, one
    each time there is one: the losses of single batches are so noisy that it would fall by chance.

    Args:
        base: A number >= 0, or a schedule, such as a warmup.
        factor: In (0, 1).
        patience: Results that may pass without a better one, a whole number >= 0: the rate falls at the next. So it is
            in PyTorch; Keras falls one result earlier.
        cooldown: Results after a fall that are not counted as bad, a whole number >= 0.
        threshold: How much better counts, >= 0.
        threshold_mode: "rel": a share of the best, whatever its sign; "signed": of the best with its sign, so that for
            negative results a little worse counts as better, which is PyTorch's "rel"; or "abs".
        mode: "min" for losses; "max" for accuracies and for an ELBO.
        floor: The rate does not fall below it, >= 0; where `base` itself is below, it is `base`.
        eps: A fall of the rate by no more than this is left out, >= 0. None: none is; PyTorch has 1e-8.
        stop_after: Results without a better one after which `stop` is true, a whole number >= 1. None: it never is.

    Returns:
        A rate. State: `scale`, what `base` is multiplied by; `best`; `since_best`, results since it; `bad_results`;
        `cooldown_left`; `stop`, () bool. All are (), float32 or int32.

    Raises:
        ValueError: An argument is outside its range, or a word is none of those.

    With numbers it is PyTorch's `ReduceLROnPlateau` but for two defects: there a relative threshold is turned around
    for negative results, and changes of the rate below 1e-8 are left out. `optax.contrib.reduce_on_plateau` shares the
    first, and counts the loss of every step. `compat` has PyTorch's, Keras's and timm's own.

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
    _check(factor, patience, cooldown, threshold, threshold_mode, mode, floor, eps, stop_after)
    checks.schedulable(checks.nonnegative, "plateau", base=base)

    def rate(scale: jax.Array, count: ArrayLike) -> jax.Array:
        given = at(base, count)
        return jnp.maximum(given * scale, jnp.minimum(real(floor), given))

    def init(params: optax.Params) -> tuple[jax.Array, PlateauState]:
        none = jnp.zeros((), jnp.int32)
        state = PlateauState(jnp.ones_like(real(1)), worst(mode), none, none, none, jnp.zeros((), bool))
        state = jax.tree.map(lambda leaf: jnp.array(leaf, copy=True), state)  # of their own: a state may be donated
        return rate(state.scale, 0), state

    def lowered(scale: jax.Array, count: ArrayLike) -> jax.Array:
        lower = scale * real(factor)
        if eps is None:
            return lower
        return jnp.where(rate(scale, count) - rate(lower, count) > real(eps), lower, scale)

    def judged(state: PlateauState, value: jax.Array, count: ArrayLike) -> PlateauState:
        good, cooling = better(value, state.best, threshold, threshold_mode, mode), state.cooldown_left > 0
        left = jnp.maximum(state.cooldown_left - 1, 0)
        bad = jnp.where(good | cooling, 0, state.bad_results + 1)
        falls = bad > jnp.asarray(patience)
        since = jnp.where(good, 0, state.since_best + 1)
        return PlateauState(
            scale=jnp.where(falls, lowered(state.scale, count), state.scale),
            best=jnp.where(good, value, state.best),
            since_best=since,
            bad_results=jnp.where(falls, 0, bad),
            cooldown_left=jnp.where(falls, jnp.asarray(cooldown), left).astype(jnp.int32),
            stop=state.stop if stop_after is None else state.stop | (since >= jnp.asarray(stop_after)),
        )

    def next_rate(state: PlateauState, reading: Reading) -> tuple[jax.Array, PlateauState]:
        if reading.value is not None:
            state = judged(state, real(reading.value), reading.count)
        return rate(state.scale, reading.count), state

    return Rate(init, next_rate)


def _check(
    factor: ArrayLike,
    patience: ArrayLike,
    cooldown: ArrayLike,
    threshold: ArrayLike,
    threshold_mode: str,
    mode: str,
    floor: ArrayLike,
    eps: ArrayLike | None,
    stop_after: ArrayLike | None,
) -> None:
    checks.inside("plateau", 0, 1, factor=factor)
    check_results("plateau", mode, threshold, threshold_mode, patience=patience, cooldown=cooldown)
    checks.nonnegative("plateau", floor=floor, **({} if eps is None else {"eps": eps}))
    if stop_after is not None:
        checks.at_least("plateau", 1, stop_after=stop_after)
