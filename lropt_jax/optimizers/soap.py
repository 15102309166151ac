"""SOAP: Adam in the eigenbases of both sides of a matrix of gradients."""

from typing import Literal, NamedTuple

import chex
import jax
import jax.numpy as jnp
import optax

from lropt_jax._core.accumulators import full, wide, zeros
from lropt_jax._core.kinds import Average, Epsilon, LearningRate, Mask, Size, WeightDecay
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import real, value_at
from lropt_jax._core.slots import Others
from lropt_jax.optimizers._axes import Form, in_trees, without
from lropt_jax.optimizers._soap_leaf import first_factors, leaves_of, now_at, of_matrix, of_vector, turn
from lropt_jax.optimizers.descent import Direction, descent


class SoapState(NamedTuple):
    """State of `soap`. `factors` and `bases` hold a tree for each axis of a matrix, the first axis first.

    In a leaf that has bases, `mu` and `nu` are in their coordinates.
    """

    count: jax.Array  # type: ignore[assignment]
    learning_rate: jax.Array
    rate: chex.ArrayTree
    mu: Others
    nu: Others
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

    Choose it for transformers with large batches, where a step costs much more than an update, on an accelerator. There
    the authors report 40% fewer steps than with AdamW. A later comparison found gains of the fastest optimizers, SOAP
    among them, of 1.4 times at 0.1 billion parameters and 1.1 at 1.2 billion (Wen et al. 2025, arXiv:2509.02046). On a
    CPU the decompositions of long axes cost much more than all of Adam: lower `max_dim`, or raise `every`. On small
    classifiers it lost to AdamW, and on a transformer and a VAE it won (`benchmarks/race.py`).

    Args:
        learning_rate: A number >= 0, a schedule or a `Rate`. The authors take 3e-3.
        b1: Decay of `mu`, in [0, 1), or a schedule.
        b2: Decay of `nu`, in [0, 1), or a schedule.
        factor_b2: Decay of the factors, in [0, 1), or a schedule. None: `b2`.
        eps: Added to the root, >= 0, or a schedule. It also holds what is rounding errors alone, about 1e-7 of the
            gradient: without it Adam makes whole steps of these too.
        every: The steps from one turn of the bases to the next, a whole number >= 1. It is static: lanes of one program
            then turn in one branch, and the other steps do no decomposition.
        stagger: Turn the bases of different leaves in different steps, so that no step pays for all. The authors turn
            all in one step. Only the first step is long in both: it finds all bases.
        skip_first: The first gradient only finds the bases, and moves nothing but what decays, as by the authors.
            False: the first update is Adam's, and the moments then go over into the bases.
        max_dim: Longer axes keep their own coordinates, so the matrix has one basis or none, a whole number >= 1.
        more_axes: How to read leaves with more than two axes. "stack": the last two axes are a matrix for each index of
            the others, as in layers stacked for a scan. "flatten": the leaf is one matrix, and all axes but that of the
            output are its input, as in convolutions (height, width, in, out). "tensor": each axis has a basis, as in
            the authors' code without `merge_dims`.
        layout: Where "flatten" finds the output. "in_out": the last axis. "out_in": the first one.
        adam_mask: Which leaves are Adam's: patterns, a tree of bools, or the beginning of one, or a function of the
            parameters that gives it. Leaves with less than two axes always are. None: only these.
        weight_decay: Strength, >= 0, a schedule, or `decay(...)` with a mask or another `goes_with`. None: no decay.

    Returns:
        An optimizer. State: `count`, `learning_rate`, `rate`, `mu`, `nu`, and `factors` and `bases`, each a tuple of
        trees, one for each axis, None where a leaf has none. Memory, float32: 2 x params, and for a matrix (n, m)
        `2 (n^2 + m^2)` more: 6 x params if it is square. On a mesh, factors and bases are cut along the stack and
        along their first axis, as the parameter is. An update takes 3 products of a matrix with either
        side, `3 n m (n + m)` multiplications; a turn of its bases a product and a QR decomposition of each.

    Raises:
        ValueError: An argument is outside its range, or `update` is called without the `params` that decay needs.

    The numbers are those of the authors' code (github.com/nikhilvyas/SOAP) with `stagger=False, more_axes="tensor"`. It
    decays the parameters after the step, and not in the first one; here decay is of the parameters before it. The code
    has `precondition_1d` and `normalize_grads` too. `pytorch_optimizer.SOAP` does the same, with QR in float32. Complex
    leaves have unitary bases. Where count and state differ from lane to lane of a `vmap`, all lanes pay for the branch
    in every step. Slopes of a run, by `jax.grad`, take the bases as given.

    Example:
        >>> import jax.numpy as jnp
        >>> tx, params = soap(0.1, eps=1e-3), jnp.zeros((2, 2))
        >>> grads = jnp.array([[3.0, 1.0], [1.0, 3.0]])  # eigenvectors (1, 1) and (1, -1)
        >>> updates, state = tx.update(grads, tx.init(params))
        >>> updates, state = tx.update(grads, state)
        >>> jnp.abs(updates).round(3), jnp.abs(state.bases[0][0]).round(3)
        (Array([[0.1, 0. ],
               [0. , 0.1]], dtype=float32), Array([0.707, 0.707], dtype=float32))
    """
    form, factor_decay = Form(more_axes, layout), b2 if factor_b2 is None else factor_b2

    def init(params: optax.Params) -> dict:
        mu = zeros(params)
        leaves, adams = jax.tree.leaves(mu), without("adam_mask", adam_mask, params)
        factors = [() if adam else first_factors(form, leaf, max_dim) for leaf, adam in zip(leaves, adams, strict=True)]
        bases = [tuple(None if f is None else f + jnp.eye(f.shape[-1], dtype=f.dtype) for f in row) for row in factors]
        trees = {"factors": factors, "bases": bases}
        return {
            "mu": mu,
            "nu": full(params, real(0)),
            **{name: in_trees(rows, mu, form.width(leaves)) for name, rows in trees.items()},
        }

    def apply(grads: optax.Updates, state: SoapState, params: optax.Params | None) -> tuple:
        now = now_at(
            state.count, skip_first, *(value_at(number, state.count) for number in (b1, b2, factor_decay, eps))
        )
        leaves, place = leaves_of(jax.tree.map(wide, grads), state, form), 0
        for at, leaf in enumerate(leaves):
            if leaf.bases:
                leaves[at] = of_matrix(leaf, turn(state.count, place % every, every), now, form)
                place += stagger
            else:
                leaves[at] = of_vector(leaf, now)
        towards, mu, nu, *sides = ([leaf[part] for leaf in leaves] for part in range(5))
        towards, mu, nu = (jax.tree.unflatten(jax.tree.structure(grads), part) for part in (towards, mu, nu))
        factors, bases = (in_trees(rows, grads, len(state.factors)) for rows in sides)  # type: ignore[arg-type]
        return towards, state._replace(mu=mu, nu=nu, factors=factors, bases=bases)

    return descent(Direction(SoapState, init, apply), learning_rate, weight_decay=weight_decay)
