"""Shampoo of one leaf: the gradient between the roots of its factors, with the length of another direction."""

import functools
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax

from lropt_jax._core.absent import aligned
from lropt_jax._core.accumulators import average, debias, divide, over_root, square, times, weight
from lropt_jax._core.magnitudes import added, largest, lengths
from lropt_jax.optimizers._axes import Form, along, by_leaf, gram
from lropt_jax.optimizers._blocks import blocks, joined
from lropt_jax.optimizers._inverse_root import inverse_root


class Leaf(NamedTuple):
    """A gradient, or the direction that it is turned into, with the slots of its leaf."""

    gradient: jax.Array
    mu: jax.Array
    nu: jax.Array | None
    factors: tuple[jax.Array, ...]
    roots: tuple[jax.Array, ...]


class Now(NamedTuple):
    """The numbers of an update, and the weights that the averages have gathered."""

    b1: jax.Array
    b2: jax.Array
    eps: jax.Array
    graft_b2: jax.Array
    graft_eps: jax.Array
    first: jax.Array
    second: jax.Array
    graft_second: jax.Array


def now_at(made: jax.Array, *numbers: jax.Array) -> Now:
    """The numbers of an update, of which so many are made with it."""
    b1, b2, eps, graft_b2, graft_eps = numbers
    second = jnp.where(b2 == 1, 1, weight(jnp.where(b2 == 1, 0, b2), made))
    return Now(b1, b2, eps, graft_b2, graft_eps, weight(b1, made), second, weight(graft_b2, made))


def has_squares(graft: str | None, is_matrix: bool) -> bool:
    """Whether a leaf keeps the squares of its gradients."""
    return graft in ("adam", "adagrad") or (graft is None and not is_matrix)


def first_factors(form: Form, leaf: jax.Array, block_size: int) -> tuple[jax.Array, ...]:
    """Zeros for the factor of each axis, for each block."""
    order = form.order(leaf)
    cut = blocks(form.of(leaf), order, block_size)
    return tuple(gram(cut, order, axis) for axis in range(order)) if leaf.size else ()


def leaves_of(grads: optax.Updates, state: Any, form: Form) -> list[Leaf]:
    """Every gradient with the slots of its leaf."""
    tree = jax.tree.structure(grads)
    nus = tree.flatten_up_to(aligned(state.nu, grads))  # type: ignore[attr-defined]
    sides = zip(by_leaf(state.factors, grads), by_leaf(state.roots, grads), strict=True)
    rows = zip(jax.tree.leaves(grads), jax.tree.leaves(state.mu), nus, sides, strict=True)
    return [Leaf(g, m, v, *(part[: form.order(g)] for part in both)) for g, m, v, both in rows]  # type: ignore[arg-type]


@functools.partial(jax.jit, static_argnames=("form", "graft", "block_size"))
def moved(leaf: Leaf, due: jax.Array, now: Now, form: Form, graft: str | None, block_size: int) -> Leaf:
    """The direction of a leaf: that of the grafting, or Shampoo's with its length."""
    mu = average(leaf.mu, leaf.gradient, now.b1)
    mean = debias(mu, now.first)
    nu, grafted = _graft(leaf, mean, now, graft)
    if not leaf.roots:
        return leaf._replace(gradient=grafted, mu=mu, nu=nu)
    order = form.order(mean)
    cut = blocks(form.of(leaf.gradient), order, block_size)
    factors = tuple(_gathered(f, gram(cut, order, axis), now.b2) for axis, f in enumerate(leaf.factors))
    roots = jax.lax.cond(due, lambda: _roots(factors, leaf.roots, now), lambda: leaf.roots)
    tensor = blocks(form.of(mean), order, block_size)
    for axis, root in enumerate(roots):
        tensor = along(tensor, jnp.conj(root), order, axis)
    whole = form.of(mean)
    tensor = joined(tensor, whole.shape, order, block_size)
    if graft is not None:
        axes = tuple(range(-order, 0))
        tensor = tensor * divide(lengths(form.of(grafted), axes), lengths(tensor, axes)).astype(tensor.dtype)
    return Leaf(form.back(tensor, leaf.mu), mu, nu, factors, roots)


def _graft(leaf: Leaf, mean: jax.Array, now: Now, graft: str | None) -> tuple[jax.Array | None, jax.Array]:
    """The squares, and the direction of the optimizer whose length is taken. It is also that of vectors."""
    if leaf.nu is None:
        return None, mean
    if graft == "adam":
        nu = average(leaf.nu, square(leaf.gradient), now.graft_b2)
        return nu, over_root(mean, debias(nu, now.graft_second), now.graft_eps)
    nu = added(leaf.nu, square(leaf.gradient))
    return nu, over_root(mean, nu, now.graft_eps)


def _gathered(total: jax.Array, sample: jax.Array, b2: jax.Array) -> jax.Array:
    """The average of the factors, or with a decay of 1 their sum, held at the largest number."""
    after = times(b2, total) + times(jnp.where(b2 == 1, 1, 1 - b2), sample)
    return after if jnp.iscomplexobj(after) else jnp.clip(after, -largest(after), largest(after))


def _roots(factors: tuple[jax.Array, ...], before: tuple[jax.Array, ...], now: Now) -> tuple[jax.Array, ...]:
    """`(f / weight)^(-1 / 2k)` of each of the k factors. One that fails stays as it was."""
    power = 2 * len(factors)
    pairs = zip(factors, before, strict=True)
    return tuple(inverse_root(debias(f, now.second), old, now.eps, power)[0] for f, old in pairs)
