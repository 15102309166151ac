"""Shampoo: the gradient between the inverse roots of the second moments of both its sides."""

from typing import Annotated, Literal, NamedTuple

import chex
import jax
import jax.numpy as jnp
import optax
from typing_extensions import TypeAliasType

from lropt_jax._core.absent import unboxed
from lropt_jax._core.accumulators import full, wide, zeros
from lropt_jax._core.kinds import (
    Average,
    Epsilon,
    LearningRate,
    Limit,
    Mask,
    Role,
    Scheduled,
    Size,
    WeightDecay,
    unit,
)
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import real, value_at
from lropt_jax._core.slots import Others
from lropt_jax.optimizers._axes import Form, in_trees, without
from lropt_jax.optimizers._shampoo_leaf import first_factors, has_squares, leaves_of, moved, now_at
from lropt_jax.optimizers.descent import Direction, descent

Memory = TypeAliasType("Memory", Annotated[Scheduled, unit, Role.MEMORY, "the decay of an average; 1: a sum"])


class ShampooState(NamedTuple):
    """State of `shampoo`. `factors` and `roots` hold a tree for each axis of a matrix, the first axis first.

    A leaf of `nu` is None where the grafting needs no squares.
    """

    count: jax.Array  # type: ignore[assignment]
    learning_rate: jax.Array
    rate: chex.ArrayTree
    mu: Others
    nu: Others
    factors: tuple[optax.Updates, ...]
    roots: tuple[optax.Updates, ...]


@lift(scaling="sqrt")
def shampoo(
    learning_rate: LearningRate,
    *,
    b1: Average = 0.9,
    b2: Memory = 0.999,
    eps: Limit = 1e-5,
    graft: Literal["adam", "adagrad", "sgd"] | None = "adam",
    graft_b2: Average = 0.999,
    graft_eps: Epsilon = 1e-8,
    every: Size = 10,
    stagger: bool = True,
    block_size: Size = 128,
    more_axes: Literal["stack", "flatten", "tensor"] = "stack",
    layout: Literal["in_out", "out_in"] = "in_out",
    graft_mask: Mask | None = None,
    weight_decay: WeightDecay | None = None,
) -> optax.GradientTransformationExtraArgs:
    """Shampoo: the gradient matrix between inverse roots of what its rows and its columns have in common.

    For a matrix of gradients `g`, `L <- b2 * L + (1 - b2) * g g'` and `R <- b2 * R + (1 - b2) * g' g`, sums for `b2=1`,
    and `mu <- b1 * mu + (1 - b1) * g`. The direction is `L^(-1/4) m R^(-1/4)` of the corrected `m = mu / (1 - b1^t)`,
    with as many more roots, of order `2 k`, as there are axes (Gupta, Koren and Singer 2018, arXiv:1802.09568,
    algorithms 1 and 2). Grafting gives it the length that another optimizer's direction has, and vectors follow that
    one (Anil et al. 2020, arXiv:2002.09018; Shi et al. 2023, arXiv:2309.06497, algorithm 2).

    Choose it for large networks on an accelerator, with the rate and the schedule that were tuned for `adam`: grafting
    keeps their scale. On a CPU the roots cost much more than all of Adam (`benchmarks/second_order.py`): raise `every`.
    It loses where a gradient costs little: on a small VAE it needed fewer steps than AdamW and more time, and on small
    classifiers it gained nothing (`benchmarks/race.py`).

    Args:
        learning_rate: A number >= 0, a schedule or a `Rate`.
        b1: Decay of `mu`, in [0, 1), or a schedule. 0: no momentum, as in the paper of 2018.
        b2: Decay of the factors, in [0, 1], or a schedule. 1: they are sums, as in the paper.
        eps: Added to the factors before the root, in units of their largest eigenvalue, > 0, or a schedule. Float32
            knows the roots of factors of low rank to about 1e-3 at 1e-5, and better at larger ones. Google's is 1e-6.
        graft: Whose length the direction has. "adam": `m / (sqrt(nu) + graft_eps)`, `nu` an average of `g^2`.
            "adagrad": the same with the sum of `g^2`. "sgd": `m`. None: its own, and vectors follow AdaGrad.
        graft_b2: Decay of `nu` for "adam", in [0, 1), or a schedule.
        graft_eps: Added to the root of `nu`, >= 0, or a schedule.
        every: The steps from one computation of the roots to the next, a whole number >= 1. It is static: lanes of one
            program then compute in one branch, and the other steps compute no root.
        stagger: Compute the roots of different leaves in different steps, so that no step pays for all. The first step
            computes all.
        block_size: Longer axes are cut into equal blocks, none longer than this, a whole number >= 1. Each block is a
            matrix of its own; grafting takes the length of the whole one.
        more_axes: How to read leaves with more than two axes. "stack": the last two axes are a matrix for each index of
            the others, as in layers stacked for a scan. "flatten": the leaf is one matrix, and all axes but that of the
            output are its input, as in convolutions (height, width, in, out). "tensor": each of k axes has a root.
        layout: Where "flatten" finds the output. "in_out": the last axis. "out_in": the first one.
        graft_mask: Which leaves follow the grafted optimizer alone: patterns, a tree of bools, or the beginning of one,
            or a function of the parameters that gives it. Leaves with less than two axes always do. None: only these.
        weight_decay: Strength, >= 0, a schedule, or `decay(...)` with a mask or another `goes_with`. None: no decay.

    Returns:
        An optimizer. State: `count`, `learning_rate`, `rate`, `mu`, `nu` (None where no squares are needed), and
        `factors` and `roots`, each a tuple of trees, one for each axis, None where a leaf has none. Memory, float32:
        2 x params, and `2 (n^2 + m^2)` more for a matrix (n, m), or for each block: 4 x params if these are square. On
        a mesh, factors and roots are cut along the stack, and along their first axis as the parameter is. Where a leaf
        is cut into blocks, these lie whole on each device but for the stack.

    Raises:
        ValueError: An argument is outside its range, or `update` is called without the `params` that decay needs.

    Roots are computed by a coupled Newton iteration in float32, in float64 for such parameters. If `x` of the iteration
    stays further than 0.1 from 1 in any entry, or a factor is not finite, the leaf keeps its last root, at first 1. The
    paper adds a fixed `eps` to the first factors instead. Google's code has Nesterov's momentum of the grafted
    direction, starts after 5 steps, and merges short axes. `pytorch_optimizer.Shampoo` is, of a matrix, `graft=None,
    b1=0, b2=1, every=1`, but has the fixed `eps`. There a vector has a full matrix, and momentum mixes the gradient
    with the last direction. Slopes of a run, by `jax.grad`, go through the roots. Where the count differs from lane to
    lane of a `vmap`, all lanes pay for the branch in every step.

    Example:
        >>> import jax.numpy as jnp
        >>> tx = shampoo(0.1, graft=None, b1=0.0)
        >>> updates, state = tx.update(jnp.array([[3.0, 0.0], [0.0, -2.0]]), tx.init(jnp.zeros((2, 2))))
        >>> jnp.diag(updates).round(3)
        Array([-0.1,  0.1], dtype=float32)
    """
    form = Form(more_axes, layout)

    def init(params: optax.Params) -> dict:
        mu = zeros(params)
        leaves, spared = jax.tree.leaves(mu), without("graft_mask", graft_mask, params)
        factors = [
            () if one else first_factors(form, leaf, block_size) for leaf, one in zip(leaves, spared, strict=True)
        ]
        roots = [tuple(f + jnp.eye(f.shape[-1], dtype=f.dtype) for f in row) for row in factors]
        squares = [has_squares(graft, bool(row)) for row in factors]
        nu = [v if one else None for v, one in zip(jax.tree.leaves(full(params, real(0))), squares, strict=True)]
        trees = (in_trees(rows, mu, form.width(leaves)) for rows in (factors, roots))
        nu = unboxed(jax.tree.unflatten(jax.tree.structure(mu), nu))
        return {"mu": mu, "nu": nu, **dict(zip(("factors", "roots"), trees, strict=True))}

    def apply(grads: optax.Updates, state: ShampooState, params: optax.Params | None) -> tuple:
        numbers = [value_at(number, state.count) for number in (b1, b2, eps, graft_b2, graft_eps)]
        now = now_at(optax.safe_increment(state.count), *numbers)
        leaves, place = leaves_of(jax.tree.map(wide, grads), state, form), 0
        for at, leaf in enumerate(leaves):
            due = (state.count == 0) | ((state.count - place % every) % every == 0)
            leaves[at] = moved(leaf, due, now, form, graft, block_size)
            place += stagger and bool(leaf.roots)
        towards, mu, nu, *sides = ([leaf[part] for leaf in leaves] for part in range(5))
        towards, mu, nu = (jax.tree.unflatten(jax.tree.structure(grads), part) for part in (towards, mu, nu))
        factors, roots = (in_trees(rows, grads, len(state.factors)) for rows in sides)  # type: ignore[arg-type]
        return towards, state._replace(mu=mu, nu=unboxed(nu), factors=factors, roots=roots)

    return descent(Direction(ShampooState, init, apply), learning_rate, weight_decay=weight_decay)
