"""Estimators of a bound on the evidence: the same value, and gradients of different noise."""

from collections.abc import Callable
from typing import Any, Protocol

import chex
import jax
import jax.numpy as jnp
from jax.lax import stop_gradient
from jax.typing import ArrayLike

_BY_SCORE = ("score_function", "leave_one_out")
_FREEZES = ("sticking_the_landing", "doubly_reparameterized", *_BY_SCORE)


class Distribution(Protocol):
    """What a bound asks of a posterior or a prior; the distributions of NumPyro have it.

    `has_rsample`, where there is one, says whether samples move with the parameters; without it, all but whole numbers
    do. Shapes in `log_prob` other than () are independent parts.
    """

    def sample(self, key: jax.Array, sample_shape: tuple[int, ...] = (), /) -> Any:
        """Samples, stacked along the axes of `sample_shape`."""

    def log_prob(self, z: Any, /) -> jax.Array:
        """Log-density of one sample."""

    def entropy(self) -> jax.Array:
        """In nats; asked for by the estimator `"analytic_entropy"` alone."""


Bound = Callable[[jax.Array], jax.Array]
LogWeight = Callable[[Any, Any], jax.Array]


def draw(owner: str, q: Distribution, key: jax.Array, samples: int, estimator: str) -> chex.ArrayTree:
    """`samples` samples, after all checks that an estimator needs.

    Args:
        owner: Who is named in errors.
        q: The posterior.
        key: Of the noise.
        samples: How many, >= 1; for `"leave_one_out"` >= 2.
        estimator: Its name.

    Returns:
        Shape (samples, ...).

    Raises:
        ValueError: Too few samples, or samples that do not move with `q` where the estimator needs it.
        TypeError: `q` is no pytree where the estimator makes a constant of it.
    """
    least = 2 if estimator == "leave_one_out" else 1
    if isinstance(samples, bool) or not isinstance(samples, int) or samples < least:
        needed = f" for the estimator {estimator}" if least > 1 else ""
        raise ValueError(f"{owner}: samples must be a whole number >= {least}{needed}, got {samples!r}.")
    if estimator in _FREEZES and jax.tree_util.all_leaves([q]):
        raise TypeError(f"{owner}: q must be a pytree for the estimator {estimator}, got {type(q).__name__}.")
    z = q.sample(key, (samples,))
    if estimator not in _BY_SCORE and not _moves(q, z):
        raise ValueError(
            f"{owner}: estimator must be one of {', '.join(_BY_SCORE)} for {type(q).__name__}, whose samples do not "
            f"move with its parameters, got {estimator!r}."
        )
    return z


def scalar(owner: str, **functions: Callable[[Any], jax.Array]) -> Callable[[Any], jax.Array]:
    """The one function that is given, by its name in errors, refused where it returns no scalar."""
    ((name, function),) = functions.items()

    def checked(z: Any) -> jax.Array:
        value = function(z)
        if jnp.shape(value) != ():
            raise ValueError(f"{owner}: {name} must return a scalar, got shape {jnp.shape(value)}.")
        return value

    return checked


def log_weights(log_weight: LogWeight, q: Distribution, z: chex.ArrayTree) -> jax.Array:
    """`log_weight(q, z_i)` of every sample, shape (K,)."""
    return jax.vmap(lambda one: log_weight(q, one))(z)


def doubly_reparameterized(
    bound: Bound, log_weight: LogWeight, q: Distribution, z: chex.ArrayTree, order: ArrayLike
) -> jax.Array:
    """A bound of log-weights `l`, whose gradient by the posterior goes through the samples alone.

    With the shares `s_i = d bound / d l_i`, a gradient by the model is `sum s_i dl_i`, as ever, and one by the
    posterior `sum (order s_i + (1 - order) s_i^2) dl_i/dz_i dz_i` (Tucker et al. 2018, arXiv:1810.04152, for order 0;
    Daudel et al. 2022, arXiv:2210.06226, for [0, 1)). At the true posterior `dl_i/dz_i` is 0, and so is the noise.

    Args:
        bound: Of shape (K,) to (): the shares sum to 1.
        log_weight: `log_weight(q, z)` of one sample.
        q: The posterior, a pytree.
        z: Reparameterised samples, (K, ...).
        order: Of the Renyi divergence, in [0, 1).

    Returns:
        Shape ().
    """
    fixed = stop_gradient(q)
    shares = jax.grad(bound)(stop_gradient(log_weights(log_weight, fixed, z)))
    slowed = jax.vmap(_slowed)(z, order + (1 - order) * shares)
    return bound(log_weights(log_weight, fixed, slowed))


def by_score(bound: Bound, log_weight: LogWeight, q: Distribution, z: chex.ArrayTree, baseline: bool) -> jax.Array:
    """A bound of log-weights `l`, whose gradient by the posterior goes through `log q` alone.

    It is `sum (bound - b_i - s_i + 1/K) d log q(z_i)`, with the shares `s_i = d bound / d l_i` and `b_i` the bound with
    a stand-in for `l_i`: with a baseline the mean of the others, or else 0 (Williams 1992). For the mean of `l` as the
    bound, the baseline is that of Kool et al. 2019, "Buy 4 REINFORCE samples, get a baseline for free!"; for the mean
    of the weights that of VIMCO (Mnih and Rezende 2016, arXiv:1602.06725, with their geometric mean). `-s_i` is there
    because `l_i` holds `-log q`. `1/K` is ours: the score has mean zero, and with it and a baseline there is no noise
    at the true posterior.

    Args:
        bound: Of shape (K,) to (): the shares sum to 1.
        log_weight: `log_weight(q, z)` of one sample.
        q: The posterior, a pytree.
        z: Samples, (K, ...).
        baseline: Whether the other samples stand in for each.

    Returns:
        Shape ().
    """
    z = stop_gradient(z)
    log_w = log_weights(log_weight, stop_gradient(q), z)
    fixed, count = stop_gradient(log_w), len(log_w)
    stand_ins = (jnp.sum(fixed) - fixed) / (count - 1) if baseline else jnp.zeros_like(fixed)
    without = jax.vmap(lambda i, stand_in: bound(fixed.at[i].set(stand_in)))(jnp.arange(count), stand_ins)
    value, shares = jax.value_and_grad(bound)(fixed)
    score = (value - without - shares + 1 / count) @ log_weights(log_prob, q, z)
    return bound(log_w) + score - stop_gradient(score)


def log_prob(q: Distribution, z: Any) -> jax.Array:
    """Log-density of one sample, () also where `q` is a batch of independent parts."""
    return jnp.sum(q.log_prob(z))


def _moves(q: Distribution, z: chex.ArrayTree) -> bool:
    reals = all(jnp.issubdtype(leaf.dtype, jnp.inexact) for leaf in jax.tree.leaves(z))
    return bool(getattr(q, "has_rsample", reals))


def _slowed(z: chex.ArrayTree, factor: jax.Array) -> chex.ArrayTree:
    """`z` itself, whose gradient is multiplied by a factor."""
    return jax.tree.map(lambda leaf: stop_gradient(leaf) + factor * (leaf - stop_gradient(leaf)), z)
