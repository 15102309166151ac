"""Where EM for a mixture of Gaussians starts: at examples far apart, or where the best of several runs ended."""

from functools import partial
from typing import Literal

import jax
import jax.numpy as jnp

from lropt_jax._core.trees import Tree
from lropt_jax.objectives import MixtureStatistics, responsible_statistics
from lropt_jax.problems.mixtures.frame import Frame

Covariance = Literal["full", "tied", "diagonal", "spherical"]

K_MEANS_STEPS, EM_STEPS = 30, 100


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


def even_start(means: jax.Array, z: jax.Array, covariance: Covariance) -> MixtureStatistics:
    """The statistics of equally heavy Gaussians with the covariance of all data."""
    count = len(means)
    even = jnp.full((len(z), count), 1 / count, z.dtype)
    around = responsible_statistics(z - jnp.mean(z, 0), even, covariance=covariance)
    at = responsible_statistics(means, jnp.eye(count, dtype=z.dtype), covariance=covariance)
    squares = at.squares + around.squares
    if squares.ndim == 3:  # symmetric to the last digit
        squares = (squares + jnp.swapaxes(squares, 1, 2)) / 2
    return at._replace(squares=squares)


def best_start(
    starts: int, z: jax.Array, components: int, covariance: Covariance, frame: Frame, key: jax.Array
) -> MixtureStatistics:
    """The statistics at which the likeliest of several runs ended: k-means++, k-means, then EM on all data.

    EM alone, from k-means++, is drawn to components of few examples.
    """

    def run(key: jax.Array) -> tuple[MixtureStatistics, jax.Array]:
        means = jax.lax.fori_loop(0, K_MEANS_STEPS, partial(_k_means_step, z, None), drawn_apart(z, components, key))
        s = of_clusters(z, means, covariance, frame)
        s = jax.lax.fori_loop(0, EM_STEPS, lambda _, s: frame.expect(z, s)[0], s)
        return s, frame.expect(z, s)[1]

    return best_of(*jax.vmap(run)(jax.random.split(key, starts)))


def best_of(ends: Tree, losses: jax.Array) -> Tree:
    """The end of the run with the least loss."""
    best = jnp.argmin(jnp.where(jnp.isnan(losses), jnp.inf, losses))
    return jax.tree.map(lambda leaf: leaf[best], ends)


def settled_means(z: jax.Array, means: jax.Array, alive: jax.Array) -> jax.Array:
    """k-means until no mean moves. Means outside `alive` (k,) get no example."""

    def unsettled(carry: tuple) -> jax.Array:
        step, moved, _ = carry
        return moved & (step < K_MEANS_STEPS)

    def ahead(carry: tuple) -> tuple:
        step, _, means = carry
        after = _k_means_step(z, alive, step, means)
        return step + 1, jnp.any(after != means), after

    return jax.lax.while_loop(unsettled, ahead, (0, True, means))[2]


def of_clusters(
    z: jax.Array, means: jax.Array, covariance: Covariance, frame: Frame, alive: jax.Array | None = None
) -> MixtureStatistics:
    """The statistics of examples that belong to their nearest mean."""
    return frame.mark(responsible_statistics(z, _nearest(z, means, alive), covariance=covariance))


def _k_means_step(z: jax.Array, alive: jax.Array | None, _: int, means: jax.Array) -> jax.Array:
    clusters = _nearest(z, means, alive)
    sizes = jnp.sum(clusters, 0)[:, None]
    return jnp.where(sizes > 0, clusters.T @ z / jnp.maximum(sizes, 1), means)


def _nearest(z: jax.Array, means: jax.Array, alive: jax.Array | None) -> jax.Array:
    """1 for the nearest mean of each example, else 0: (n, k)."""
    far = jnp.sum(means**2, 1) - 2 * z @ means.T
    far = far if alive is None else jnp.where(alive, far, jnp.inf)
    return jax.nn.one_hot(jnp.argmin(far, 1), len(means), dtype=z.dtype)
