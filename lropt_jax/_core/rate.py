"""The contract of a rate: what it reads at each update, and what it carries from one to the next."""

from collections.abc import Callable
from typing import Any, NamedTuple

import chex
import jax
import optax
from jax.typing import ArrayLike

from lropt_jax._core.numbers import is_number, value_at
from lropt_jax._core.operators import times
from lropt_jax._core.refusal import Refused, WrongType


class Reading(NamedTuple):
    """What a rate may read at an update. None: `update` was called without it."""

    count: ArrayLike = 0  # type: ignore[assignment]  # () int32: updates made so far
    grads: optax.Updates = None  # the gradients, in their own dtype
    direction: optax.Updates = None  # what the optimizer made of them, in float32 or wider
    params: optax.Params | None = None
    value: ArrayLike | None = None  # () the loss
    value_fn: Callable[[optax.Params], ArrayLike] | None = None  # the loss as a function of the parameters
    measured: ArrayLike | None = None  # () what `control` steers

    def need(self, name: str) -> Any:
        """The part of this name, which the rate needs.

        Raises:
            ValueError: `update` was called without it.
        """
        found = getattr(self, name)
        if found is None:
            given = "params" if name == "params" else f"params, {name}={_MEANS[name]}"
            raise Refused(f"update needs {name}; call tx.update(grads, state, {given}).")
        return found


_MEANS = {"value": "loss", "value_fn": "loss_of_params", "measured": "quantity"}


class Rate(NamedTuple):
    """A rate with a state of its own: `init(params)` and `next(state, reading)`, both giving `(rate, state)`.

    `init` gives the rate that is shown before the first update. States are trees of arrays that keep their shapes and
    dtypes. Every `learning_rate` of an optimizer of this library, also a number or a schedule, becomes a `Rate`.

    A rate that also changes earlier steps has `revise(before, after)`, a function of its states before and after an
    update. It returns a tree, which is added to the update `-rate * direction`. A rate that also goes to another place
    has `instead(before, after, params)`. It returns whether it does so now, () bool, and the update to make then.

    Example:
        The Polyak step, `loss / |grads|^2`, for a loss whose minimum is 0:

        >>> import jax.numpy as jnp, optax
        >>> from lropt_jax.optimizers import sgd
        >>> polyak = Rate(
        ...     init=lambda params: (0.0, ()),
        ...     next=lambda state, reading: (reading.value / optax.tree.norm(reading.grads, squared=True), state),
        ... )
        >>> tx, x = sgd(polyak), jnp.array([3.0, 4.0])
        >>> update, state = tx.update(2 * x, tx.init(x), x, value=x @ x)
        >>> update, state.learning_rate
        (Array([-1.5, -2. ], dtype=float32), Array(0.25, dtype=float32))
    """

    init: Callable[[optax.Params], tuple[ArrayLike, chex.ArrayTree]]
    next: Callable[[Any, Reading], tuple[ArrayLike, chex.ArrayTree]]
    revise: Callable[[Any, Any], optax.Updates] | None = None
    instead: Callable[[Any, Any, optax.Params], tuple[jax.Array, optax.Updates]] | None = None

    def __mul__(self, other: Any) -> Any:  # type: ignore[override]
        """`product(rate, other)`. Python would repeat the tuple."""
        return times(self, other, (self, other))

    def __rmul__(self, other: Any) -> Any:  # type: ignore[override]
        """`product(other, rate)`."""
        return times(self, other, (other, self))


def as_rate(learning_rate: ArrayLike | optax.Schedule | Rate) -> Rate:
    """What an optimizer was given as its `learning_rate`, as a `Rate`. A number or a schedule has the state `()`.

    Args:
        learning_rate: A number, a schedule, or a `Rate`.

    Raises:
        TypeError: It is none of the three.

    Example:
        >>> rate, state = as_rate(0.1).init(None)
        >>> rate, state
        (Array(0.1, dtype=float32), ())
    """
    if isinstance(learning_rate, Rate):
        if not callable(learning_rate.init) or not callable(learning_rate.next):
            raise WrongType(f"learning_rate must be a Rate of two functions, init and next, got {learning_rate!r}.")
        return learning_rate
    if not callable(learning_rate) and not is_number(learning_rate):
        raise WrongType(f"learning_rate must be a number or a schedule, got {learning_rate!r}.")

    def init(params: optax.Params) -> tuple[jax.Array, tuple]:
        return value_at(learning_rate, 0), ()

    def next_rate(state: tuple, reading: Reading) -> tuple[jax.Array, tuple]:
        return value_at(learning_rate, reading.count), state

    return Rate(init, next_rate)
