"""The evidence lower bound."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import optax
from jax.typing import ArrayLike

from lropt_jax._core.numbers import at
from lropt_jax.objectives.kl import gaussian_kl


def elbo(
    log_likelihood: Callable[[jax.Array], jax.Array],
    mean: jax.Array,
    log_scale: jax.Array,
    key: jax.Array,
    *,
    samples: int = 1,
    kl_weight: optax.ScalarOrSchedule = 1.0,
    step: ArrayLike = 0,
) -> jax.Array:
    """Evidence lower bound of one example under a mean-field Gaussian posterior and a standard normal prior.

    `ELBO = E_q[log p(x|z)] - kl_weight * KL(q(z|x) || p(z))`, `q(z|x) = N(mean, diag(exp(log_scale)^2))`,
    `p(z) = N(0, I)` (Kingma and Welling 2014, arXiv:1312.6114, equation 10). The expectation is estimated with
    reparameterised samples `z = mean + exp(log_scale) * noise`, so that its gradient is unbiased; the divergence is
    exact. For a batch, `jax.vmap` it.

    Args:
        log_likelihood: `log p(x|z)` as a function of `z`, (d,) to ().
        mean: Of the posterior, shape (d,).
        log_scale: Logarithm of the posterior's standard deviations, shape (d,).
        key: Of the noise.
        samples: How many samples of `z`, >= 1.
        kl_weight: Weight of the divergence, a number or a schedule of `step`; a bound only where it is 1 or more.
        step: The step at which a scheduled weight is read.

    Returns:
        Shape (), in nats.

    Raises:
        ValueError: `mean` and `log_scale` differ in shape, or `samples` is below 1.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> prior = jnp.zeros(2), jnp.zeros(2)
        >>> elbo(lambda z: 0.0 * z.sum(), *prior, jax.random.key(0))
        Array(0., dtype=float32)
    """
    if mean.shape != log_scale.shape:
        raise ValueError(f"elbo: log_scale must have the shape of mean, {mean.shape}, got {log_scale.shape}.")
    if samples < 1:
        raise ValueError(f"elbo: samples must be >= 1, got {samples}.")
    noise = jax.random.normal(key, (samples, *mean.shape), mean.dtype)
    expected = jnp.mean(jax.vmap(log_likelihood)(mean + jnp.exp(log_scale) * noise))
    return expected - at(kl_weight, step).astype(mean.dtype) * gaussian_kl(mean, log_scale)
