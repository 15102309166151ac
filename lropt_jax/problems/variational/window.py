"""Iterates in a window that grows with a run: whether they are stationary, and their average."""

import itertools
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

BLOCK = 25  # steps of a block


class Moments(NamedTuple):
    """Sums over blocks of the iterates' distances from an origin, and of their squares."""

    blocks: jax.Array
    sum: jax.Array
    squares: jax.Array

    def plus(self, other: "Moments") -> "Moments":
        """Those of the blocks of both."""
        return jax.tree.map(jnp.add, self, other)


class Window(NamedTuple):
    """The last part of a phase, in two halves of whole blocks that grow with the phase."""

    origin: jax.Array
    size: jax.Array  # blocks of a half
    first: Moments
    second: Moments


def opened(q: Any) -> Window:
    """An empty window, at the start of a phase."""
    origin = flat(q)
    empty = Moments(jnp.zeros((), jnp.int32), jnp.zeros_like(origin), jnp.zeros_like(origin))
    return Window(origin, jnp.ones((), jnp.int32), empty, empty)


def slid(window: Window, phase: jax.Array) -> Window:
    """With a full second half, the window moves on. It doubles as soon as it is the last half of the phase."""
    full = window.second.blocks == window.size
    both = window.first.plus(window.second)
    doubles = full & (window.first.blocks == window.size) & (phase >= 4 * window.size)
    empty = jax.tree.map(jnp.zeros_like, window.second)
    first = where(full, where(doubles, both, window.second), window.first)
    return Window(window.origin, jnp.where(doubles, 2, 1) * window.size, first, where(full, empty, window.second))


def split_r_hat(window: Window) -> jax.Array:
    """Split R-hat of the two halves, pooled over the numbers that move."""
    draws = BLOCK * window.size
    halves = (window.first, window.second)
    within = sum((half.squares - half.sum**2 / draws) / (draws - 1) for half in halves) / 2
    between = ((window.second.sum - window.first.sum) / draws) ** 2 / 2
    moves = within > 0
    ratio = jnp.where(moves, between / jnp.where(moves, within, 1), 0)
    return jnp.sqrt(1 - 1 / draws + jnp.sum(ratio) / jnp.maximum(jnp.sum(moves), 1))


def average(window: Window, q: Any) -> Any:
    """The mean iterate of a window, as a member of the family."""
    both = window.first.plus(window.second)
    vector = window.origin + both.sum / (BLOCK * jnp.maximum(both.blocks, 1))
    leaves, structure = jax.tree.flatten(q)
    ends = [0, *itertools.accumulate(leaf.size for leaf in leaves)]
    parts = [vector[low:high] for low, high in itertools.pairwise(ends)]
    shaped = [part.reshape(leaf.shape) for part, leaf in zip(parts, leaves, strict=True)]
    return jax.tree.unflatten(structure, shaped)


def flat(q: Any) -> jax.Array:
    """The numbers of a tree, (size,)."""
    return jnp.concatenate([jnp.ravel(leaf) for leaf in jax.tree.leaves(q)])


def where(condition: jax.Array, yes: Any, no: Any) -> Any:
    """One of two trees."""
    return jax.tree.map(lambda one, other: jnp.where(condition, one, other), yes, no)
