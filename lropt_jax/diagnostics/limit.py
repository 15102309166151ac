"""How much curvature an optimizer bears at its rate, and the scale in which it sees the curvature."""

from collections.abc import Iterator
from typing import Any

import jax
import jax.numpy as jnp
import optax

from lropt_jax._core.checking import checked
from lropt_jax._core.kinds import AnyOptimizer, Role
from lropt_jax._core.learned import learned
from lropt_jax._core.limits import shown
from lropt_jax._core.numbers import real
from lropt_jax._core.refusal import Refused, WrongType
from lropt_jax._core.state import states_of
from lropt_jax._core.values import Optimizer
from lropt_jax.optimizers import Direction

_SAME = (Role.PASSES_ON, Role.KEEPS_LIMIT)


@checked
def limit(tx: AnyOptimizer, state: optax.OptState | None = None) -> jax.Array:
    """Give the sharpness up to which the optimizer is stable at the rate of its last update.

    On a quadratic steps shrink below it and grow above it. In training the sharpness rises up to it, and then the loss
    falls no longer at every step, or jumps. Compare it with `sharpness(loss, params, scale=scale_of(tx, state,
    params)).value`.

    * `sgd`: `2 / rate`; with momentum `b`: `2 (1 + b) / rate`; Nesterov's: `2 (1 + b) / ((1 + 2 b) rate)`; each over
      `1 - dampening` (Cohen et al. 2021, arXiv:2103.00065). With `nu`: `2 (1 + b) / ((nu (1 - dampening) + (1 - nu) (1
      + b)) rate)`.
    * `adam`, `adamw`, `laprop`, `adabelief`, and `amsgrad` and `yogi` if they correct the bias: `(2 + 2 b1) / ((1 - b1)
      rate)`, 38 / rate for 0.9, in their `scale_of` (Cohen et al. 2022, arXiv:2207.14484). After `t` updates that is
      times `1 - b1^t`, which the paper counts to the preconditioner. Before the first update it counts as 1.
    * `rmsprop`: as `sgd`, in its scale; `adagrad`: `2 / rate`.

    Weight decay is not in it: for `sgd` a strength `w` adds `w` to every eigenvalue. Wrappers that watch, clip, skip,
    accumulate or round pass it on; while a clip bites, the true limit is higher. A self-setting rate counts as its last
    rate.

    Args:
        tx: An optimizer of this library, also inside wrappers.
        state: Its state after an update. None: as at the first step of the run, with full moving averages.

    Returns:
        The limit, () float32. Infinite at a rate of 0. NaN: unknown, as for `lion`, for `adam` with a `clip_threshold`,
        for Optax's own optimizers, for chains, and for wrappers with several rates.

    Raises:
        TypeError: `tx` is no optimizer.
        ValueError: `state` is not a state of `tx`.

    Example:
        >>> from lropt_jax.optimizers import adam, sgd
        >>> limit(sgd(0.1)), limit(sgd(0.1, momentum=0.9)), limit(adam(1e-3)).round()
        (Array(20., dtype=float32), Array(38., dtype=float32), Array(38000., dtype=float32))
    """
    inside = _stepping(tx)
    direction = getattr(inside, "direction", None)
    if not isinstance(direction, Direction) or direction.limit is None:
        return real(jnp.nan)
    last = _state_of(direction, inside.init({}) if state is None else state)
    rate = last.learning_rate
    return jnp.where(rate > 0, direction.limit(last) / jnp.where(rate > 0, rate, 1), jnp.inf)


@checked
def scale_of(tx: AnyOptimizer, state: optax.OptState, params: optax.Params) -> optax.Updates | None:
    """Give the diagonal scale of the last update: what the optimizer multiplied each coordinate by before the rate.

    It is `P^-1`, one over the preconditioner. Times the rate it is the effective rate of each parameter. For `adam` and
    its kin it is `1 / (sqrt(nu / (1 - b2^t)) + eps)`, for `rmsprop` and `adagrad` one over their root, for `sgd` 1.

    Args:
        tx: An optimizer of this library, also inside wrappers, or in a chain with no other.
        state: Its state after at least one update. Before that Adam's scale is `1 / eps`.
        params: The parameters.

    Returns:
        A tree like `params`, float32 or wider, with None for leaves that have no gradients. None: the direction has no
        such scale or does not say it, as `lion`, `muon` and Optax's own, or there are several directions, as in
        `groups`.

    Raises:
        TypeError: `tx` is no optimizer.
        ValueError: `state` is not a state of `tx`.

    Example:
        >>> import jax.numpy as jnp
        >>> from lropt_jax.optimizers import adam
        >>> tx, params = adam(1e-3, eps=0), jnp.ones(2)
        >>> _, state = tx.update(jnp.array([0.1, -4.0]), tx.init(params), params)
        >>> scale_of(tx, state, params).round(3)
        Array([10.  ,  0.25], dtype=float32)
    """
    found = list(_directions(tx))
    if len(found) != 1 or found[0].scale is None:
        return None
    direction = found[0]
    return direction.scale(_state_of(direction, state), learned(params))  # type: ignore[misc]


def _stepping(tx: Any) -> Any:
    """The transformation inside wrappers that says how far to step. Wrappers that change that stay around it."""
    while isinstance(tx, Optimizer):
        inner = [name for name, role in tx.factory.roles.items() if role in _SAME]
        tx = getattr(tx, inner[0]) if inner else tx.build()
    return tx


def _directions(tx: Any) -> Iterator[Direction]:
    """All directions inside of an optimizer; those that are no values cannot be looked into."""
    built = tx.build() if isinstance(tx, Optimizer) else tx
    if isinstance(getattr(built, "direction", None), Direction):
        yield built.direction
    elif isinstance(built, Optimizer):
        yield from _directions(built)
    elif isinstance(tx, Optimizer):
        inside = jax.tree.leaves(tx.arguments, is_leaf=lambda node: isinstance(node, Optimizer))
        for part in inside:
            if isinstance(part, Optimizer):
                yield from _directions(part)


def _state_of(direction: Direction, state: Any) -> Any:
    """The state that belongs to a direction, inside those of wrappers."""
    if isinstance(state, optax.GradientTransformation):
        raise WrongType(f"state must be what init and update return, got {shown(state)}.")
    while not isinstance(state, direction.state) and hasattr(state, "inner"):
        state = state.inner
    found = [state] if isinstance(state, direction.state) else states_of(direction.state, state)
    if len(found) != 1:
        raise Refused(f"state must be a state of tx, with one {direction.state.__name__}, got {shown(state)}.")
    return found[0]
