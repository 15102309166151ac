"""Muon: momentum with all its singular values near 1; Adam for what is no matrix."""

import math
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import chex
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax.typing import ArrayLike

from lropt_jax._core.absent import aligned, unboxed
from lropt_jax._core.accumulators import average, debias, over_root, square, times, weight, wide, zeros
from lropt_jax._core.kinds import Average, Epsilon, LearningRate, Mask, Momentum, Strength, WeightDecay
from lropt_jax._core.layout import as_cut
from lropt_jax._core.lifting import lift
from lropt_jax._core.masks import chosen
from lropt_jax._core.numbers import value_at
from lropt_jax._core.refusal import Refused
from lropt_jax._core.slots import Moments, Squares
from lropt_jax.optimizers._axes import flat
from lropt_jax.optimizers._newton_schulz import QUINTIC, orthogonalized
from lropt_jax.optimizers.descent import Direction, descent


class MuonState(NamedTuple):
    """State of `muon`; a leaf of `nu` is None where `mu` is orthogonalised."""

    count: jax.Array  # type: ignore[assignment]
    learning_rate: jax.Array
    rate: chex.ArrayTree
    mu: Moments
    nu: Squares


@lift(exponent=-1.0)
def muon(
    learning_rate: LearningRate,
    *,
    momentum: Momentum = 0.95,
    nesterov: bool = True,
    bias_correction: bool = False,
    scale: Literal["rms", "spectral", "none"] = "rms",
    layout: Literal["in_out", "out_in"] = "in_out",
    more_axes: Literal["stack", "flatten"] | None = None,
    eps: Epsilon = 1e-7,
    ns_coefficients: Sequence[Sequence[ArrayLike]] | None = None,
    ns_dtype: Literal["bfloat16", "float32"] | None = None,
    adam_mask: Mask | None = None,
    adam_multiple: Strength = 1.0,
    adam_b1: Average = 0.9,
    adam_b2: Average = 0.95,
    adam_eps: Epsilon = 1e-8,
    weight_decay: WeightDecay | None = None,
) -> optax.GradientTransformationExtraArgs:
    """Muon: each matrix moves as far in every one of its singular directions; everything else follows Adam.

    `mu <- momentum * mu + (1 - momentum) * g`, and with Nesterov's momentum `m = momentum * mu + (1 - momentum) * g`,
    else `m = mu`. It starts at `x = m / (|m| + eps)`, and does `x <- a x + b (x x') x + c (x x')^2 x` for each
    `(a, b, c)` of `ns_coefficients`. This brings all singular values above 1/600 of the norm between 0.68 and 1.2. The
    direction is `scale * x` (Jordan et al. 2024, kellerjordan.github.io/posts/muon; Liu et al. 2025, arXiv:2502.16982).

    Choose it for the hidden matrices of networks, and leave embeddings, heads, norms and biases to Adam. Embeddings and
    heads have two axes too, and so have the biases of layers that are stacked for a scan: name them in `adam_mask`. Say
    `more_axes="stack"` for stacked layers, and `more_axes="flatten"` for convolutions.

    Args:
        learning_rate: A number >= 0, a schedule or a `Rate`.
        momentum: Decay of `mu` for matrices, in [0, 1), or a schedule.
        nesterov: Look ahead along the momentum.
        bias_correction: Correct `mu` and `g` for the start as Optax does, `mu / (1 - momentum^(t + 1))` and
            `g / (1 - momentum^t)`. Without `nesterov` this only changes how `eps` compares with the norm.
        scale: "rms": `0.2 sqrt(max(in, out))`, so entries are as large as Adam's usually are, and Adam's rates and
            decay are right (Liu et al.). "spectral": `sqrt(max(1, out / in))`, for rates near 0.02 (Jordan). "none": 1.
        layout: "in_out": kernels (in, out) as in Flax and Haiku. "out_in": (out, in) as in PyTorch and Equinox.
        more_axes: How to read leaves with more than two axes. "stack": the last two axes are a matrix for each index of
            the others, as in layers stacked for a scan. "flatten": the leaf is one matrix, and all axes but that of the
            output are its input, as in convolutions (height, width, in, out). None: they are Adam's; where `adam_mask`
            leaves one to Muon, it is a "stack".
        eps: Added to the norm, >= 0, or a schedule.
        ns_coefficients: A triple for each iteration. None: (3.4445, -4.7750, 2.0315) five times, as Jordan.
        ns_dtype: The dtype of the iterations: "bfloat16" as in PyTorch and by Jordan, faster on accelerators, or
            "float32". None: float32, or that of the parameters if it is wider.
        adam_mask: Which leaves are Adam's: patterns, a tree of bools, or the beginning of one, or a function of the
            parameters that gives it. Leaves with less than two axes always are. None: these alone, and without
            `more_axes` also those with more than two.
        adam_multiple: A factor of Adam's direction, >= 0, or a schedule: Adam's rate in learning rates.
        adam_b1: Decay of Adam's `mu`, in [0, 1), or a schedule.
        adam_b2: Decay of `nu`, in [0, 1), or a schedule.
        adam_eps: Added to Adam's root, >= 0, or a schedule.
        weight_decay: Strength, >= 0, a schedule, or `decay(...)` with a mask or another `goes_with`. None: no decay.
            `adam_multiple` does not multiply it.

    Returns:
        An optimizer. State: `count`, `learning_rate`, `rate`, `mu`, `nu` (None for matrices). Memory, float32: 1 x
        params for matrices, 2 x params for the others.

    Raises:
        ValueError: An argument is outside its range, or `update` is called without the `params` that decay needs.

    PyTorch's `Muon` is `scale="spectral", layout="out_in", ns_dtype="bfloat16", weight_decay=0.1`; its
    `match_rms_adamw` is "rms". Jordan's program is the same without decay, with a rate of 0.02, `adam_multiple=0.015`
    and `adam_eps=1e-10`. `optax.contrib.muon` is `scale="spectral", bias_correction=True`; its `consistent_rms=0.2` is
    "rms". It has NAdam for the other leaves.

    Example:
        >>> import jax.numpy as jnp
        >>> tx, params = muon(0.1, scale="none"), {"kernel": jnp.eye(2), "bias": jnp.zeros(2)}
        >>> grads = {"kernel": jnp.array([[3.0, 0.0], [0.0, -2.0]]), "bias": jnp.array([1e-3, -2.0])}
        >>> updates, state = tx.update(grads, tx.init(params))
        >>> jnp.diag(updates["kernel"]).round(2), updates["bias"].round(3)
        (Array([-0.11,  0.07], dtype=float32), Array([-0.1,  0.1], dtype=float32))
    """
    triples = QUINTIC if ns_coefficients is None else ns_coefficients

    def init(params: optax.Params) -> dict:
        adams = _adams(params, adam_mask, more_axes)
        return {"mu": zeros(params), "nu": jax.tree.map(lambda v, a: square(v) if a else None, zeros(params), adams)}

    def apply(grads: optax.Updates, state: MuonState, params: optax.Params | None) -> tuple:
        keep, b1, b2 = (value_at(number, state.count) for number in (momentum, adam_b1, adam_b2))
        made = optax.safe_increment(state.count)
        first, second = weight(b1, made), weight(b2, made)

        def orthogonal(m: jax.Array, g: jax.Array) -> jax.Array:
            if bias_correction:
                ahead = optax.safe_increment(made) if nesterov else made
                m, g = debias(m, weight(keep, ahead)), debias(g, weight(keep, made))
            m = average(m, g, keep) if nesterov else m
            matrix = flat(m, layout) if more_axes == "flatten" else m
            x = orthogonalized(matrix, triples, value_at(eps, state.count).astype(square(m).dtype), ns_dtype)
            return _factor(scale, layout, *matrix.shape[-2:]) * as_cut(x.reshape(m.shape), m)

        def adam(m: jax.Array, v: jax.Array) -> jax.Array:
            corrected = over_root(debias(m, first), debias(v, second), value_at(adam_eps, state.count))
            return times(value_at(adam_multiple, state.count), corrected)

        grads = jax.tree.map(wide, grads)
        before = aligned(state.nu, grads)
        mu = jax.tree.map(lambda g, m, v: average(m, g, keep if v is None else b1), grads, state.mu, before)
        nu = jax.tree.map(lambda g, v: None if v is None else average(v, square(g), b2), grads, before)
        towards = jax.tree.map(lambda g, m, v: orthogonal(m, g) if v is None else adam(m, v), grads, mu, nu)
        return towards, state._replace(mu=mu, nu=unboxed(nu))

    direction = Direction(MuonState, init, apply)
    return descent(direction, learning_rate, weight_decay=weight_decay)


@muon.requires
def _(ns_coefficients: Sequence[Sequence[ArrayLike]] | None) -> None:
    if any(sum(map(np.size, jax.tree.leaves(triple))) != 3 for triple in ns_coefficients or ()):
        raise Refused(f"ns_coefficients must be triples, one for each iteration, got {ns_coefficients}.")


def _adams(params: optax.Params, mask: Any, more_axes: str | None) -> Any:
    """Which leaves are Adam's."""
    if mask is None:
        return jax.tree.map(lambda p: jnp.ndim(p) < 2 or (jnp.ndim(p) > 2 and more_axes is None), params)
    return jax.tree.map(lambda c, p: c or jnp.ndim(p) < 2, chosen("adam_mask", mask, params), params)


def _factor(scale: str, layout: str, rows: int, cols: int) -> float:
    """The factor of an orthogonal matrix."""
    ins, outs = (rows, cols) if layout == "in_out" else (cols, rows)
    return {"rms": 0.2 * math.sqrt(max(ins, outs)), "spectral": math.sqrt(max(1, outs / max(ins, 1))), "none": 1.0}[
        scale
    ]
