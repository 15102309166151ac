"""The equations of t-SNE."""

import jax
import jax.numpy as jnp
import numpy as np

from lropt_jax._core.checking import checked
from lropt_jax._core.kinds import AtLeastOne, Finite
from lropt_jax._core.numbers import real
from lropt_jax._core.refusal import Refused

_LARGEST = 40.0  # logarithm of the largest precision tried, in units of one over a row's mean distance


@checked
def neighbour_probabilities(squares: jax.Array, perplexity: Finite, *, new: bool = False) -> jax.Array:
    """How likely each point is to pick each other one as its neighbour: Gaussians of one perplexity.

    `p_{j|i} = exp(-beta_i d_ij) / sum_{k != i} exp(-beta_i d_ik)` and `p_{i|i} = 0`, `beta_i = 1 / (2 sigma_i^2)`, such
    that `exp(-sum_j p_{j|i} log p_{j|i}) = perplexity` (van der Maaten and Hinton 2008, JMLR 9, equation 1 and section
    2). The entropy falls with `beta_i`. Bisection of its logarithm finds `beta_i`, for all rows at once. It begins
    at `log((n - 1) / perplexity)` over the mean of row i of `d - min d`: by Jensen's inequality `beta_i` is no smaller.

    Args:
        squares: `d`, squared distances, >= 0, shape (n, n). The diagonal is not read.
        perplexity: The effective number of neighbours, above 1 and below n - 1.
        new: True where the rows are new points, which are not among the columns: then the shape is (m, n), and every
            column can be a neighbour.

    Returns:
        Shaped like `squares`; rows sum to 1. The joint probabilities of t-SNE are `(p + p.T) / (2 n)`. If more than
        `perplexity` points are equally near, a row has no solution and gets the uniform distribution over them.

    Raises:
        ValueError: `squares` is no matrix, or no square one without `new`, or `perplexity` is outside its range.

    Memory: 2 x n^2. In float32 the perplexity of a row is right to a millionth of its value.

    Example:
        >>> import jax.numpy as jnp
        >>> place = jnp.arange(4.0)
        >>> [f"{p:.2f}" for p in neighbour_probabilities((place[:, None] - place) ** 2, 2.0)[0]]
        ['0.00', '0.73', '0.24', '0.04']
    """
    if new and squares.ndim != 2:
        raise Refused(f"squares must have the shape (m, n), got {squares.shape}.")
    size = squares.shape[1] if new else _size("squares", squares)
    places = jnp.full(len(squares), -1) if new else jnp.arange(size)  # of each point among the columns
    if not isinstance(perplexity, jax.core.Tracer) and not 1 < np.asarray(perplexity) < size - 1:
        raise Refused(f"perplexity must be in (1, {size - 1}), got {perplexity}.")
    return jax.vmap(_row, (0, 0, None))(real(squares), places, jnp.log(real(perplexity)))


@checked
def tsne_kl(embedding: jax.Array, joint: jax.Array) -> jax.Array:
    """Divergence of a map's neighbourhoods from those of the data: the loss of t-SNE.

    `KL(P || Q) = sum_ij p_ij log(p_ij / q_ij)`, `q_ij = w_ij / Z`, `w_ij = 1 / (1 + |y_i - y_j|^2)`, `Z` the sum of all
    `w_ij`, `i != j` (van der Maaten and Hinton 2008, JMLR 9, section 3.1 and equation 4).

    Args:
        embedding: `y`, shape (n, 2), or of another dimension.
        joint: `P`, >= 0, symmetric, of sum 1 and with a diagonal of 0, shape (n, n).

    Returns:
        Shape (), in nats, >= 0.

    Raises:
        ValueError: The shapes do not fit.

    Example:
        Three points at the same distances:

        >>> import jax.numpy as jnp
        >>> corners = jnp.array([[0.0, 0.0], [1.0, 0.0], [0.5, 0.75**0.5]])
        >>> f"{abs(tsne_kl(corners, (1 - jnp.eye(3)) / 6)):.3f}"
        '0.000'
    """
    _check_shapes(embedding, joint)
    return _kl(joint, *_weights(embedding))


@checked
def tsne_gradient(
    embedding: jax.Array, joint: jax.Array, *, exaggeration: AtLeastOne = 1.0
) -> tuple[jax.Array, jax.Array]:
    """The gradient of t-SNE, and its loss from the same weights.

    `dKL/dy_i = 4 sum_j (e p_ij - q_ij) w_ij (y_i - y_j)` (van der Maaten and Hinton 2008, JMLR 9, equation 5), with the
    probabilities of the data times `e` in its early phase (section 3.4). As a product of matrices it is
    `4 (diag(A 1) y - A y)`, `A = (e P - W / Z) * W` elementwise.

    Args:
        embedding: `y`, shape (n, 2), or of another dimension.
        joint: `P`, >= 0, symmetric, of sum 1 and with a diagonal of 0, shape (n, n).
        exaggeration: `e`, >= 1; at 1 this is the gradient of `tsne_kl`.

    Returns:
        The gradient, shaped like `embedding`, and the loss () without exaggeration.

    Raises:
        ValueError: The shapes do not fit, or `exaggeration` is below 1.

    Memory: 2 x n^2 beside `joint`.

    Example:
        >>> import jax.numpy as jnp
        >>> gradient, loss = tsne_gradient(jnp.eye(3), (1 - jnp.eye(3)) / 6, exaggeration=4.0)
        >>> [f"{slope:.3f}" for slope in gradient[0]], f"{abs(loss):.3f}"
        (['1.333', '-0.667', '-0.667'], '0.000')
    """
    size = _check_shapes(embedding, joint)
    weights, total = _weights(embedding)
    net = (real(exaggeration).astype(joint.dtype) * joint - weights * (1 / total)) * weights
    sums = net @ jnp.append(embedding, jnp.ones((size, 1), embedding.dtype), axis=1)
    return 4 * (sums[:, -1:] * embedding - sums[:, :-1]), _kl(joint, weights, total)


def _check_shapes(embedding: jax.Array, joint: jax.Array) -> int:
    """The number of points, if both arguments have it."""
    size = _size("joint", joint)
    if embedding.ndim != 2 or len(embedding) != size:
        raise Refused(f"embedding must have the shape ({size}, 2), got {embedding.shape}.")
    return size


def _size(name: str, matrix: jax.Array) -> int:
    """The size of a square matrix."""
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise Refused(f"{name} must have the shape (n, n), got {matrix.shape}.")
    return len(matrix)


def _weights(embedding: jax.Array) -> tuple[jax.Array, jax.Array]:
    """`w_ij`, 1 on the diagonal, and `Z`, without the diagonal. Distances come from differences: products would cancel.

    Without the barrier XLA computes each weight again in each of the three passes over them.
    """
    squares = sum((axis[:, None] - axis) ** 2 for axis in embedding.T)
    weights = jax.lax.optimization_barrier(1 / (1 + squares))
    return weights, jnp.sum(jnp.sum(weights, axis=1)) - len(embedding)  # by rows: fewer roundings add up


def _kl(joint: jax.Array, weights: jax.Array, total: jax.Array) -> jax.Array:
    """`sum p log p - sum p log w + log Z`, because all `p` sum to 1. XLA computes the first term once for a loop."""
    entropy = jnp.sum(jnp.sum(jax.scipy.special.entr(joint), axis=1))
    return jnp.log(total) - jnp.sum(jnp.sum(joint * jnp.log(weights), axis=1)) - entropy


def _row(squares: jax.Array, place: jax.Array, entropy: jax.Array) -> jax.Array:
    """The distribution of one point over the others, of a given entropy."""
    others = jnp.arange(len(squares)) != place
    nearest = jnp.min(squares, where=others, initial=jnp.inf)  # its exponential is then 1: no row underflows
    beyond = jnp.where(others, squares - nearest, 0)
    mean = jnp.sum(beyond) / (len(squares) - 1)
    beyond = beyond / jnp.where(mean > 0, mean, 1)

    def masses(log_precision: jax.Array) -> jax.Array:
        return jnp.where(others, jnp.exp(-jnp.exp(log_precision) * beyond), 0)

    def halve(_: int, bracket: tuple) -> tuple:
        low, high = bracket
        middle = (low + high) / 2
        mass = masses(middle)
        total = jnp.sum(mass)
        too_wide = jnp.log(total) + jnp.exp(middle) * jnp.sum(mass * beyond) / total > entropy
        return jnp.where(too_wide, middle, low), jnp.where(too_wide, high, middle)

    low = jnp.log(jnp.log(len(squares) - 1.0) - entropy).astype(squares.dtype)
    halvings = jnp.finfo(squares.dtype).nmant + 6
    mass = masses(sum(jax.lax.fori_loop(0, halvings, halve, (low, jnp.full_like(low, _LARGEST)))) / 2)
    return mass / jnp.sum(mass)
