"""Optax's line searches as a rate."""

from typing import Any, Literal, NamedTuple

import jax
import jax.numpy as jnp
import optax

from lropt_jax._core.accumulators import precisely, times
from lropt_jax._core.kinds import AtLeastOne, Count, Positive, ProperFraction
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import real
from lropt_jax._core.rate import Rate, Reading
from lropt_jax._core.refusal import Refused
from lropt_jax._core.vectors import dot
from lropt_jax._core.wrapping import like


class LineSearchState(NamedTuple):
    """State of `line_search`."""

    guess: jax.Array
    trials: jax.Array


@lift
def line_search(
    first: Positive = 1.0,
    *,
    method: Literal["backtracking", "zoom"] = "backtracking",
    search_steps: Count = 20,
    slope_rtol: ProperFraction = 1e-4,
    curv_rtol: Positive | None = None,
    decrease_factor: ProperFraction | None = None,
    increase_factor: AtLeastOne | None = None,
    ceiling: Positive | None = None,
) -> Rate:
    """At each update, try rates until one lowers the loss enough.

    With the direction `d` and the gradient `g`, "backtracking" begins at `increase_factor` times the last rate and
    multiplies by `decrease_factor` until

        loss(params - rate * d) <= loss(params) - slope_rtol * rate * <d, g>

    (Armijo 1966). "zoom" searches an interval for a rate that also leaves at most `curv_rtol` of the slope, the strong
    Wolfe conditions (Nocedal and Wright 2006, algorithms 3.5 and 3.6).

    Choose it for full batches: it needs no tuning there, and the loss does not rise as long as a search succeeds.
    "backtracking" costs one evaluation of the loss at each trial; "zoom" also costs a gradient and finds longer steps.
    A search fails where the loss does not fall along the direction, as momentum allows, or where `search_steps` are too
    few. Then it takes the last rate that it tried, which can raise the loss.

    Args:
        first: What counts as the last rate at the first update, > 0.
        method: "backtracking" or "zoom".
        search_steps: The largest number of trials at an update, a whole number >= 1. "backtracking" makes one more.
        slope_rtol: The share of the promised decrease that a rate must reach, in (0, 1).
        curv_rtol: The share of the slope that may remain, > 0; for "zoom" only. None: 0.9.
        decrease_factor: A number in (0, 1); for "backtracking" only. None: 0.8.
        increase_factor: A number >= 1. None: 1.5, and 2 for "zoom".
        ceiling: The largest rate, > 0. None: unlimited.

    Returns:
        A rate; `update` needs `params`, `value=` and `value_fn=`, the loss as a function of the parameters. State:
        `guess`, the last rate above 0; `trials`, how many rates the last update tried, int32. Memory: nothing between
        updates, 2 x params during one.

    Raises:
        ValueError: A number is outside its range, an argument belongs to the other method, or `update` is called
            without what it needs.

    These are `optax.scale_by_backtracking_linesearch`, which has `ceiling=1`, and `optax.scale_by_zoom_linesearch`.
    There a search that fails at a rate of 0 makes all later searches begin at 0; here they begin at the last rate above
    0. A gradient through a whole run treats the rates as constants.

    Example:
        >>> import jax.numpy as jnp
        >>> from lropt_jax.optimizers import sgd
        >>> loss = lambda x: 8 * jnp.sum(x**2)
        >>> tx, x = sgd(line_search(decrease_factor=0.5, increase_factor=1.0)), jnp.array([1.0])
        >>> _, state = tx.update(16 * x, tx.init(x), x, value=loss(x), value_fn=loss)
        >>> print(state.learning_rate, state.rate.trials)
        0.0625 5
    """
    numbers = {"slope_rtol": slope_rtol, "curv_rtol": curv_rtol, "decrease_factor": decrease_factor}
    numbers |= {"increase_factor": increase_factor, "max_learning_rate": ceiling}

    def search() -> optax.GradientTransformationExtraArgs:
        given = {name: _constant(real(number)) for name, number in numbers.items() if number is not None}
        if method == "zoom":
            return optax.scale_by_zoom_linesearch(_constant(search_steps), **given)
        return optax.scale_by_backtracking_linesearch(
            _constant(search_steps), **{"max_learning_rate": real(jnp.inf)} | given
        )

    def init(params: optax.Params) -> tuple[jax.Array, LineSearchState]:
        start = jnp.array(real(first), copy=True)
        return start, LineSearchState(start, jnp.zeros((), jnp.int32))

    def next_rate(state: LineSearchState, reading: Reading) -> tuple[jax.Array, LineSearchState]:
        params, value, loss = (reading.need(name) for name in ("params", "value", "value_fn"))
        if not jax.tree.leaves(params):
            return state.guess, state
        searching, start = search(), real(0)
        before = searching.init(start)._replace(learning_rate=_constant(state.guess))
        slope = -_constant(dot(*precisely((reading.direction, reading.grads))))
        along = _loss_along(reading.direction, loss, params)
        _, after = searching.update(real(1), before, start, value=_constant(real(value)), grad=slope, value_fn=along)
        rate = real(after.learning_rate)
        trials = jnp.asarray(after.info.num_linesearch_steps, jnp.int32)
        return rate, LineSearchState(jnp.where(rate > 0, rate, _constant(state.guess)), trials)

    return Rate(init, next_rate)


def _constant(tree: Any) -> Any:
    """A tree without a gradient: JAX cannot differentiate backwards through a search, a loop of unknown length."""
    return jax.tree.map(lambda leaf: jax.lax.stop_gradient(jnp.asarray(leaf)), tree)


def _loss_along(direction: optax.Updates, loss: Any, params: optax.Params) -> Any:
    """The loss as a function of the rate, as precise as it. The loss gets parameters in their own dtype.

    Optax then sees numbers and no trees, whose products it cannot make where an explicit mesh cuts the trees.
    """

    def along(rate: jax.Array) -> jax.Array:
        moved = jax.tree.map(lambda p, d: p - times(rate, d), *precisely((params, direction)))
        return real(loss(like(moved, params)))

    of_given, closed_over = jax.closure_convert(along, real(0))
    return lambda rate: of_given(rate, *_constant(closed_over))


@line_search.requires
def _(method: str, curv_rtol: Positive | None, decrease_factor: ProperFraction | None) -> None:
    name, number = ("curv_rtol", curv_rtol) if method == "backtracking" else ("decrease_factor", decrease_factor)
    if number is not None:
        raise Refused(f"{name} must be None with method={method!r}, got {number}.")
