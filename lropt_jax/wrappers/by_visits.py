"""Rates that fall with the visits of each entry."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax

from lropt_jax._core.accumulators import times
from lropt_jax._core.kinds import AnyOptimizer, Strength
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import counted, value_at
from lropt_jax._core.refusal import Refused
from lropt_jax._core.state import keeps_params
from lropt_jax._core.wrapping import extended, like, widened


class ByVisitsState(NamedTuple):
    """State of `by_visits`."""

    visits: Any
    inner: Any


@lift(elementwise=True)
def by_visits(optimizer: AnyOptimizer, multiplier: Strength) -> optax.GradientTransformationExtraArgs:
    """Give every entry a rate of its own, which follows its own visits: `update = multiplier(N) * optimizer's update`.

    `N` counts, entry by entry, the earlier updates at which the gradient there was not 0. So
    `by_visits(sgd(1.0), robbins_monro(1.0, exponent=1.0))` has the rates `1 / N(s, a)` of the textbook, from 1 on
    (Watkins and Dayan 1992; Sutton and Barto 2018, section 2.4).

    Choose it for tables of which each step touches some entries: Q-learning and TD along walks or from a log, counts,
    averages by group. There a rate that falls with the time is too small already when a rare entry is first visited.
    With an exponent below 1, Q-learning forgets its start in a time that is polynomial in `1 / (1 - discount)`; at 1 it
    is exponential (Even-Dar and Mansour 2003).

    Args:
        optimizer: Any, of this library or of Optax; plain `sgd` for the rates of the textbook. But wrappers that keep
            parameters of their own, such as `ema` and `schedule_free`, go around `by_visits`.
        multiplier: A schedule of the visits, or a number >= 0.

    Returns:
        An optimizer. State: `visits`, () int32 for each entry, a tree like the parameters; `inner`. Memory: 1 x params,
        int32. The product is made in float32 and rounded once.

    Raises:
        TypeError: `optimizer` is not a gradient transformation.
        ValueError: The multiplier is negative, or `optimizer` keeps parameters of its own.

    A visit whose gradient is exactly 0, as that of a value which is right by chance, teaches nothing and is not
    counted. Under `td0(trace_decay=...)` every state with a trace is visited.

    Example:
        >>> import jax.numpy as jnp
        >>> from lropt_jax.optimizers import sgd
        >>> from lropt_jax.schedules import robbins_monro
        >>> tx, means = by_visits(sgd(1.0), robbins_monro(1.0, exponent=1.0)), jnp.zeros(2)
        >>> state = tx.init(means)
        >>> for group, sample in [(0, 4.0), (0, 2.0), (1, 5.0), (0, 6.0)]:
        ...     updates, state = tx.update(jnp.zeros(2).at[group].set(means[group] - sample), state)
        ...     means = means + updates
        >>> means  # of 4, 2 and 6, and of 5
        Array([4., 5.], dtype=float32)
    """
    inner = extended(optimizer)

    def init(params: optax.Params) -> ByVisitsState:
        state = inner.init(widened(params))
        if keeps_params(state):
            raise Refused(
                f"optimizer must not keep parameters of its own, got {optimizer!r}; go inside: ema(by_visits(...))."
            )
        return ByVisitsState(jax.tree.map(lambda p: jnp.zeros_like(p, jnp.int32), params), state)

    def update(grads: optax.Updates, state: ByVisitsState, params: optax.Params | None = None, **extra: Any) -> tuple:
        whole, moved = inner.update(widened(grads), state.inner, params, **extra)
        updates = jax.tree.map(lambda u, n: times(value_at(multiplier, n), u), whole, state.visits)
        visits = jax.tree.map(lambda n, g: counted(n, g != 0), state.visits, grads)
        return like(updates, grads), ByVisitsState(visits, moved)

    return optax.GradientTransformationExtraArgs(init, update)
