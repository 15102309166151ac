"""The low-rank Gaussian family of posteriors."""

from dataclasses import dataclass

import jax
import jax.numpy as jnp

from lropt_jax._core.brief import brief
from lropt_jax._core.refusal import naming
from lropt_jax.objectives.gaussians import Gaussian, noise, shaped


@jax.tree_util.register_dataclass
@dataclass(frozen=True, eq=False)
class LowRank(Gaussian):
    """Independent coordinates and a few directions: `C = D + B B^T`, `D = diag(exp(2 log_scale))`. d (2 + r) numbers.

    No array of size d x d is made. With `U = D^-1/2 B` and `M = I + U^T U` of size r x r, `det C = det D det M` and
    `x^T C^-1 x = |u|^2 - u^T U M^-1 U^T u`, `u = D^-1/2 x` (the determinant lemma and Woodbury's identity).

    Args:
        mean: Shape (d,).
        log_scale: Logarithm of the standard deviations of the independent part, shape (d,).
        loadings: `B`, shape (d, r). If all are 0, the gradient by them has mean zero; begin with small random ones.

    Raises:
        ValueError: `sample` finds that the shapes do not fit.

    Example:
        >>> import jax.numpy as jnp
        >>> LowRank(jnp.zeros(2), jnp.zeros(2), jnp.ones((2, 1))).covariance()
        Array([[2., 1.], [1., 2.]], dtype=float32)
    """

    log_scale: jax.Array
    loadings: jax.Array
    __repr__ = brief

    def sample(self, key: jax.Array, sample_shape: tuple[int, ...] = ()) -> jax.Array:
        """`mean + exp(log_scale) noise + B noise`, shape (*sample_shape, d)."""
        with naming("LowRank"):
            shaped(self.mean.shape, log_scale=self.log_scale)
            shaped((*self.mean.shape, *self.loadings.shape[1:2]), loadings=self.loadings)
        alone, shared = jax.random.split(key)
        independent = jnp.exp(self.log_scale) * noise(alone, sample_shape, self.mean)
        return self.mean + independent + noise(shared, sample_shape, self.loadings[0]) @ self.loadings.T

    def factor(self) -> jax.Array:
        """`D^1/2` and `B` side by side, shape (d, d + r)."""
        return jnp.concatenate([jnp.diag(jnp.exp(self.log_scale)), self.loadings], axis=1)

    @property
    def std(self) -> jax.Array:
        """`sqrt(diag(D) + sum(B^2))`, without a matrix."""
        return jnp.sqrt(jnp.exp(2 * self.log_scale) + jnp.sum(self.loadings**2, axis=1))

    def log_volume(self) -> jax.Array:
        """`(log det D + log det M) / 2`."""
        return jnp.sum(self.log_scale) + jnp.sum(jnp.log(jnp.diag(self._small()[1])))

    def distance(self, offset: jax.Array) -> jax.Array:
        """`|u|^2 - |T^-1 U^T u|^2`, `T T^T = M`."""
        scaled, triangle = self._small()
        u = offset * jnp.exp(-self.log_scale)
        return u @ u - jnp.sum(jax.scipy.linalg.solve_triangular(triangle, scaled.T @ u, lower=True) ** 2)

    def _small(self) -> tuple[jax.Array, jax.Array]:
        """`U`, and the triangle of `M`."""
        scaled = self.loadings * jnp.exp(-self.log_scale)[:, None]
        return scaled, jnp.linalg.cholesky(jnp.eye(scaled.shape[1], dtype=scaled.dtype) + scaled.T @ scaled)
