"""Estimators of a bound on the evidence: equal values, and gradients with different noise."""

from collections.abc import Callable
from typing import Any, Protocol

import chex
import jax
import jax.numpy as jnp
from jax.lax import stop_gradient
from jax.typing import ArrayLike

from lropt_jax._core.limits import cut
from lropt_jax._core.numbers import is_number
from lropt_jax._core.refusal import Refused, WrongType
from lropt_jax.objectives.product import Product, is_distribution, parts_of

_BY_SCORE = ("score_function", "leave_one_out")
_FREEZES = ("sticking_the_landing", "doubly_reparameterized", *_BY_SCORE)


class Distribution(Protocol):
    """What a bound needs from a posterior or a prior; the distributions of NumPyro have it.

    `has_rsample` says whether samples move with the parameters. Without that attribute, all samples do except whole
    numbers. If `log_prob` has another shape than (), its entries are independent parts.
    """

    def sample(self, key: jax.Array, sample_shape: tuple[int, ...] = (), /) -> Any:
        """Samples, stacked along the axes of `sample_shape`."""

    def log_prob(self, z: Any, /) -> jax.Array:
        """Log-density of one sample."""

    def entropy(self) -> jax.Array:
        """In nats; only the estimator `"analytic_entropy"` needs it."""


Bound = Callable[[jax.Array], jax.Array]
LogWeight = Callable[[Any, Any], jax.Array]


def draw(q: Distribution, key: jax.Array, samples: int, estimator: str) -> chex.ArrayTree:
    """`samples` samples, after all checks that an estimator needs.

    Args:
        q: The posterior.
        key: Of the noise.
        samples: How many, a whole number >= 1; `"leave_one_out"` needs 2.
        estimator: Its name.

    Returns:
        Shape (samples, ...).

    Raises:
        ValueError: The samples are too few, or they do not move with `q` and the estimator needs it.
        TypeError: `q` is no pytree, and the estimator makes a constant of it.
    """
    check_distribution("q", q)
    if estimator == "leave_one_out" and samples < 2:
        raise Refused(f"samples must be a whole number >= 2 for the estimator leave_one_out, got {samples!r}.")
    for part in parts_of(q):
        if estimator in _FREEZES and jax.tree_util.all_leaves([part]):
            raise WrongType(f"q must be a pytree for the estimator {estimator}, got {type(part).__name__}.")
    z = q.sample(key, (samples,))
    if estimator not in _BY_SCORE and not _moves(q, z):
        raise Refused(
            f"estimator must be one of {', '.join(_BY_SCORE)} for {_still(q, z)}, whose samples do not "
            f"move with its parameters, got {estimator!r}."
        )
    return z


def check_distribution(name: str, given: Any) -> None:
    """Refuse what has no `sample` and no `log_prob`."""
    if not is_distribution(given):
        like = "a distribution, with sample and log_prob, such as MeanField(mean, log_scale)"
        raise WrongType(f"{name} must be {like}, got {cut(repr(given))}.")


def scalar(**functions: Callable[[Any], jax.Array]) -> Callable[[Any], jax.Array]:
    """The one function that is given, under its name in errors; it is refused if it returns no scalar."""
    ((name, function),) = functions.items()

    def checked(z: Any) -> jax.Array:
        value = function(z)
        if not is_number(value):
            raise WrongType(f"{name} must return a scalar, got {cut(repr(value))}.")
        if jnp.shape(value) != ():
            raise Refused(f"{name} must return a scalar, got shape {jnp.shape(value)}.")
        return value

    return checked


def log_weights(log_weight: LogWeight, q: Distribution, z: chex.ArrayTree) -> jax.Array:
    """`log_weight(q, z_i)` of every sample, shape (K,)."""
    return jax.vmap(lambda one: log_weight(q, one))(z)


def doubly_reparameterized(
    bound: Bound, log_weight: LogWeight, q: Distribution, z: chex.ArrayTree, order: ArrayLike
) -> jax.Array:
    """A bound of log-weights `l`, whose gradient by the posterior goes through the samples alone.

    With the shares `s_i = d bound / d l_i`, the gradient by the model is `sum s_i dl_i`, as usual, and the one by the
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

    It is `sum (bound - b_i - s_i + 1/K) d log q(z_i)`, with the shares `s_i = d bound / d l_i`. `b_i` is the bound with
    `l_i` replaced: with a baseline by the mean of the others, otherwise by 0 (Williams 1992). If the bound is the mean
    of `l`, the baseline is that of Kool et al. 2019, "Buy 4 REINFORCE samples, get a baseline for free!". If it is the
    mean of the weights, it is that of VIMCO (Mnih and Rezende 2016, arXiv:1602.06725, with their geometric mean).
    `-s_i` is there because `l_i` contains `-log q`. `1/K` is ours. It changes no mean, because the score has mean zero,
    and together with a baseline it leaves no noise at the true posterior.

    Args:
        bound: Of shape (K,) to (): the shares sum to 1.
        log_weight: `log_weight(q, z)` of one sample.
        q: The posterior, a pytree.
        z: Samples, (K, ...).
        baseline: Whether the mean of the other samples replaces each.

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
    """Log-density of one sample; also () for a `q` that is a batch of independent parts."""
    return jnp.sum(q.log_prob(z))


def _moves(q: Distribution, z: chex.ArrayTree) -> bool:
    if isinstance(q, Product):
        return all(_moves(part, one) for part, one in q.beside(z))
    reals = all(jnp.issubdtype(leaf.dtype, jnp.inexact) for leaf in jax.tree.leaves(z))
    return bool(getattr(q, "has_rsample", reals))


def _still(q: Any, z: chex.ArrayTree) -> str:
    """The name of the family whose samples do not move."""
    parts = q.beside(z) if isinstance(q, Product) else [(q, z)]
    return next(type(part).__name__ for part, one in parts if not _moves(part, one))


def _slowed(z: chex.ArrayTree, factor: jax.Array) -> chex.ArrayTree:
    """`z` itself, with its gradient multiplied by a factor."""
    return jax.tree.map(lambda leaf: stop_gradient(leaf) + factor * (leaf - stop_gradient(leaf)), z)
