"""Two copies of parameters and state: one to go back to, and a newer one that has to prove itself."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
from jax.typing import ArrayLike

from lropt_jax._core.accumulators import wide
from lropt_jax._core.gating import replaced
from lropt_jax._core.reductions import together


class Copy(NamedTuple):
    """The parameters of a moment, and the optimizer's arrays by their places: no state, so nobody takes it for one."""

    params: optax.Params
    arrays: dict[str, jax.Array]


class Copies(NamedTuple):
    """The copy to go back to, a newer one, how many of the two there are, and the calls since the last was taken."""

    good: Copy
    newer: Copy
    held: jax.Array
    since: jax.Array


def no_copies(params: optax.Params, inner: Any) -> Copies:
    """Zeros, laid out as the parameters and the state: the first call takes the first copy."""
    good, newer = (jax.tree.map(jnp.zeros_like, Copy(params, _by_place(inner))) for _ in range(2))
    return Copies(good, newer, jnp.zeros((), jnp.int32), jnp.zeros((), jnp.int32))


def renewed(copies: Copies, params: optax.Params, inner: Any, calm: jax.Array, every: ArrayLike) -> Copies:
    """The copies at a call, with one of the present where it is time and the run is calm.

    The newer one becomes the good one when the next is taken: the run has then gone on well for `every` calls from it.
    """
    due = (copies.held == 0) | (calm & (copies.since >= jnp.asarray(every)))
    now = Copy(params, _by_place(inner))
    good, held = jax.lax.cond(due, _proven, _kept, copies.held, copies.good, copies.newer, now)
    none = jnp.zeros_like(copies.since)
    newer, since = replaced(due & (held >= 0), (now, none), (copies.newer, copies.since))
    return Copies(good, newer, held, optax.safe_increment(since))


def are_there(copies: Copies) -> jax.Array:
    """True. What is written over only after this is known is copied before, in place; else XLA copies everything."""
    return (copies.held >= 0) & (copies.since >= 0)


def without_newer(copies: Copies, fault: jax.Array) -> Copies:
    """The copies after a fault: the newer one may be spoiled already, and the next is `every` calls away."""
    return copies._replace(
        held=jnp.where(fault, jnp.minimum(copies.held, 1), copies.held), since=jnp.where(fault, 0, copies.since)
    )


def state_to_go_on(copies: Copies, fault: jax.Array, inner: Any) -> Any:
    """The state of the good copy after a fault, else the present one, which stays in its place."""
    arrays = replaced(fault, copies.good.arrays, _by_place(inner))
    return jax.tree.unflatten(jax.tree.structure(inner), [arrays[place] for place in _by_place(inner)])


def reached(params: optax.Params, copy: Copy, asked: jax.Array) -> jax.Array:
    """Whether all parameters are those of a copy; True where nobody asks."""
    return jax.lax.cond(asked, _equal, _true, params, copy.params)


def towards(copy: jax.Array, param: jax.Array, update: jax.Array) -> jax.Array:
    """The way from a parameter to its copy, as an update: finite, and rounded to the update's dtype."""
    way = wide(copy) - wide(param)
    if not jnp.issubdtype(way.dtype, jnp.complexfloating):
        most = float(jnp.finfo(update.dtype).max)
        way = jnp.clip(way, -most, most)
    return way.astype(update.dtype)


def _by_place(state: Any) -> dict[str, jax.Array]:
    return {jax.tree_util.keystr(place): leaf for place, leaf in jax.tree_util.tree_leaves_with_path(state)}


def _proven(held: jax.Array, good: Copy, newer: Copy, now: Copy) -> tuple[Copy, jax.Array]:
    first, proven = held == 0, held > 1
    good = jax.tree.map(lambda a, b, c: jnp.where(first, a, jnp.where(proven, b, c)), now, newer, good)
    return good, jnp.where(first, 1, 2).astype(held.dtype)


def _kept(held: jax.Array, good: Copy, newer: Copy, now: Copy) -> tuple[Copy, jax.Array]:
    return good, held


def _equal(params: optax.Params, others: optax.Params) -> jax.Array:
    same = jax.tree.leaves(jax.tree.map(lambda one, other: one == other, params, others))
    return jnp.all(jnp.array([jnp.all(leaf) for leaf in together(jnp.logical_and, same)], bool))


def _true(params: optax.Params, others: optax.Params) -> jax.Array:
    return jnp.array(True)
