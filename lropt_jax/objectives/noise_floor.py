"""Where stochastic gradient descent comes to rest at a constant rate."""

import jax
import jax.numpy as jnp

from lropt_jax._core.checking import checked
from lropt_jax._core.kinds import AtLeastOne, NonNegative, Positive, Positives
from lropt_jax._core.numbers import real
from lropt_jax._core.refusal import Refused


@checked
def noise_floor(
    learning_rate: Positive, curvatures: Positives, *, noise: NonNegative = 1.0, batch_size: AtLeastOne = 1
) -> jax.Array:
    """Mean excess risk at which SGD on least squares settles at a constant rate, exact for Gaussian features.

    The loss is `(x w - y)^2 / 2` with `x ~ N(0, H)`, `y = x w* + N(0, noise^2)`, and `batch_size`, `B`, fresh examples
    a step. With the rate `r` and `H = diag(h)`, `h` the curvatures, the covariance `S` of the error `w - w*` obeys

    `S = S - r (H S + S H) + r^2 H S H + r^2 / B (H S H + H tr(H S)) + r^2 noise^2 / B H`,

    where `E[x x' S x x'] = 2 H S H + H tr(H S)` is the fourth moment of a Gaussian. Its fixed point has

    `tr(H S) = noise^2 c / (1 - c)`,  `c = sum_i r h_i / (2 - (1 + 1 / B) r h_i) / B`,

    and the floor is half of that. For `c >= 1` or a denominator <= 0 there is no fixed point, and the error grows
    without bound. For `B = 1` this is the misadjustment of the LMS filter (Feuer and Weinstein 1985, IEEE Transactions
    on Acoustics, Speech, and Signal Processing 33(1)). For small rates it is `r noise^2 tr(H) / (4 B)`: half the rate
    gives half the floor. For large batches the limit of the rates is that of gradient descent, `2 / max(h)`.

    Args:
        learning_rate: `r`, > 0.
        curvatures: `h`, the eigenvalues of `H`, > 0, shape (d,).
        noise: Standard deviation of the labels, >= 0.
        batch_size: `B`, >= 1.

    Returns:
        Shape (), >= 0; infinite if the rate is too large.

    Raises:
        ValueError: An argument is outside its range, or `curvatures` is not a list of at least one number.

    Example:
        >>> from lropt_jax.objectives import noise_floor
        >>> [f"{noise_floor(rate, (1.0, 2.0)):.4f}" for rate in (0.01, 0.1, 0.3, 0.31)]
        ['0.0077', '0.1102', '13.5000', 'inf']
    """
    curved, batch = real(learning_rate) * real(jnp.asarray(curvatures)), real(batch_size)
    if curved.ndim != 1 or curved.size == 0:
        raise Refused(f"curvatures must have the shape (d,), got {curved.shape}.")
    left = 2 - (1 + 1 / batch) * curved
    share = jnp.sum(curved / left) / batch
    floor = real(noise) ** 2 / 2 * share / (1 - share)
    return jnp.where(jnp.all(left > 0) & (share < 1), floor, jnp.inf)
