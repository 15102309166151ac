"""The two steps of EM for a mixture of Gaussians."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from lropt_jax._core.brief import brief


class Mixture(NamedTuple):
    """A mixture of `k` Gaussians in `d` dimensions."""

    weights: jax.Array  # (k,), sum 1
    means: jax.Array  # (k, d)
    covariances: jax.Array  # (k, d, d)

    def __repr__(self) -> str:
        return brief(self)


class MixtureStatistics(NamedTuple):
    """Means over examples, to which a mixture is fitted; `r` is the probability that a component made an example.

    With `origin` and `scale` they are means over standardised examples, `z = (x - origin) / scale`. Then float32 keeps
    the digits of data whose mean is far from 0, or whose coordinates have different units. None: `z` is `x`.
    """

    shares: jax.Array  # (k,) of r
    sums: jax.Array  # (k, d) of r z
    squares: jax.Array  # (k, d, d) of r z z'
    origin: jax.Array | None = None  # (d,)
    scale: jax.Array | None = None  # (d,)

    def __repr__(self) -> str:
        return brief(self)


def mixture_log_joint(x: jax.Array, mixture: Mixture) -> jax.Array:
    """Logarithm of the joint density of one example and each component.

    `log p(x, k) = log weights_k + log N(x; means_k, covariances_k)` (Bishop 2006, equation 9.7). Its `logsumexp` is the
    log likelihood of the example, its `softmax` the posterior of the component. For a batch, `jax.vmap` it over `x`:
    then the factors of the covariances are computed once.

    Args:
        x: Shape (d,).
        mixture: Of `k` components with positive definite covariances.

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
        root = jnp.linalg.cholesky(component.covariances)
        whiten = jax.scipy.linalg.solve_triangular(root, jnp.eye(x.size, dtype=root.dtype), lower=True)
        white = whiten @ (x - component.means)
        return jnp.log(component.weights) - jnp.sum(jnp.log(jnp.diagonal(root))) - jnp.sum(white**2) / 2 - constant

    return jax.lax.map(of_one, mixture)  # one after the other, so that a batch is one matrix product each


def mixture_statistics(data: jax.Array, mixture: Mixture) -> tuple[MixtureStatistics, jax.Array]:
    """The E-step: expected sufficient statistics of examples under a mixture, and the log likelihood on the way.

    Means over examples of `r_k`, `r_k x` and `r_k x x'`, with `r = softmax(mixture_log_joint(x))` (Dempster, Laird and
    Rubin 1977; Bishop 2006, section 9.2).

    Args:
        data: Shape (n, d).
        mixture: Of `k` components.

    Returns:
        The statistics, and the mean log likelihood () in nats per example.

    Example:
        >>> import jax.numpy as jnp
        >>> two = Mixture(jnp.ones(2) / 2, jnp.array([[-3.0], [3.0]]), jnp.ones((2, 1, 1)))
        >>> mixture_statistics(jnp.array([[-3.0], [-3.0], [3.0]]), two)[0].shares
        Array([0.6666667 , 0.33333334], dtype=float32)
    """
    joint = jax.vmap(mixture_log_joint, (0, None))(data, mixture)
    log_likelihood = jax.nn.logsumexp(joint, 1)
    r = jnp.exp(joint - log_likelihood[:, None]).T / len(data)  # (k, n)
    squares = jax.lax.map(lambda r: (r[:, None] * data).T @ data, r)
    return MixtureStatistics(jnp.sum(r, 1), r @ data, squares), jnp.mean(log_likelihood)


def mixture_from_statistics(statistics: MixtureStatistics, *, floor: ArrayLike | None = None) -> Mixture:
    """The M-step: the mixture of greatest likelihood with given sufficient statistics.

    `weights = shares / sum(shares)`, `means = sums / shares`, `covariances = squares / shares - means means'`
    (Bishop 2006, equations 9.24 to 9.26). Statistics with `origin` and `scale` are of standardised examples: the
    mixture is brought back to the examples as they were.

    Two numbers are added to each variance: `floor`, so that no component shrinks to a point, and
    `4 eps d sum(squares) / shares` of the coordinate, the most that rounding can have taken away.

    Args:
        statistics: Of `k` components; any convex average of expected statistics.
        floor: Added to every variance, >= 0: one number, or one for each coordinate. None: 1e-6, or `1e-5 scale^2`
            where that is less.

    Returns:
        The mixture.

    Example:
        >>> import jax.numpy as jnp
        >>> seen = MixtureStatistics(jnp.ones(1), jnp.array([[2.0]]), jnp.array([[[5.0]]]))
        >>> mixture_from_statistics(seen, floor=0.0).covariances.round(3)
        Array([[[1.]]], dtype=float32)
    """
    sums = statistics.sums
    eps, dimension = jnp.finfo(sums.dtype).eps, sums.shape[1]
    origin = jnp.zeros(dimension, sums.dtype) if statistics.origin is None else statistics.origin
    scale = jnp.ones(dimension, sums.dtype) if statistics.scale is None else statistics.scale
    least = jnp.minimum(1e-6 / scale**2, 1e-5) if floor is None else jnp.asarray(floor, sums.dtype) / scale**2
    shares = statistics.shares + eps**2  # a component that lost all its examples stays finite
    means = sums / shares[:, None]
    spread = statistics.squares / shares[:, None, None] - means[:, :, None] * means[:, None, :]
    # A step from larger statistics rounds off some eps of them. Divided by a small share, that is no small variance.
    largest = jnp.diagonal(jnp.sum(statistics.squares, 0))
    hidden = 4 * eps * dimension * largest / shares[:, None] + eps**2  # more than 0 for a coordinate that is always 0
    covariances = spread + jax.vmap(jnp.diag)(least + hidden)
    units = scale[:, None] * scale
    return Mixture(shares / jnp.sum(shares), origin + scale * means, units * covariances)
