"""SOAP of one leaf: Adam in the coordinates of bases that turn."""

import functools
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax

from lropt_jax._core.accumulators import average, over_root, square, times, weight
from lropt_jax.optimizers._axes import Form, by_leaf, gram
from lropt_jax.optimizers._eigenbases import eigenbasis, power_step, sorted_along, turned, turned_back


class Leaf(NamedTuple):
    """A gradient, or the direction that it is turned into, with the slots of its leaf."""

    gradient: jax.Array
    mu: jax.Array
    nu: jax.Array
    factors: tuple[jax.Array | None, ...]
    bases: tuple[jax.Array | None, ...]


class Now(NamedTuple):
    """The numbers of an update. `scale` corrects the start of both moments."""

    b1: jax.Array
    b2: jax.Array
    factor_b2: jax.Array
    eps: jax.Array
    scale: jax.Array


def now_at(
    count: jax.Array, skip_first: bool, b1: jax.Array, b2: jax.Array, factor_b2: jax.Array, eps: jax.Array
) -> Now:
    """The numbers of an update. If the first one is skipped, its gradient does not enter the moments."""
    if not skip_first:
        made = optax.safe_increment(count)
        return Now(b1, b2, factor_b2, eps, jnp.sqrt(weight(b2, made)) / weight(b1, made))
    idle = count == 0
    made = jnp.maximum(count, 1)
    scale = jnp.where(idle, 0, jnp.sqrt(weight(b2, made)) / weight(b1, made))
    return Now(jnp.where(idle, 1, b1), jnp.where(idle, 1, b2), factor_b2, eps, scale)


def turn(count: jax.Array, place: int, every: int) -> jax.Array:
    """What becomes of a leaf's bases: 0, they stay; 1, they turn by a power step; 2, they are found."""
    return jnp.where(count == 0, 2, jnp.where((count - place) % every == 0, 1, 0))


def first_factors(form: Form, leaf: jax.Array, max_dim: int) -> tuple[jax.Array | None, ...]:
    """Zeros for the factor of each axis; None for an axis that keeps its own coordinates."""
    tensor, order = form.of(leaf), form.order(leaf)
    lengths = tensor.shape[tensor.ndim - order :]
    has = [leaf.size > 0 and 1 < length <= max_dim for length in lengths]
    return tuple(gram(tensor, order, axis) if one else None for axis, one in enumerate(has))


def leaves_of(grads: optax.Updates, state: Any, form: Form) -> list[Leaf]:
    """Every gradient with the slots of its leaf."""
    rows = zip(*(jax.tree.leaves(part) for part in (grads, state.mu, state.nu)), strict=True)
    sides = zip(by_leaf(state.factors, grads), by_leaf(state.bases, grads), strict=True)
    return [Leaf(*row, *(part[: form.order(row[0])] for part in both)) for row, both in zip(rows, sides, strict=True)]


@jax.jit
def of_vector(leaf: Leaf, now: Now) -> Leaf:
    """Adam."""
    mu, nu = average(leaf.mu, leaf.gradient, now.b1), average(leaf.nu, square(leaf.gradient), now.b2)
    return leaf._replace(gradient=times(now.scale, over_root(mu, nu, now.eps)), mu=mu, nu=nu)


@functools.partial(jax.jit, static_argnames="form")
def of_matrix(leaf: Leaf, turn: jax.Array, now: Now, form: Form) -> Leaf:
    """Adam in the coordinates of the bases, which then may turn."""
    gradient, mu, nu = (form.of(part) for part in leaf[:3])
    before, order = leaf.bases, len(leaf.bases)
    factors = tuple(
        None if f is None else average(f, gram(gradient, order, axis), now.factor_b2)
        for axis, f in enumerate(leaf.factors)
    )
    known = jax.lax.stop_gradient(factors)

    def moments(bases: Any) -> tuple[jax.Array, jax.Array]:
        seen = turned(gradient, bases)
        return average(mu, seen, now.b1), average(nu, square(seen), now.b2)

    def step() -> tuple:
        bases, moved, sizes = [], turned_back(first, before), second
        for axis, (factor, basis) in enumerate(zip(known, before, strict=True)):
            new, places = (None, None) if factor is None else power_step(factor, jax.lax.stop_gradient(basis))
            sizes = sizes if places is None else sorted_along(sizes, places, order, axis)
            bases.append(new)
        return tuple(bases), turned(moved, bases), sizes

    def begin() -> tuple:
        bases = tuple(None if f is None else eigenbasis(f, b) for f, b in zip(known, before, strict=True))
        return bases, *moments(bases)

    first, second = moments(before)
    towards = turned_back(times(now.scale, over_root(first, second, now.eps)), before)
    bases, first, second = jax.lax.switch(turn, [lambda: (before, first, second), step, begin])
    towards, first, second = (form.back(part, leaf.mu) for part in (towards, first, second))
    return Leaf(towards, first, second, factors, bases)
