"""Gaussian families of posteriors: mean-field and full-rank."""

import abc
from dataclasses import dataclass
from typing import Self

import jax
import jax.numpy as jnp

from lropt_jax._core.brief import brief
from lropt_jax._core.refusal import Refused, naming

_LOG_2PI = 1.8378770664093453


@dataclass(frozen=True, eq=False)
class Gaussian(abc.ABC):
    """What the Gaussian families share. Each is a pytree; its leaves may be any reals, so any step is legal.

    Attributes:
        mean: `m`, shape (d,). The covariance `C` is that of the family.
        has_rsample: Samples move smoothly with the parameters.
    """

    mean: jax.Array
    has_rsample = True

    @abc.abstractmethod
    def sample(self, key: jax.Array, sample_shape: tuple[int, ...] = ()) -> jax.Array:
        """Samples `m + A noise`, shape (*sample_shape, d)."""

    @abc.abstractmethod
    def factor(self) -> jax.Array:
        """A matrix `A`, shape (d, m), with `C = A A^T`."""

    @abc.abstractmethod
    def log_volume(self) -> jax.Array:
        """`log det(C) / 2`, shape ()."""

    @abc.abstractmethod
    def distance(self, offset: jax.Array) -> jax.Array:
        """`x^T C^-1 x` of an offset `x` from the mean, shape (d,) to ()."""

    def log_prob(self, z: jax.Array) -> jax.Array:
        """`-((z - m)^T C^-1 (z - m) + d log(2 pi)) / 2 - log det(C) / 2` of one `z`, shape (d,) to ()."""
        return -(self.distance(z - self.mean) + z.size * _LOG_2PI) / 2 - self.log_volume()

    def entropy(self) -> jax.Array:
        """`d (1 + log(2 pi)) / 2 + log det(C) / 2`, shape (), in nats."""
        return self.mean.size * (1 + _LOG_2PI) / 2 + self.log_volume()

    def covariance(self) -> jax.Array:
        """`C`, shape (d, d)."""
        return self.factor() @ self.factor().T

    @property
    def std(self) -> jax.Array:
        """Standard deviations: the root of the diagonal of `C`, shape (d,)."""
        return jnp.sqrt(jnp.sum(self.factor() ** 2, axis=1))


@jax.tree_util.register_dataclass
@dataclass(frozen=True, eq=False)
class MeanField(Gaussian):
    """Independent coordinates: `C = diag(exp(2 log_scale))`. 2 d numbers.

    Args:
        mean: Shape (d,).
        log_scale: Logarithm of the standard deviations, shape (d,).

    Raises:
        ValueError: `sample` finds that the shapes do not fit.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> q = MeanField(jnp.zeros(2), jnp.zeros(2))
        >>> q.sample(jax.random.key(0), (5,)).shape, f"{q.entropy():.4f}"
        ((5, 2), '2.8379')
    """

    log_scale: jax.Array
    __repr__ = brief

    @classmethod
    def standard(cls, size: int) -> Self:
        """`N(0, I)` in `size` dimensions, the usual prior."""
        with jax.ensure_compile_time_eval():  # numbers inside `jit` too, which `elbo` can look at
            return cls(jnp.zeros(size), jnp.zeros(size))

    def sample(self, key: jax.Array, sample_shape: tuple[int, ...] = ()) -> jax.Array:
        """`mean + exp(log_scale) noise`, shape (*sample_shape, d)."""
        with naming("MeanField"):
            shaped(self.mean.shape, log_scale=self.log_scale)
        return self.mean + jnp.exp(self.log_scale) * noise(key, sample_shape, self.mean)

    def factor(self) -> jax.Array:
        """`diag(exp(log_scale))`."""
        return jnp.diag(jnp.exp(self.log_scale))

    @property
    def std(self) -> jax.Array:
        """`exp(log_scale)`."""
        return jnp.exp(self.log_scale)

    def log_volume(self) -> jax.Array:
        """`sum(log_scale)`."""
        return jnp.sum(self.log_scale)

    def distance(self, offset: jax.Array) -> jax.Array:
        """`sum((x / exp(log_scale))^2)`."""
        return jnp.sum((offset * jnp.exp(-self.log_scale)) ** 2)


@jax.tree_util.register_dataclass
@dataclass(frozen=True, eq=False)
class FullRank(Gaussian):
    """Any covariance: `C = S U U^T S`, `S = diag(exp(log_scale))`, `U` a lower triangle with ones on its diagonal.

    d (2 + d) numbers. `U` has no units: another scale of a coordinate of `z` changes its `log_scale` alone, so one step
    size works for posteriors of any scale. If `S U` itself were learned, each row would need a rate of its own.

    Args:
        mean: Shape (d,).
        log_scale: Logarithm of the diagonal of `S U`, shape (d,).
        lower: `U` below its diagonal, shape (d, d); the rest is not read.

    Raises:
        ValueError: `sample` finds that the shapes do not fit.

    Example:
        >>> import jax.numpy as jnp
        >>> FullRank.of(jnp.zeros(2), jnp.array([[2.0, 1.0], [1.0, 2.0]])).covariance().round(4)
        Array([[2., 1.], [1., 2.]], dtype=float32)
    """

    log_scale: jax.Array
    lower: jax.Array
    __repr__ = brief

    @classmethod
    def of(cls, mean: jax.Array, covariance: jax.Array) -> Self:
        """The member with this mean (d,) and positive definite covariance (d, d)."""
        triangle = jnp.linalg.cholesky(covariance)
        scale = jnp.diag(triangle)
        return cls(mean, jnp.log(scale), jnp.tril(triangle / scale[:, None], -1))

    def sample(self, key: jax.Array, sample_shape: tuple[int, ...] = ()) -> jax.Array:
        """`mean + S U noise`, shape (*sample_shape, d)."""
        with naming("FullRank"):
            shaped(self.mean.shape, log_scale=self.log_scale)
            shaped(self.mean.shape * 2, lower=self.lower)
        return self.mean + noise(key, sample_shape, self.mean) @ self.factor().T

    def factor(self) -> jax.Array:
        """`S U`."""
        return jnp.exp(self.log_scale)[:, None] * self._unit()

    def log_volume(self) -> jax.Array:
        """`sum(log_scale)`."""
        return jnp.sum(self.log_scale)

    def distance(self, offset: jax.Array) -> jax.Array:
        """`|U^-1 S^-1 x|^2`."""
        scaled = offset * jnp.exp(-self.log_scale)
        return jnp.sum(jax.scipy.linalg.solve_triangular(self._unit(), scaled, lower=True, unit_diagonal=True) ** 2)

    def _unit(self) -> jax.Array:
        return jnp.tril(self.lower, -1) + jnp.eye(self.mean.size, dtype=self.lower.dtype)


def noise(key: jax.Array, sample_shape: tuple[int, ...], like: jax.Array) -> jax.Array:
    """Standard normal numbers, shape (*sample_shape, *like.shape)."""
    return jax.random.normal(key, (*sample_shape, *like.shape), like.dtype)


def shaped(shape: tuple[int, ...], **arrays: jax.Array) -> None:
    """Refuse arrays of another shape."""
    for name, array in arrays.items():
        if array.shape != shape:
            raise Refused(f"{name} must have the shape {shape}, got {array.shape}.")
