"""Steps of a Gaussian posterior in its own units: its standard deviations, whatever those of the parameters are."""

from typing import Any

import jax
import jax.numpy as jnp

from lropt_jax.objectives import FullRank, LowRank, MeanField, Product
from lropt_jax.problems.variational.posterior import Posterior

_REACH = 3.0  # standard deviations that the mean moves in a step of 1; the scale changes e-fold


def still(q: Any) -> Any:
    """The step that changes nothing."""
    return jax.tree.map(jnp.zeros_like, q)


def moved(q: Any, step: Any) -> Any:
    """`q` after a step of its structure.

    With `C = A A^T` the mean moves by `3 A u`, and `A` becomes `A (exp(diag v) + L / sqrt(d))`: steps that do not
    depend on units or, for a full-rank `q`, on correlations (Lin, Nielsen, Khan and Schmidt 2021, arXiv:2102.07405, in
    local coordinates). Near the posterior such steps meet a bowl of curvature 1 in each direction. Entries of `L` in a
    row share one length. Families that are not ours move by the step itself.
    """
    match q:
        case Posterior():
            return Posterior(moved(q.family, step.family), q.shapes)
        case Product():
            parts = jax.tree.map(moved, q.parts, step.parts, is_leaf=lambda part: isinstance(part, Posterior))
            return Product(parts)
        case MeanField():
            return MeanField(q.mean + _REACH * q.std * step.mean, q.log_scale + step.log_scale)
        case LowRank():
            rank = max(q.loadings.shape[1], 1)
            loadings = q.loadings + q.std[:, None] * step.loadings / rank**0.5
            return LowRank(q.mean + _REACH * q.std * step.mean, q.log_scale + step.log_scale, loadings)
        case FullRank():
            factor = q.factor()
            turn = jnp.tril(step.lower, -1) / q.mean.size**0.5 + jnp.diag(jnp.exp(step.log_scale))
            new = factor @ turn
            scale = jnp.diag(new)
            mean = q.mean + _REACH * factor @ step.mean
            return FullRank(mean, q.log_scale + step.log_scale, jnp.tril(new / scale[:, None], -1))
    return jax.tree.map(jnp.add, q, step)
