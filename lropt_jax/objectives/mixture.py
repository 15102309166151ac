"""A mixture of Gaussians: its density, whose an example is, information criteria, draws."""

from typing import Literal, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

from lropt_jax._core.brief import brief
from lropt_jax._core.checking import check
from lropt_jax._core.kinds import Finite
from lropt_jax._core.numbers import real
from lropt_jax._core.refusal import Refused, naming

Covariance = Literal["full", "tied", "diagonal", "spherical"]


class Mixture(NamedTuple):
    """A mixture of `k` Gaussians in `d` dimensions.

    The shape of the covariances says of which kind they are: (k, d, d) is full, (1, d, d) is tied, one matrix for all
    components, (k, d) is diagonal, and (k,) is spherical. `mixture_from_statistics` makes a mixture of what `solve`
    found. `x` is one example (d,) or any array of them (..., d), in the units of the data.

    In float32 a mean has seven digits. If the data lie 10,000 standard deviations from 0, shift them first.

    Example:
        >>> import jax.numpy as jnp
        >>> two = Mixture(jnp.array([0.25, 0.75]), jnp.array([[0.0], [4.0]]), jnp.ones((2, 1)))
        >>> x = jnp.array([[0.0], [2.0], [4.0]])
        >>> print(two.predict(x), f"{two.responsibilities(x)[1, 1]:.2f} {two.bic(x):.2f}")
        [0 1 1] 0.75 18.35
    """

    weights: jax.Array  # (k,), sum 1
    means: jax.Array  # (k, d)
    covariances: jax.Array  # (k, d, d), (1, d, d), (k, d) or (k,)

    def __repr__(self) -> str:
        return brief(self)

    @property
    def covariance(self) -> Covariance:
        """The kind of the covariances."""
        return kind_of_squares(self.covariances, len(self.weights))

    @property
    def free_parameters(self) -> int:
        """How many numbers were fitted: means, covariances, and weights of sum 1."""
        k, d = self.means.shape
        covariances = self.covariances
        several = len(covariances) * d * (d + 1) // 2 if covariances.ndim == 3 else covariances.size
        return k * d + several + k - 1

    def log_prob(self, x: ArrayLike) -> jax.Array:
        """Log density of each example in nats, shape (...)."""
        return jax.nn.logsumexp(_log_joints("log_prob", x, self), -1)

    def responsibilities(self, x: ArrayLike) -> jax.Array:
        """The probability that a component made an example, shape (..., k) of sum 1."""
        return jax.nn.softmax(_log_joints("responsibilities", x, self), -1)

    def predict(self, x: ArrayLike) -> jax.Array:
        """The likeliest component of each example, shape (...), int32."""
        return jnp.argmax(_log_joints("predict", x, self), -1).astype(jnp.int32)

    def bic(self, x: ArrayLike) -> jax.Array:
        """Schwarz' criterion of `x`, (n, d): `free_parameters log(n) - 2 log p(x)`, shape (). Lower is better."""
        return self._criterion("bic", x, np.log(max(np.shape(x)[0], 1)) if np.ndim(x) else 0.0)

    def aic(self, x: ArrayLike) -> jax.Array:
        """Akaike's criterion of `x`, (n, d): `2 free_parameters - 2 log p(x)`, shape (). Lower is better."""
        return self._criterion("aic", x, 2.0)

    def sample(self, key: jax.Array, sample_shape: int | tuple[int, ...] = ()) -> jax.Array:
        """Draws from the mixture, shape (*sample_shape, d)."""
        shape = (sample_shape,) if isinstance(sample_shape, int) else tuple(sample_shape)
        of_label, of_noise = jax.random.split(key)
        labels = jax.random.categorical(of_label, jnp.log(self.weights), shape=shape)
        noise = jax.random.normal(of_noise, (*shape, self.means.shape[1]), self.means.dtype)

        def drawn(total: jax.Array, component: tuple) -> tuple[jax.Array, None]:
            place, mean, covariance = component
            if covariance.ndim == 2:
                own = mean + noise @ jnp.linalg.cholesky(covariance).T
            else:
                own = mean + noise * jnp.sqrt(covariance)
            return jnp.where((labels == place)[..., None], own, total), None

        components = jnp.arange(len(self.weights)), self.means, _one_for_each(self)
        return jax.lax.scan(drawn, jnp.zeros_like(noise), components)[0]

    def _criterion(self, name: str, x: ArrayLike, price: float) -> jax.Array:
        if np.ndim(x) != 2:
            with naming(f"Mixture.{name}"):
                raise Refused(f"x must have the shape (n, {self.means.shape[1]}), got {np.shape(x)}.")
        mean = jnp.mean(jax.nn.logsumexp(_log_joints(name, x, self), -1))
        return self.free_parameters * price - 2 * np.shape(x)[0] * mean


def mixture_log_joint(x: jax.Array, mixture: Mixture) -> jax.Array:
    """Logarithm of the joint density of one example and each component.

    `log p(x, k) = log weights_k + log N(x; means_k, covariances_k)` (Bishop 2006, equation 9.7). Its `logsumexp` is the
    log likelihood of the example, its `softmax` the posterior of the component. For a batch, `jax.vmap` it over `x`:
    then the factors of the covariances are computed once.

    Args:
        x: Shape (d,).
        mixture: Of `k` components with positive definite covariances of any kind.

    Returns:
        Shape (k,), in nats.

    Example:
        >>> import jax.numpy as jnp
        >>> standard = Mixture(jnp.ones(1), jnp.zeros((1, 2)), jnp.eye(2)[None])
        >>> mixture_log_joint(jnp.zeros(2), standard)
        Array([-1.837877], dtype=float32)
    """
    constant = x.size * jnp.log(2 * jnp.pi) / 2

    def of_one(component: Mixture) -> jax.Array:
        white, log_volume = _whitened(x - component.means, component.covariances)
        return jnp.log(component.weights) - log_volume - jnp.sum(white**2) / 2 - constant

    # One after the other, so that a batch is one matrix product each.
    return jax.lax.map(of_one, mixture._replace(covariances=_one_for_each(mixture)))


def kind_of_squares(squares: jax.Array, components: int) -> Covariance:
    """The kind of covariances, or of means of squares, by their shape."""
    if squares.ndim == 3:
        return "full" if len(squares) == components else "tied"
    return "diagonal" if squares.ndim == 2 else "spherical"


def _one_for_each(mixture: Mixture) -> jax.Array:
    """Covariances with one entry for each component."""
    k, covariances = len(mixture.weights), mixture.covariances
    return jnp.broadcast_to(covariances, (k, *covariances.shape[1:]))


def _whitened(offset: jax.Array, covariance: jax.Array) -> tuple[jax.Array, jax.Array]:
    """`A^-1 offset` with a root `A` of the covariance (d, d), (d,) or (), and `log det(A)`."""
    if covariance.ndim < 2:
        return offset / jnp.sqrt(covariance), jnp.sum(jnp.broadcast_to(jnp.log(covariance), offset.shape)) / 2
    root = jnp.linalg.cholesky(covariance)
    whiten = jax.scipy.linalg.solve_triangular(root, jnp.eye(offset.size, dtype=root.dtype), lower=True)
    return whiten @ offset, jnp.sum(jnp.log(jnp.diagonal(root)))


def _log_joints(name: str, x: ArrayLike, mixture: Mixture) -> jax.Array:
    """`mixture_log_joint` of any number of examples, (..., k)."""
    dimension, origin = mixture.means.shape[1], mixture.means[0]
    with naming(f"Mixture.{name}"):
        if np.ndim(x) == 0 or np.shape(x)[-1] != dimension:
            raise Refused(f"x must have the shape (..., {dimension}), got {np.shape(x)}.")
        if any(isinstance(each, jax.core.Tracer) for each in (x, origin)):
            near = real(x) - origin
        else:  # in double precision, so that no digits of data far from 0 are lost
            check("x", Finite, np.asarray(x))
            near = real(np.asarray(x, float) - np.asarray(origin, float))
    flat = _joints(near.reshape(-1, dimension), mixture._replace(means=mixture.means - origin))
    return flat.reshape(*near.shape[:-1], -1)


@jax.jit
def _joints(x: jax.Array, mixture: Mixture) -> jax.Array:
    return jax.vmap(mixture_log_joint, (0, None))(x, mixture)
