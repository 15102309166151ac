"""Where EM for a mixture of Gaussians starts: at examples far apart, or where the best of several runs ended."""

from functools import partial

import jax
import jax.numpy as jnp

from lropt_jax.objectives import MixtureStatistics
from lropt_jax.problems.mixture_frame import Frame

_K_MEANS_STEPS, _EM_STEPS = 30, 100


def drawn_apart(z: jax.Array, count: int, key: jax.Array) -> jax.Array:
    """Examples drawn by k-means++: each with a probability that grows as its squared distance from those before it.

    An example equal to one before it has probability 0 (Arthur and Vassilvitskii 2007).
    """
    first, *others = jax.random.split(key, count)
    mean = z[jax.random.randint(first, (), 0, len(z))]
    if not others:
        return mean[None]

    def draw(carry: tuple, key: jax.Array) -> tuple[tuple, jax.Array]:
        nearest, mean = carry
        nearest = jnp.minimum(nearest, jnp.sum((z - mean) ** 2, 1))
        mean = z[jax.random.categorical(key, jnp.log(nearest))]
        return (nearest, mean), mean

    _, means = jax.lax.scan(draw, (jnp.full(len(z), jnp.inf, z.dtype), mean), jnp.stack(others))
    return jnp.concatenate([mean[None], means])


def even_start(means: jax.Array, z: jax.Array) -> MixtureStatistics:
    """The statistics of equally heavy Gaussians with the covariance of all data."""
    share, covariance = 1 / len(means), jnp.cov(z.T, bias=True).reshape(2 * z.shape[1:])
    squares = covariance + means[:, :, None] * means[:, None, :]
    return MixtureStatistics(jnp.full(len(means), share, means.dtype), share * means, share * squares)


def best_start(starts: int, z: jax.Array, components: int, frame: Frame, key: jax.Array) -> MixtureStatistics:
    """The statistics at which the likeliest of several runs ended: k-means++, k-means, then EM on all data.

    EM alone, from k-means++, is drawn to components of few examples.
    """

    def run(key: jax.Array) -> tuple[MixtureStatistics, jax.Array]:
        means = jax.lax.fori_loop(0, _K_MEANS_STEPS, partial(_k_means_step, z), drawn_apart(z, components, key))
        s = frame.mark(_of_clusters(z, _nearest(z, means)))
        s = jax.lax.fori_loop(0, _EM_STEPS, lambda _, s: frame.expect(z, s)[0], s)
        return s, frame.expect(z, s)[1]

    ends, losses = jax.vmap(run)(jax.random.split(key, starts))
    best = jnp.argmin(jnp.where(jnp.isnan(losses), jnp.inf, losses))
    return jax.tree.map(lambda leaf: leaf[best], ends)


def _k_means_step(z: jax.Array, _: int, means: jax.Array) -> jax.Array:
    clusters = _nearest(z, means)
    sizes = jnp.sum(clusters, 0)[:, None]
    return jnp.where(sizes > 0, clusters.T @ z / jnp.maximum(sizes, 1), means)


def _nearest(z: jax.Array, means: jax.Array) -> jax.Array:
    """1 for the nearest mean of each example, else 0: (n, k)."""
    far = jnp.sum(means**2, 1) - 2 * z @ means.T
    return jax.nn.one_hot(jnp.argmin(far, 1), len(means), dtype=z.dtype)


def _of_clusters(z: jax.Array, clusters: jax.Array) -> MixtureStatistics:
    squares = jax.lax.map(lambda r: (r[:, None] * z).T @ z / len(z), clusters.T)
    return MixtureStatistics(jnp.mean(clusters, 0), clusters.T @ z / len(z), squares)
