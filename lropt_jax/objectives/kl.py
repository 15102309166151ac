"""Kullback-Leibler divergences in closed form."""

import jax
import jax.numpy as jnp


def gaussian_kl(mean: jax.Array, log_scale: jax.Array) -> jax.Array:
    """KL divergence of a diagonal Gaussian from the standard one.

    `KL(N(mean, diag(s^2)) || N(0, I)) = sum(s^2 + mean^2 - 1 - 2 log s) / 2`, `s = exp(log_scale)`
    (Kingma and Welling 2014, arXiv:1312.6114, appendix B).

    Args:
        mean: Shape (d,).
        log_scale: Logarithm of the standard deviations, shape (d,).

    Returns:
        Shape (), in nats, >= 0.

    Example:
        >>> import jax.numpy as jnp
        >>> gaussian_kl(jnp.array([0.0, 1.0]), jnp.zeros(2))
        Array(0.5, dtype=float32)
    """
    return jnp.sum(jnp.exp(2 * log_scale) + mean**2 - 1 - 2 * log_scale) / 2
