"""The two steps of EM for a mixture of Gaussians."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from lropt_jax._core.brief import brief
from lropt_jax._core.checking import checked
from lropt_jax._core.refusal import Refused
from lropt_jax.objectives.mixture import Covariance, Mixture, kind_of_squares, mixture_log_joint


class MixtureStatistics(NamedTuple):
    """Means over examples, to which a mixture is fitted; `r` is the probability that a component made an example.

    With `origin` and `scale` they are means over standardised examples, `z = (x - origin) / scale`. Then float32 keeps
    the digits of data whose mean is far from 0, or whose coordinates have different units. None: `z` is `x`.
    """

    shares: jax.Array  # (k,) of r
    sums: jax.Array  # (k, d) of r z
    squares: jax.Array  # of r z z' (k, d, d) or z z' (1, d, d), of r z^2 (k, d), or of r |z|^2 (k,): as of a `Mixture`
    origin: jax.Array | None = None  # (d,)
    scale: jax.Array | None = None  # (d,); one number d times, if the covariances are spherical
    floor: jax.Array | None = None  # (d,) added to every variance of z

    def __repr__(self) -> str:
        return brief(self)


@checked
def responsible_statistics(
    data: jax.Array, responsibilities: jax.Array, *, covariance: Covariance = "full"
) -> MixtureStatistics:
    """Sufficient statistics of examples whose components are known, for certain or by probability.

    Means over examples of `r_k`, `r_k x`, and of the squares that covariances of this kind are made of.

    Args:
        data: Shape (n, d).
        responsibilities: `r`, shape (n, k), rows of sum 1.
        covariance: "full", "tied", "diagonal" or "spherical".

    Returns:
        The statistics.

    Raises:
        ValueError: The shapes do not fit, or `covariance` is another word.

    Example:
        >>> import jax.numpy as jnp
        >>> data, labels = jnp.array([[1.0, 0.0], [3.0, 0.0], [0.0, 2.0]]), jnp.array([0, 0, 1])
        >>> seen = responsible_statistics(data, jnp.eye(2)[labels], covariance="diagonal")
        >>> mixture_from_statistics(seen, floor=0.0).means
        Array([[2., 0.],
               [0., 2.]], dtype=float32)
    """
    if data.ndim != 2 or responsibilities.ndim != 2 or len(data) != len(responsibilities):
        raise Refused(
            f"responsibilities must have the shape (n, k) for data of (n, d), got {responsibilities.shape} for "
            f"{data.shape}."
        )
    r = responsibilities.T / len(data)
    if covariance == "full":
        squares = jax.lax.map(lambda r: (r[:, None] * data).T @ data, r)
    elif covariance == "tied":
        squares = (data.T @ data)[None] / len(data)
    else:
        squares = r @ (data**2 if covariance == "diagonal" else jnp.sum(data**2, 1))
    return MixtureStatistics(jnp.sum(r, 1), r @ data, squares)


def mixture_statistics(data: jax.Array, mixture: Mixture) -> tuple[MixtureStatistics, jax.Array]:
    """The E-step: expected sufficient statistics of examples under a mixture, and the log likelihood on the way.

    Means over examples of `r_k`, `r_k x` and `r_k x x'`, with `r = softmax(mixture_log_joint(x))` (Dempster, Laird and
    Rubin 1977; Bishop 2006, section 9.2). The squares are of the same kind as the covariances.

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
    r = jnp.exp(joint - log_likelihood[:, None])
    return responsible_statistics(data, r, covariance=mixture.covariance), jnp.mean(log_likelihood)


def mixture_from_statistics(statistics: MixtureStatistics, *, floor: ArrayLike | None = None) -> Mixture:
    """The M-step: the mixture of greatest likelihood with given sufficient statistics.

    `weights = shares / sum(shares)`, `means = sums / shares`, `covariances = squares / shares - means means'`
    (Bishop 2006, equations 9.24 to 9.26). A tied covariance is `squares - sum_k shares means means'`, a diagonal one
    has the diagonal alone, a spherical one its mean. Statistics with `origin` and `scale` are of standardised examples:
    the mixture is brought back to the examples as they were.

    Two numbers are added to each variance: `floor`, so that no component shrinks to a point, and
    `4 eps d sum(squares) / shares` of the coordinate, the most that rounding can have taken away.

    Args:
        statistics: Of `k` components; any convex average of expected statistics.
        floor: Added to every variance, >= 0: one number, or one for each coordinate. None: that of the statistics;
            where they have none, 1e-6, or `1e-5 scale^2` where that is less.

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
    least = jnp.minimum(1e-6 / scale**2, 1e-5) if statistics.floor is None else statistics.floor
    least = least if floor is None else jnp.asarray(floor, sums.dtype) / scale**2
    shares = statistics.shares + eps**2  # a component that lost all its examples stays finite
    means = sums / shares[:, None]
    covariances, units = _covariances(statistics, shares, means, least), scale[:, None] * scale
    if covariances.ndim < 3:
        units = scale**2 if covariances.ndim == 2 else scale[0] ** 2
    return Mixture(shares / jnp.sum(shares), origin + scale * means, units * covariances)


def _covariances(statistics: MixtureStatistics, shares: jax.Array, means: jax.Array, least: jax.Array) -> jax.Array:
    """Of the standardised examples, with what is added to the variances."""
    squares, dimension, eps = statistics.squares, means.shape[1], jnp.finfo(means.dtype).eps
    # A step from larger statistics rounds off some eps of them. Divided by a small share, that is no small variance.
    small = 4 * eps * dimension
    match kind_of_squares(squares, len(shares)):
        case "full":
            spread = squares / shares[:, None, None] - means[:, :, None] * means[:, None, :]
            largest = jnp.diagonal(jnp.sum(squares, 0))
            hidden = small * largest / shares[:, None] + eps**2  # more than 0 for a coordinate that is always 0
            return spread + jax.vmap(jnp.diag)(least + hidden)
        case "tied":
            whole = jnp.sum(shares)
            spread = (squares[0] - (shares[:, None] * means).T @ means) / whole
            return (spread + jnp.diag(least + small * jnp.diagonal(squares[0]) / whole + eps**2))[None]
        case "diagonal":
            hidden = small * jnp.sum(squares, 0) / shares[:, None] + eps**2
            return squares / shares[:, None] - means**2 + least + hidden
        case _:
            spread = (squares / shares - jnp.sum(means**2, 1)) / dimension
            return spread + jnp.mean(least) + 4 * eps * jnp.sum(squares) / shares + eps**2
