"""Fit the state of one optimizer to another."""

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import optax

from lropt_jax._core.checking import checked
from lropt_jax._core.fitting import said
from lropt_jax._core.kinds import AnyOptimizer
from lropt_jax._core.limits import shown
from lropt_jax._core.parts import MOMENTS, Part, children, parts
from lropt_jax._core.refusal import Refused, WrongType


@checked
def restate(
    tx: AnyOptimizer, state: optax.OptState, params: optax.Params, *, reset: str | Sequence[str] = ()
) -> optax.OptState:
    """A state for `tx` that keeps what fits of a state of another optimizer, of another version, or from a file.

    It keeps every array whose names, shape and dtype are those that `tx` wants, such as moments and counts. These begin
    anew, as `tx.init(params)` has them:

    * the state of the rate, if the rate is another one: `restate(sgd(plateau(1e-2)), state_of_sgd, params)`;
    * what a wrapper keeps that was put around the optimizer, such as the average of `ema`;
    * what `reset` names.

    Anything else that is missing is refused: after SGD the moments of Adam must be named in `reset`. What `tx` has no
    place for is left out.

    Args:
        tx: The optimizer to go on with, of this library or of Optax.
        state: The state to go on from: of another optimizer, inside wrappers and chains too, or of one of Optax's with
            the same moments. Its arrays may be NumPy's. Dicts and lists may stand for named tuples and tuples, as orbax
            restores them without a target.
        params: The parameters now.
        reset: The name of a field, or names, to begin anew wherever they are in the state: "mu", "count", "rate".
            "moments" stands for everything that optimizers keep beside `count`, `learning_rate` and `rate`, so
            `restate(tx, state, params, reset="moments")` keeps the count, with which a schedule goes on.

    Returns:
        A state with the tree of `tx.init(params)`. Arrays that are kept are those of `state`; NumPy's are copied to
        where new ones are. It works under `jit`, with `state` donated, and under `vmap`, for states of lanes.
        `learning_rate(...)` shows the rate of the last update. Memory: that of a new state, for a moment.

    Raises:
        TypeError: `tx` is not a gradient transformation.
        ValueError: Something is missing in `state`, or has another shape or dtype, and `reset` does not name it; or
            `reset` names what is no field.

    Names are all that it compares, and optimizers use one name for different things: `nu` is a mean of squares in
    `adam` and a largest size in `adamax`, so go from one to the other with `reset="nu"`. After a reset of the moments
    alone, the corrections for their bias go on with the old count; if that is not wanted, reset "count" too.

    Example:
        >>> import jax.numpy as jnp
        >>> from lropt_jax.optimizers import sgd
        >>> from lropt_jax.rates import plateau
        >>> params = jnp.ones(2)
        >>> old = sgd(1e-2, momentum=0.9)
        >>> _, state = old.update(params, old.init(params), params)
        >>> state = restate(sgd(plateau(1e-2), momentum=0.9), state, params)
        >>> state.trace, state.count, state.rate.best
        (Array([1., 1.], dtype=float32), Array(1, dtype=int32), Array(inf, dtype=float32))
    """
    new = tx.init(params)
    found, named = parts(new, state), _named(reset, new)
    wrong = [part for part in found if not part.fits and named.isdisjoint(part.names) and not part.may_begin]
    if wrong:
        fields = sorted({[name for name in part.names if name != MOMENTS][-1] for part in wrong if part.names})
        remedy = f"; restate(tx, state, params, reset={fields}) begins that anew" if fields else ""
        raise Refused(f"state must have what tx keeps, got {said(wrong)}{remedy}.")
    kept = [part.new if not part.fits or not named.isdisjoint(part.names) else _held(part) for part in found]
    return jax.tree.unflatten(jax.tree.structure(new), kept)


def _named(reset: str | Sequence[str], new: Any) -> set[str]:
    """The names of what is to begin anew, all of which must be names of fields."""
    names, known = [reset] if isinstance(reset, str) else list(reset), {MOMENTS, *_fields(new)}
    for name in names:
        if not isinstance(name, str):
            raise WrongType(f"reset must be names of fields, got {shown(name)}.")
        if name not in known:
            raise Refused(
                f"reset must be names of fields of the state, got {shown(name)}; there are {', '.join(sorted(known))}."
            )
    return set(names)


def _fields(node: Any) -> set[str]:
    below = [_fields(child) for _, child in children(node) or ()]
    return set(getattr(type(node), "_fields", ())).union(*below)


def _held(part: Part) -> Any:
    """The old leaf. What is on the host goes to where the new one is."""
    if isinstance(part.old, jax.Array):
        return part.old
    array = jnp.array(part.old, dtype=part.new.dtype, copy=True)
    placed = not isinstance(part.new, jax.core.Tracer) and part.new.committed
    return jax.device_put(array, part.new.sharding) if placed else array
