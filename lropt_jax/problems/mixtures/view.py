"""The picture of a mixture of Gaussians."""

import jax
import jax.numpy as jnp

from lropt_jax.objectives import MixtureStatistics, mixture_log_joint
from lropt_jax.problems.mixtures.frame import Frame
from lropt_jax.problems.views import Points


def clusters(z: jax.Array, frame: Frame, s: MixtureStatistics, state: tuple) -> Points:
    """The first two coordinates, coloured by the likeliest component, and ellipses at two standard deviations."""
    mixture = frame.mixture(s)
    labels = jnp.argmax(jax.vmap(mixture_log_joint, (0, None))(z, mixture), 1)
    turn = jnp.linspace(0, 2 * jnp.pi, 65)
    circle = jnp.stack([jnp.cos(turn), jnp.sin(turn)])
    roots = jnp.linalg.cholesky(_in_the_plane(mixture.covariances, len(mixture.weights)))
    ellipses = mixture.means[:, None, :2] + 2 * jnp.swapaxes(roots @ circle, 1, 2)
    origin, scale = frame.origin[:2], frame.scale[:2]
    curves = {str(k): origin + scale * curve for k, curve in enumerate(ellipses)}
    points = origin + scale * z[:, :2]
    return Points(points, labels, curves, "first coordinate", "second coordinate", "component")


def _in_the_plane(covariances: jax.Array, components: int) -> jax.Array:
    """Covariances of any kind as those of the first two coordinates, (k, 2, 2)."""
    if covariances.ndim == 3:
        plane = covariances[:, :2, :2]
    elif covariances.ndim == 2:
        plane = jax.vmap(jnp.diag)(covariances[:, :2])
    else:
        plane = covariances[:, None, None] * jnp.eye(2)
    return jnp.broadcast_to(plane, (components, 2, 2))
