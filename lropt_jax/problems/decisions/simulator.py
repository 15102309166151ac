"""A simulator of a process: a function that makes a step."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from lropt_jax._core.binding import bind, partial_of
from lropt_jax._core.brief import brief
from lropt_jax._core.checking import check
from lropt_jax._core.functions import check_function, result_of
from lropt_jax._core.kinds import BelowOne, Size
from lropt_jax._core.limits import shown
from lropt_jax._core.numbers import is_number, real
from lropt_jax._core.refusal import Refused, WrongType
from lropt_jax._core.trees import ArrayLike


class Simulator(NamedTuple):
    """A process that can only be played: a function of JAX that makes one step of it.

    Data belong into `jax.tree_util.Partial(step, data)`, so that other data compile nothing again.

    Example:
        >>> import jax
        >>> def step(state, action, key):  # a walk on a line of five places; the right end earns 1
        ...     to = state + 2 * action - 1
        ...     return to, to == 4, (to == 0) | (to == 4)
        >>> line = Simulator(step, start=2, states=5, actions=2, discount=0.9)
    """

    step: Callable[[Any, Any, Any], Any]  # `step(state, action, key) -> (next_state, reward, done)`, each ()
    start: ArrayLike | Callable[[Any], Any]  # the first state of an episode, or `start(key)` that draws it
    states: Size  # how many; they are the whole numbers from 0
    actions: Size  # how many
    discount: BelowOne  # g, in [0, 1)
    layout: tuple[int, int] | None = None  # rows and columns of the picture of the states; None: one column

    def __repr__(self) -> str:
        return brief(self)


class Played(NamedTuple):
    """A valid simulator: functions with their data."""

    step: jax.tree_util.Partial
    start: jax.tree_util.Partial
    discount: jax.Array  # ()


def played(simulator: Simulator) -> Played:
    """The functions of a simulator, or one error that says what is wrong with it."""
    for name in ("states", "actions"):
        check(name, Size, getattr(simulator, name))
    check("discount", BelowOne, simulator.discount)
    check_function("step", ["state", "action", "key"], simulator.step, "step(state, action, key)")
    if simulator.layout is not None and np.prod(simulator.layout) != simulator.states:
        raise Refused(f"layout must have room for {simulator.states} states, got {simulator.layout}.")
    start = _start(simulator)
    key, whole = jax.random.key(0), jax.ShapeDtypeStruct((), jnp.int32)
    _check_state("start(key)", result_of("start", start, key))
    step = jax.tree.map(jnp.asarray, partial_of(simulator.step))
    made = result_of("step", step, whole, whole, key)
    if not isinstance(made, tuple) or len(made) != 3 or any(getattr(each, "shape", None) != () for each in made):
        raise Refused(f"step must return (next_state, reward, done), each of the shape (), got {shown(made)}.")
    _check_state("the next state of step", made[0])
    if made[2].dtype != bool:
        raise Refused(f"step must return done as True or False, got {made[2].dtype}.")
    return Played(step, start, real(simulator.discount))


def _start(simulator: Simulator) -> jax.tree_util.Partial:
    start = simulator.start
    if callable(start):
        check_function("start", ["key"], start, "of a key")
        return jax.tree.map(jnp.asarray, partial_of(start))
    if not is_number(start) or np.ndim(start) or start not in range(simulator.states):
        rule = f"a whole number from 0 to {simulator.states - 1}, or a function of a key"
        raise WrongType(f"start must be {rule}, got {shown(start)}.")
    return bind(_always, jnp.asarray(start, jnp.int32))


def _always(state: jax.Array, key: jax.Array) -> jax.Array:
    return state


def _check_state(name: str, made: Any) -> None:
    if getattr(made, "shape", None) != () or not jnp.issubdtype(made.dtype, jnp.integer):
        raise Refused(f"{name} must be a whole number of the shape (), got {shown(made)}.")
