"""SOAP: Adam in the eigenbases of both sides of a matrix of gradients."""

import functools
from typing import Any, Literal, NamedTuple

import chex
import jax
import jax.numpy as jnp
import optax

from lropt_jax._core.accumulators import average, full, over_root, square, times, weight, wide, zeros
from lropt_jax._core.kinds import Average, Epsilon, LearningRate, Mask, Size, WeightDecay
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import real, value_at
from lropt_jax.optimizers._axes import Form, by_leaf, gram, in_trees, without
from lropt_jax.optimizers._eigenbases import eigenbasis, power_step, sorted_along, turned, turned_back
from lropt_jax.optimizers.descent import Direction, descent


class SoapState(NamedTuple):
    """State of `soap`. `factors` and `bases` hold a tree for each axis of a matrix, the first axis first.

    In a leaf that has bases, `mu` and `nu` are in their coordinates.
    """

    count: jax.Array  # type: ignore[assignment]
    learning_rate: jax.Array
    rate: chex.ArrayTree
    mu: optax.Updates
    nu: optax.Updates
    factors: tuple[optax.Updates, ...]
    bases: tuple[optax.Updates, ...]


@lift(scaling="sqrt")
def soap(
    learning_rate: LearningRate,
    *,
    b1: Average = 0.95,
    b2: Average = 0.95,
    factor_b2: Average | None = None,
    eps: Epsilon = 1e-8,
    every: Size = 10,
    stagger: bool = True,
    skip_first: bool = True,
    max_dim: Size = 10_000,
    more_axes: Literal["stack", "flatten", "tensor"] = "stack",
    layout: Literal["in_out", "out_in"] = "in_out",
    adam_mask: Mask | None = None,
    weight_decay: WeightDecay | None = None,
) -> optax.GradientTransformationExtraArgs:
    """SOAP: Adam in the coordinates in which both sides of the gradient matrix are uncorrelated.

    For a matrix of gradients `g`, `L <- b2 * L + (1 - b2) * g g'` and `R <- b2 * R + (1 - b2) * g' g` are Shampoo's
    factors, and `U`, `V` their eigenvectors. Adam runs on `U' g V`: `mu <- b1 * mu + (1 - b1) * U' g V`,
    `nu <- b2 * nu + (1 - b2) * (U' g V)^2`. The direction is `U d V'` with `d = a * mu / (sqrt(nu) + eps)`,
    `a = sqrt(1 - b2^t) / (1 - b1^t)`. Every so many steps `U` becomes the orthogonal part of `L U`, likewise `V`; `mu`
    goes over into the new coordinates, and `nu` stays but for the order of its rows and columns (Vyas et al. 2024,
    arXiv:2409.11321, algorithms 3 and 4).

    TODO when
    """
    form, factor_decay = Form(more_axes, layout), b2 if factor_b2 is None else factor_b2

    def init(params: optax.Params) -> dict:
        mu = zeros(params)
        leaves, adams = jax.tree.leaves(mu), without("adam_mask", adam_mask, params)
        factors = [() if adam else _factors(form, leaf, max_dim) for leaf, adam in zip(leaves, adams, strict=True)]
        bases = [tuple(None if f is None else f + jnp.eye(f.shape[-1], dtype=f.dtype) for f in row) for row in factors]
        trees = {"factors": factors, "bases": bases}
        return {
            "mu": mu,
            "nu": full(params, real(0)),
            **{name: in_trees(rows, mu, form.width(leaves)) for name, rows in trees.items()},
        }

    def apply(grads: optax.Updates, state: SoapState, params: optax.Params | None) -> tuple:
        now = _now(state.count, skip_first, *(value_at(number, state.count) for number in (b1, b2, factor_decay, eps)))
        leaves, place = _leaves(jax.tree.map(wide, grads), state, form), 0
        for at, leaf in enumerate(leaves):
            if leaf.bases:
                leaves[at] = _of_matrix(leaf, _turn(state.count, place % every, every), now, form)
                place += stagger
            else:
                leaves[at] = _of_vector(leaf, now)
        towards, mu, nu, *sides = ([leaf[part] for leaf in leaves] for part in range(5))
        towards, mu, nu = (jax.tree.unflatten(jax.tree.structure(grads), part) for part in (towards, mu, nu))
        factors, bases = (in_trees(rows, grads, len(state.factors)) for rows in sides)
        return towards, state._replace(mu=mu, nu=nu, factors=factors, bases=bases)

    return descent(Direction(SoapState, init, apply), learning_rate, weight_decay=weight_decay)


class _Leaf(NamedTuple):
    """A gradient, or the direction that it is turned into, with the slots of its leaf."""

    gradient: jax.Array
    mu: jax.Array
    nu: jax.Array
    factors: tuple[jax.Array | None, ...]
    bases: tuple[jax.Array | None, ...]


class _Now(NamedTuple):
    """The numbers of an update. `scale` corrects the start of both moments."""

    b1: jax.Array
    b2: jax.Array
    factor_b2: jax.Array
    eps: jax.Array
    scale: jax.Array


def _now(count: jax.Array, skip_first: bool, b1: jax.Array, b2: jax.Array, factor_b2: jax.Array, eps: jax.Array) -> _Now:
    """The numbers of an update. If the first one is skipped, its gradient does not enter the moments."""
    if not skip_first:
        made = optax.safe_increment(count)
        return _Now(b1, b2, factor_b2, eps, jnp.sqrt(weight(b2, made)) / weight(b1, made))
    idle = count == 0
    made = jnp.maximum(count, 1)
    scale = jnp.where(idle, 0, jnp.sqrt(weight(b2, made)) / weight(b1, made))
    return _Now(jnp.where(idle, 1, b1), jnp.where(idle, 1, b2), factor_b2, eps, scale)


def _turn(count: jax.Array, place: int, every: int) -> jax.Array:
    """What becomes of a leaf's bases: 0, they stay; 1, they turn by a power step; 2, they are found."""
    return jnp.where(count == 0, 2, jnp.where((count - place) % every == 0, 1, 0))


def _factors(form: Form, leaf: jax.Array, max_dim: int) -> tuple[jax.Array | None, ...]:
    """Zeros for the factor of each axis; None for an axis that keeps its own coordinates."""
    tensor, order = form.of(leaf), form.order(leaf)
    lengths = tensor.shape[tensor.ndim - order :]
    has = [leaf.size > 0 and 1 < length <= max_dim for length in lengths]
    return tuple(gram(tensor, order, axis) if one else None for axis, one in enumerate(has))


def _leaves(grads: optax.Updates, state: SoapState, form: Form) -> list[_Leaf]:
    rows = zip(*(jax.tree.leaves(part) for part in (grads, state.mu, state.nu)), strict=True)
    sides = zip(by_leaf(state.factors, grads), by_leaf(state.bases, grads), strict=True)
    return [
        _Leaf(*row, *(part[: form.order(row[0])] for part in both)) for row, both in zip(rows, sides, strict=True)
    ]


@jax.jit
def _of_vector(leaf: _Leaf, now: _Now) -> _Leaf:
    """Adam."""
    mu, nu = average(leaf.mu, leaf.gradient, now.b1), average(leaf.nu, square(leaf.gradient), now.b2)
    return leaf._replace(gradient=times(now.scale, over_root(mu, nu, now.eps)), mu=mu, nu=nu)


@functools.partial(jax.jit, static_argnames="form")
def _of_matrix(leaf: _Leaf, turn: jax.Array, now: _Now, form: Form) -> _Leaf:
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
    shaped = (form.back(part, leaf.mu) for part in (towards, first, second))
    return _Leaf(*shaped, factors, bases)
