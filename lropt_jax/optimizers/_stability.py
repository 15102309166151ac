"""How much `rate * curvature` an optimizer bears: the limit of each form of momentum on a quadratic.

Steps `x <- x - rate * direction` along an eigenvector of the Hessian with eigenvalue `L` are a linear recursion. Below
the limit both of its roots lie within the unit circle. With a diagonal scale `D`, `L` is an eigenvalue of `D H`.
"""

from typing import Any

import jax
import jax.numpy as jnp
import optax

from lropt_jax._core.accumulators import debias, root, weight
from lropt_jax._core.numbers import real


def last(count: jax.Array) -> jax.Array:
    """How many updates were made before the last one: hyper-parameters had their values of that step."""
    return jnp.maximum(count, 1) - 1


def plain() -> jax.Array:
    """`rate * L < 2`: without momentum."""
    return real(2)


def summed(keep: jax.Array, fresh: jax.Array, nesterov: bool) -> jax.Array:
    """With `m <- keep * m + fresh * g`: `2 (1 + keep)`, with Nesterov's `2 (1 + keep) / (1 + 2 keep)`, over `fresh`.

    See Cohen et al. (2021, arXiv:2103.00065, appendix B).
    """
    limit = 2 * (1 + keep) / (1 + 2 * keep if nesterov else 1)
    return jnp.where(fresh > 0, limit / jnp.where(fresh > 0, fresh, 1), jnp.inf)


def mixed(keep: jax.Array, fresh: jax.Array, share: jax.Array) -> jax.Array:
    """With the direction `share * m + (1 - share) * g`: `2 (1 + keep) / (share fresh + (1 - share) (1 + keep))`.

    Where -1 becomes a root of `z^2 - (1 + keep - c (share fresh + 1 - share)) z + keep - c keep (1 - share)`, with
    `c = rate * L`: the other root is then within the unit circle.
    """
    growth = share * fresh + (1 - share) * (1 + keep)
    return jnp.where(growth > 0, 2 * (1 + keep) / jnp.where(growth > 0, growth, 1), jnp.inf)


def averaged(keep: jax.Array, count: jax.Array) -> jax.Array:
    """With Adam's `m`, over its weight: `(2 + 2 keep) / (1 - keep)`, 38 for 0.9, times the weight `1 - keep^t`.

    See Cohen et al. (2022, arXiv:2207.14484, equation 2 and appendix), who count the weight to the preconditioner.
    Before the first update it counts as 1, as late in a run.
    """
    gathered = jnp.where(count > 0, weight(keep, jnp.maximum(count, 1)), 1)
    return (2 + 2 * keep) / (1 - keep) * gathered


def over_second(state: Any, now: Any, eps_in_sqrt: bool = False) -> optax.Updates:
    """`1 / (sqrt(nu / weight') + eps)`: what Adam multiplies `mu / weight` by."""
    _, second = now.weights
    return jax.tree.map(lambda v: 1 / root(debias(v, second), now.eps, eps_in_sqrt), state.nu)
