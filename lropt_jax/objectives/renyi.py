"""Tighter bounds on the evidence, of several weighted samples: importance-weighted and Renyi's."""

from collections.abc import Callable
from typing import Any, Literal

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from lropt_jax._core.checking import checked
from lropt_jax._core.kinds import BelowOne, Size
from lropt_jax._core.numbers import real
from lropt_jax.objectives.estimators import (
    Distribution,
    by_score,
    doubly_reparameterized,
    draw,
    log_prob,
    log_weights,
    scalar,
)
from lropt_jax.objectives.product import joined

Estimator = Literal["reparameterized", "doubly_reparameterized", "score_function", "leave_one_out"]


@checked
def iwae(
    log_joint: Callable[[Any], jax.Array],
    q: Distribution,
    key: jax.Array,
    *,
    samples: Size,
    estimator: Estimator = "reparameterized",
) -> jax.Array:
    """The importance-weighted bound on the log evidence of one example.

    `log((w_1 + ... + w_K) / K)`, `w_i = p(x, z_i) / q(z_i)`, `z_i ~ q` (Burda et al. 2016, arXiv:1509.00519). For K = 1
    it is the ELBO; it rises with K, to the log evidence. With more samples, noise covers the reparameterised gradient
    by `q` (Rainforth et al. 2018, arXiv:1802.04537), but not the doubly reparameterised one.

    Args:
        log_joint: `log p(x, z)` as a function of `z`, to ().
        q: The posterior.
        key: Of the noise.
        samples: `K`, a whole number >= 1.
        estimator: As in `renyi`.

    Returns:
        Shape (), in nats: below the log evidence on average.

    Raises:
        ValueError: As in `renyi`.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> from lropt_jax.objectives import MeanField
        >>> prior = MeanField.standard(2)
        >>> iwae(prior.log_prob, prior, jax.random.key(0), samples=8)
        Array(0., dtype=float32)
    """
    return _of_order(log_joint, q, key, 0.0, samples, estimator)


@checked
def renyi(
    log_joint: Callable[[Any], jax.Array],
    q: Distribution,
    key: jax.Array,
    *,
    order: BelowOne,
    samples: Size,
    estimator: Estimator = "reparameterized",
) -> jax.Array:
    """The variational Renyi bound on the log evidence of one example, between `elbo` and `iwae`.

    `log((w_1^(1-a) + ... + w_K^(1-a)) / K) / (1 - a)`, `w_i = p(x, z_i) / q(z_i)`, `z_i ~ q`, with `a` the order (Li
    and Turner 2016, arXiv:1602.02311). It falls with the order, from `iwae` at 0 to the ELBO near 1.

    Args:
        log_joint: `log p(x, z)` as a function of `z`, to ().
        q: The posterior.
        key: Of the noise.
        order: `a`, in [0, 1).
        samples: `K`, a whole number >= 1.
        estimator: Of the gradient. `"reparameterized"`; `"doubly_reparameterized"` (Tucker et al. 2018,
            arXiv:1810.04152; Daudel et al. 2022, arXiv:2210.06226), which has no noise at the true posterior and
            evaluates the model once more; for families that cannot be reparameterised, `"score_function"`, or with
            less noise `"leave_one_out"` (VIMCO, Mnih and Rezende 2016, arXiv:1602.06725), which needs 2 samples.

    Returns:
        Shape (), in nats. Gradients go to `q` and to the arrays that `log_joint` closes over. They are unbiased for the
        bound of K samples.

    Raises:
        ValueError: The estimator is unknown or `q` does not support it, the samples are too few, or the order is
            outside [0, 1).

    Example:
        >>> import jax, jax.numpy as jnp
        >>> from lropt_jax.objectives import MeanField
        >>> prior = MeanField.standard(2)
        >>> renyi(prior.log_prob, prior, jax.random.key(0), order=0.5, samples=8)
        Array(0., dtype=float32)
    """
    return _of_order(log_joint, q, key, order, samples, estimator)


def _of_order(
    log_joint: Callable[[Any], jax.Array],
    q: Distribution,
    key: jax.Array,
    order: ArrayLike,
    samples: int,
    estimator: str,
) -> jax.Array:
    q = joined("q", q)
    z = draw(q, key, samples, estimator)
    log_joint = scalar(log_joint=log_joint)

    def log_weight(q: Distribution, z: Any) -> jax.Array:
        return log_joint(z) - log_prob(q, z)

    def bound(log_w: jax.Array) -> jax.Array:
        power = (1 - real(order)).astype(log_w.dtype)
        return (jax.nn.logsumexp(power * log_w) - jnp.log(float(len(log_w)))) / power

    if estimator == "reparameterized":
        return bound(log_weights(log_weight, q, z))
    if estimator == "doubly_reparameterized":
        return doubly_reparameterized(bound, log_weight, q, z, order)
    return by_score(bound, log_weight, q, z, baseline=estimator == "leave_one_out")
