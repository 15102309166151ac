"""One step of a run: what it reads, and what it returns."""

import functools
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax

from lropt_jax._core.brief import brief
from lropt_jax._core.learned import applied
from lropt_jax._core.numbers import real
from lropt_jax._core.trees import ArrayLike, OptState, Params, Tree
from lropt_jax.problems.batches import fed, nothing
from lropt_jax.problems.domain import Monitor
from lropt_jax.problems.problem import Problem


class Iterate(NamedTuple):
    """Where a run stands: everything that the next step reads."""

    params: Params
    state: Tree
    optimizer_state: OptState
    key: jax.Array  # of the run; `fold_in` makes the key of a step from it
    step: jax.Array  # () int32

    def __repr__(self) -> str:
        return brief(self)


def start(problem: Problem, tx: optax.GradientTransformation, key: jax.Array) -> Iterate:
    """The iterate before the first step.

    Args:
        problem: What to solve.
        tx: An optimizer of this library or of Optax.
        key: For the start and all the noise of the run.

    Returns:
        The iterate.

    Example:
        See `step`.
    """
    return equip(tx, *origin(problem, key))


def origin(problem: Problem, key: jax.Array) -> tuple[Params, Tree, jax.Array]:
    """Where a run begins with any optimizer: parameters, state, and the key of its noise."""
    init_key, run_key = jax.random.split(key)
    params, state = jax.tree.map(_strong, problem.init(init_key))
    return params, state, run_key


def equip(tx: optax.GradientTransformation, params: Params, state: Any, key: jax.Array) -> Iterate:
    """The iterate before the first step of an optimizer, from where the run begins."""
    return Iterate(params, state, tx.init(params), key, jnp.zeros((), jnp.int32))


def step(
    problem: Problem, tx: optax.GradientTransformation, at: Iterate, batch: Any = None
) -> tuple[Iterate, jax.Array]:
    """One step, for your own loops; compile it with `jax.jit`.

    Args:
        problem: What to solve.
        tx: The optimizer that `start` was given.
        at: The iterate.
        batch: The batch of this step, for a problem that streams. None: the problem draws it.

    Returns:
        The next iterate, and the value () that the problem watches, before the update.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> from lropt_jax.optimizers import sgd
        >>> from lropt_jax.problems import Problem, start, step
        >>> bowl = Problem(lambda key: (jnp.array(4.0), ()), lambda x, state, key: (x, state, x**2 / 2))
        >>> tx = sgd(0.5)
        >>> at, value = step(bowl, tx, start(bowl, tx, jax.random.key(0)))
        >>> at.params, value
        (Array(2., dtype=float32), Array(8., dtype=float32))
    """
    noise = noise_at(at, batch)
    return descend(problem, tx, at, noise, problem.field(at.params, *noise), streamed=batch is not None)


def noise_at(at: Iterate, batch: Any) -> tuple[Any, jax.Array]:
    """What `problem.field` gets beside the parameters: a state and a key."""
    return fed(at.state, batch), jax.random.fold_in(at.key, at.step)


def descend(
    problem: Problem, tx: optax.GradientTransformation, at: Iterate, noise: tuple, found: tuple, *, streamed: bool
) -> tuple[Iterate, jax.Array]:
    """The step that `tx` makes of what `problem.field` found at the iterate with this noise (a state and a key)."""
    direction, state, value, *_ = found
    update = optax.with_extra_args_support(tx).update
    if problem.value == "loss":
        again = functools.partial(_value, problem, noise)  # at the same batch and noise, for line searches
        extra = {"value": value, "grad": direction, "value_fn": again}
    else:
        extra = {"value": Monitor(problem.name)}
    updates, optimizer_state = update(direction, at.optimizer_state, at.params, **extra)
    params = applied(at.params, updates)
    state = at.state if streamed and nothing(at.state) else state
    return Iterate(params, state, optimizer_state, at.key, at.step + 1), real(value)


def watched(problem: Problem, params: Params, state: Any, keys: jax.Array) -> jax.Array:
    """The mean of the watched value at parameters that stay, with these keys. The state goes on from one to the next.

    So batches that come in an order are different ones.
    """
    return watched_with_metrics(problem, params, state, keys)[0]


def watched_with_metrics(
    problem: Problem, params: Params, state: Any, keys: jax.Array
) -> tuple[jax.Array, dict[str, jax.Array]]:
    """The same, and the means of what else the problem watches, by name."""

    def ahead(state: Any, key: jax.Array) -> tuple[Any, tuple[jax.Array, dict[str, jax.Array]]]:
        _, state, *found = problem.field(params, state, key)
        return state, jax.tree.map(real, (found[0], *(found[1:] or ({},))))

    return jax.tree.map(jnp.mean, jax.lax.scan(ahead, jax.tree.map(_strong, state), keys)[1])


def _value(problem: Problem, noise: tuple, params: Params) -> jax.Array:
    return problem.field(params, *noise)[2]


def _strong(leaf: ArrayLike) -> jax.Array:
    """A leaf with a strong dtype, as it is after a step: then a scan can carry it, and JAX compiles once."""
    leaf = jnp.asarray(leaf)
    return jax.lax.convert_element_type(leaf, leaf.dtype)
