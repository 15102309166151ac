"""The evidence lower bound."""

from collections.abc import Callable
from typing import Any, Literal

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from lropt_jax._core.checking import checked
from lropt_jax._core.kinds import NonNegative, Size, Strength
from lropt_jax._core.numbers import value_at
from lropt_jax._core.refusal import Refused
from lropt_jax.objectives._counted_twice import warn_of_double_prior
from lropt_jax.objectives.estimators import (
    Distribution,
    by_score,
    check_distribution,
    draw,
    log_prob,
    log_weights,
    scalar,
)
from lropt_jax.objectives.kl import kl
from lropt_jax.objectives.product import joined

Estimator = Literal[
    "reparameterized",
    "analytic_kl",
    "analytic_entropy",
    "sticking_the_landing",
    "score_function",
    "leave_one_out",
]


@checked
def elbo(
    log_p: Callable[[Any], jax.Array],
    q: Distribution,
    key: jax.Array,
    *,
    prior: Distribution | None = None,
    samples: Size = 1,
    estimator: Estimator = "reparameterized",
    kl_weight: Strength = 1.0,
    step: ArrayLike = 0,
    free_nats: NonNegative | None = None,
    axis_name: str | None = None,
) -> jax.Array:
    """The evidence lower bound of one example, estimated from samples of its posterior.

    `ELBO = E_q[log p(x, z) - log q(z)] = E_q[log p(x|z)] - KL(q || p(z)) <= log p(x)` (Kingma and Welling 2014,
    arXiv:1312.6114, equations 2 and 3), with equality where `q` is the true posterior. All estimators have the same
    mean, and their gradients have the same mean. Choose by the noise:

    | estimator | gradient by `q` | noise at the posterior |
    | --- | --- | --- |
    | `"reparameterized"` | through samples `z(noise, q)` and `log q` | that of the score |
    | `"analytic_kl"` | the same, with `KL(q, prior)` exact | that of `log p(x, z)` |
    | `"analytic_entropy"` | the same, with `E_q[log q]` exact | that of `log p(x, z)` |
    | `"sticking_the_landing"` | through samples alone (Roeder et al. 2017, arXiv:1703.09194) | none |
    | `"score_function"` | `(log p - log q) d log q` (Ranganath et al. 2014, arXiv:1401.0118) | `log p(x)` times that |
    | `"leave_one_out"` | the same, less the mean of the other samples (Kool et al. 2019) | none |

    The last two are for any family, discrete ones too. If an encoder gives the posterior, make `q` from its output and
    `jax.vmap` over examples.

    Args:
        log_p: Without a `prior`, the joint `log p(x, z)`: log-likelihood and log prior together. With one, the
            log-likelihood `log p(x|z)` alone. A function of one `z`, to ().
        q: The posterior: of this library, or any object with `sample(key, sample_shape)` and `log_prob(z)`. The last
            three estimators need a pytree. A dict of them has independent parts (`Product`), and `z` is such a dict.
        key: Of the noise.
        prior: `p(z)`, like `q`; a dict for a dict. None: `log_p` has the prior in it.
        samples: How many samples of `z`, a whole number >= 1; `"leave_one_out"` needs 2.
        estimator: A name from the table.
        kl_weight: Weight of the divergence from the prior, >= 0, or a schedule of `step`. Below 1 the result is no
            bound.
        step: The step at which a scheduled weight is read.
        free_nats: Divergence that costs nothing, for each independent part of `q`, >= 0. `KL` is then
            `sum_j max(free_nats, KL_j)` (free bits, Kingma et al. 2016, arXiv:1606.04934). It needs `"analytic_kl"`.
            None: every divergence costs.
        axis_name: Of the `jax.vmap` over a batch. `KL_j` is averaged over it before that maximum, as in the paper.
            None: each example has a maximum of its own.

    Returns:
        Shape (), in nats. Gradients go to `q`, and to the arrays that `log_p` and `prior` close over.

    Raises:
        ValueError: The estimator is unknown or `q` does not support it, the samples are too few, a number is outside
            its range, or an argument needs a prior and there is none.
        TypeError: `"analytic_kl"` has no closed form, or `q` must be a pytree and is none.

    Warns:
        UserWarning: `log_p` adds the log-density of `prior` to other terms, so the bound counts it twice. Said once for
            a function. It is not seen where the prior is a traced array, or inside another function than a sum.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> from lropt_jax.objectives import MeanField
        >>> prior = MeanField.standard(2)
        >>> elbo(lambda z: 0.0 * z.sum(), prior, jax.random.key(0), prior=prior)
        Array(0., dtype=float32)
    """
    q, prior = joined("q", q), joined("prior", prior)
    if prior is not None:
        check_distribution("prior", prior)
        warn_of_double_prior(log_p, prior)
    _check(prior, estimator, kl_weight, free_nats)
    z = draw(q, key, samples, estimator)
    log_p, weight = scalar(log_p=log_p), value_at(kl_weight, step)
    if estimator == "analytic_kl":
        divergence = _divergence(q, prior, free_nats, axis_name)
        return jnp.mean(jax.vmap(log_p)(z)) - weight.astype(divergence.dtype) * divergence

    def log_model(z: Any) -> jax.Array:
        return log_p(z) if prior is None else log_p(z) + weight * log_prob(prior, z)

    def log_weight(q: Distribution, z: Any) -> jax.Array:
        return log_model(z) - weight * log_prob(q, z)

    match estimator:
        case "reparameterized":
            return jnp.mean(log_weights(log_weight, q, z))
        case "analytic_entropy":
            return jnp.mean(jax.vmap(log_model)(z)) + weight * jnp.sum(q.entropy())
        case "sticking_the_landing":
            return jnp.mean(log_weights(log_weight, jax.lax.stop_gradient(q), z))
    return by_score(jnp.mean, log_weight, q, z, baseline=estimator == "leave_one_out")


def _check(prior: Any, estimator: str, kl_weight: Any, free_nats: Any) -> None:
    plain = isinstance(kl_weight, (int, float)) and kl_weight == 1
    if prior is None and (estimator == "analytic_kl" or not plain):
        purpose = "a kl_weight" if estimator != "analytic_kl" else "the estimator analytic_kl"
        raise Refused(f"prior must be given for {purpose}, got None.")
    if free_nats is not None and estimator != "analytic_kl":
        raise Refused(f"estimator must be analytic_kl with free_nats, got {estimator!r}.")


def _divergence(q: Any, prior: Any, free_nats: ArrayLike | None, axis_name: str | None) -> jax.Array:
    parts = kl(q, prior)
    parts = parts if axis_name is None else jax.lax.pmean(parts, axis_name)
    return jnp.sum(parts if free_nats is None else jnp.maximum(parts, free_nats))
