"""Optax's line searches as a rate."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
from jax.typing import ArrayLike

from lropt_jax._core import checks
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import real
from lropt_jax._core.rate import Rate, Reading
from lropt_jax._core.wrapping import like


class LineSearchState(NamedTuple):
    """State of `line_search`."""

    guess: jax.Array
    trials: jax.Array


@lift
def line_search(
    first: ArrayLike = 1.0,
    *,
    method: str = "backtracking",
    search_steps: ArrayLike = 20,
    slope_rtol: ArrayLike = 1e-4,
    curv_rtol: ArrayLike | None = None,
    decrease_factor: ArrayLike | None = None,
    increase_factor: ArrayLike | None = None,
    ceiling: ArrayLike | None = None,
) -> Rate:
    """At each update, try rates until one lowers the loss enough.

    With the direction `d` and the gradient `g`, "backtracking" begins at `increase_factor` times the last rate and
    multiplies by `decrease_factor` until

        loss(params - rate * d) <= loss(params) - slope_rtol * rate * <d, g>

    (Armijo 1966). "zoom" searches an interval for a rate that also leaves at most `curv_rtol` of the slope, the strong
    Wolfe conditions (Nocedal and Wright 2006, algorithms 3.5 and 3.6).

    Choose it for full batches, where it needs no tuning and never goes up. "backtracking" costs one loss a trial;
    "zoom" also a gradient, and finds longer steps. Any direction along which the loss falls is good; along one that
    does not go down, as momentum can be, the search ends with a rate next to 0.

    Args:
        first: The rate that the first search begins from, > 0.
        method: "backtracking" or "zoom".
        search_steps: The most rates to try at an update, a whole number >= 1.
        slope_rtol: The share of the promised decrease that is asked for, in (0, 1).
        curv_rtol: The share of the slope that may be left, > 0; only "zoom". None: 0.9.
        decrease_factor: In (0, 1); only "backtracking". None: 0.8.
        increase_factor: >= 1. None: 1.5, and for "zoom" 2.
        ceiling: The highest rate, > 0. None: no limit.

    Returns:
        A rate; `update` needs `params`, `value=` and `value_fn=`, the loss as a function of the parameters. State:
        `guess`, where the next search begins; `trials`, rates tried at the last update, int32. Memory: nothing between
        updates, 2 x params during one.

    Raises:
        ValueError: A number is outside its range, an argument is given that belongs to the other method, or `update`
            is called without what it needs.

    These are `optax.scale_by_backtracking_linesearch` (there `ceiling=1`) and `optax.scale_by_zoom_linesearch`. A
    search that fails with a rate of 0 does not start all later ones at 0 as it does there. Gradients of a whole run
    take the rates found as given numbers.

    Example:
        >>> import jax.numpy as jnp
        >>> from lropt_jax.optimizers import sgd
        >>> loss = lambda x: 8 * jnp.sum(x**2)
        >>> tx, x = sgd(line_search(decrease_factor=0.5, increase_factor=1.0)), jnp.array([1.0])
        >>> _, state = tx.update(16 * x, tx.init(x), x, value=loss(x), value_fn=loss)
        >>> print(state.learning_rate, state.rate.trials)
        0.0625 5
    """
    _check(first, method, search_steps, slope_rtol, curv_rtol, decrease_factor, increase_factor, ceiling)
    numbers = {"slope_rtol": slope_rtol, "curv_rtol": curv_rtol, "decrease_factor": decrease_factor}
    numbers |= {"increase_factor": increase_factor, "max_learning_rate": ceiling}

    def search() -> optax.GradientTransformationExtraArgs:
        given = {name: _fixed(real(number)) for name, number in numbers.items() if number is not None}
        if method == "zoom":
            return optax.scale_by_zoom_linesearch(_fixed(search_steps), **given)
        return optax.scale_by_backtracking_linesearch(
            _fixed(search_steps), **{"max_learning_rate": real(jnp.inf)} | given
        )

    def init(params: optax.Params) -> tuple[jax.Array, LineSearchState]:
        start = jnp.array(real(first), copy=True)
        return start, LineSearchState(start, jnp.zeros((), jnp.int32))

    def next_rate(state: LineSearchState, reading: Reading) -> tuple[jax.Array, LineSearchState]:
        params, value, loss = (reading.need(name) for name in ("params", "value", "value_fn"))
        if not jax.tree.leaves(params):
            return state.guess, state
        start, against, grads = _fixed(_precise((params, _opposite(reading.direction), reading.grads)))
        searching = search()
        before = searching.init(start)._replace(learning_rate=_fixed(state.guess))
        _, after = searching.update(
            against, before, start, value=_fixed(real(value)), grad=grads, value_fn=_of_precise(loss, params)
        )
        rate = real(after.learning_rate)
        trials = jnp.asarray(after.info.num_linesearch_steps, jnp.int32)
        return rate, LineSearchState(jnp.where(rate > 0, rate, _fixed(state.guess)), trials)

    return Rate(init, next_rate)


def _fixed(tree: Any) -> Any:
    """A tree that is not differentiated: searches loop as long as they need, and JAX cannot go back through that."""
    return jax.tree.map(lambda leaf: jax.lax.stop_gradient(jnp.asarray(leaf)), tree)


def _opposite(direction: optax.Updates) -> optax.Updates:
    return jax.tree.map(jnp.negative, direction)


def _precise(tree: Any) -> Any:
    """A tree in the precision of `real` numbers, with which Optax mixes it."""
    return jax.tree.map(lambda leaf: jnp.asarray(leaf, jnp.promote_types(jnp.result_type(leaf), real(0).dtype)), tree)


def _of_precise(loss: Any, params: optax.Params) -> Any:
    """The loss of precise parameters, which it gets in their own dtype; as a precise number."""
    of_given, closed_over = jax.closure_convert(lambda precise: real(loss(like(precise, params))), _precise(params))
    return lambda precise: of_given(precise, *_fixed(closed_over))


def _check(
    first: ArrayLike,
    method: str,
    search_steps: ArrayLike,
    slope_rtol: ArrayLike,
    curv_rtol: ArrayLike | None,
    decrease_factor: ArrayLike | None,
    increase_factor: ArrayLike | None,
    ceiling: ArrayLike | None,
) -> None:
    checks.one_of("line_search", ("backtracking", "zoom"), method=method)
    checks.positive("line_search", first=first, **_given(curv_rtol=curv_rtol, ceiling=ceiling))
    checks.at_least("line_search", 1, search_steps=search_steps, **_given(increase_factor=increase_factor))
    checks.inside("line_search", 0, 1, slope_rtol=slope_rtol, **_given(decrease_factor=decrease_factor))
    foreign = {"backtracking": _given(curv_rtol=curv_rtol), "zoom": _given(decrease_factor=decrease_factor)}[method]
    for name, number in foreign.items():
        raise ValueError(f"line_search: {name} must be None with method={method!r}, got {number}.")


def _given(**numbers: ArrayLike | None) -> dict[str, Any]:
    return {name: number for name, number in numbers.items() if number is not None}
