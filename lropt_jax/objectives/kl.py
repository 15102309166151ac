"""Kullback-Leibler divergences in closed form."""

from typing import Any

import jax
import jax.numpy as jnp

from lropt_jax._core.brief import brief
from lropt_jax._core.checking import checked
from lropt_jax._core.refusal import Refused, WrongType
from lropt_jax.objectives.discrete import Bernoulli, Categorical
from lropt_jax.objectives.gaussians import Gaussian, MeanField
from lropt_jax.objectives.product import Product, joined


@checked
def kl(q: Any, p: Any) -> jax.Array:
    """KL divergence `E_q[log q(z) - log p(z)]` of two members of the same kind of family, part by part.

    Families of independent parts have a divergence for each, and the divergence is their sum. For Gaussians
    `N(m, A A^T)` and `N(n, C)` it is `(tr(A^T C^-1 A) + (n - m)^T C^-1 (n - m) - d + log det C - log det A A^T) / 2`;
    for independent ones, with `s` and `t` the standard deviations, `((s^2 + (m - n)^2) / t^2 - 1 - 2 log(s / t)) / 2`
    (Kingma and Welling 2014, arXiv:1312.6114, appendix B, where `n = 0`, `t = 1`).

    Args:
        q: A Gaussian, `Bernoulli` or `Categorical`, or a dict of them.
        p: One of the same kind; any Gaussian goes with any other. Dicts need the same keys.

    Returns:
        In nats. Shape (d,) for two of `MeanField` or `Bernoulli`, (...) for `Categorical`, () for other Gaussians,
        and (parts,) for dicts, part after part.

    Raises:
        TypeError: The pair has no closed form here.

    Example:
        >>> import jax.numpy as jnp
        >>> kl(MeanField(jnp.array([0.0, 1.0]), jnp.zeros(2)), MeanField.standard(2))
        Array([0. , 0.5], dtype=float32)
    """
    q, p = joined("q", q), joined("p", p)
    match q, p:
        case Product(), Product():
            if not q.like(p):
                raise Refused(f"q and p must be dicts with the same keys, got {brief(q.parts)} and {brief(p.parts)}.")
            return jnp.concatenate([jnp.ravel(kl(one, other)) for one, other in q.beside(p.parts)])
        case MeanField(), MeanField():
            ratio = q.log_scale - p.log_scale
            offset = (q.mean - p.mean) * jnp.exp(-p.log_scale)
            return (jnp.exp(2 * ratio) + offset**2 - 1 - 2 * ratio) / 2
        case Gaussian(), Gaussian():
            spread = jnp.sum(jax.vmap(p.distance)(q.factor().T)) - q.mean.size
            return (spread + p.distance(q.mean - p.mean)) / 2 + p.log_volume() - q.log_volume()
        case Bernoulli(), Bernoulli():
            change = jax.nn.softplus(p.logits) - jax.nn.softplus(q.logits)
            return jax.nn.sigmoid(q.logits) * (q.logits - p.logits) + change
        case Categorical(), Categorical():
            ratio = jax.nn.log_softmax(q.logits) - jax.nn.log_softmax(p.logits)
            return jnp.sum(jax.nn.softmax(q.logits) * ratio, axis=-1)
    pair = f"{type(q).__name__} and {type(p).__name__}"
    raise WrongType(f"q and p must be two Gaussians, Bernoulli or Categorical of this library, got {pair}.")
