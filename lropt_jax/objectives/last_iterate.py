"""What theory promises of the last iterate under a list of rates."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from lropt_jax._core.checking import checked
from lropt_jax._core.numbers import real
from lropt_jax._core.refusal import Refused


@checked
def last_iterate_bound(rates: jax.Array, *, gradient_norms: ArrayLike = 1.0, distance: ArrayLike = 1.0) -> jax.Array:
    """Worst-case gap of the last iterate of (sub)gradient descent on a convex function.

    `f(x_T) - f* <= (D^2 + S_1) / (2 R_1) + sum_{k<T} h_k / R_{k+1} * S_k / R_k / 2` with rates `h`, their tails
    `R_k = sum_{t>=k} h_t`, and `S_k = sum_{t>=k} h_t^2 G_t^2` (Defazio et al. 2023, arXiv:2310.07831, theorem 10).

    It compares schedules without a run: it ranks linear first, then cosine, then a trapezoid, then a constant rate, as
    practice does. It is differentiable in the rates.

    Args:
        rates: Of all updates, >= 0 and the last > 0, shape (T,).
        gradient_norms: `G`, shape () or (T,).
        distance: `D`, from the start to an optimum.

    Returns:
        Shape ().

    Raises:
        ValueError: `rates` is not a list of at least one rate.

    Example:
        Multiplied by the root of T, at the best multiple of each schedule:

        >>> import jax.numpy as jnp
        >>> from lropt_jax.objectives import best_multiple, last_iterate_bound
        >>> from lropt_jax.schedules import linear
        >>> rates = linear(1.0, 400)(jnp.arange(400))
        >>> f"{20 * last_iterate_bound(best_multiple(rates) * rates):.3f}"
        '2.013'
    """
    start, noise = _parts(rates, gradient_norms)
    return real(distance) ** 2 * start + noise


@checked
def best_multiple(rates: jax.Array, *, gradient_norms: ArrayLike = 1.0, distance: ArrayLike = 1.0) -> jax.Array:
    """The factor on a list of rates at which `last_iterate_bound` is least.

    The bound of `c h` is `a / c + b c`, which is least at `c = sqrt(a / b)` (Schaipp et al. 2025, arXiv:2501.18965).
    It is the peak that theory gives a schedule's shape. It shows how the peak changes with the length of the run or of
    the cooldown.

    Args:
        rates: A schedule's rates, shape (T,).
        gradient_norms: Shape () or (T,).
        distance: From the start to an optimum.

    Returns:
        Shape ().

    Raises:
        ValueError: `rates` is not a list of at least one rate.

    Example:
        >>> import jax.numpy as jnp
        >>> best_multiple(jnp.ones(1))
        Array(1., dtype=float32)
    """
    start, noise = _parts(rates, gradient_norms)
    return real(distance) * jnp.sqrt(start / noise)


def _parts(rates: jax.Array, gradient_norms: ArrayLike) -> tuple[jax.Array, jax.Array]:
    """The factor of the squared distance in the bound, and the rest."""
    rates = real(rates)
    if rates.ndim != 1 or rates.size == 0:
        raise Refused(f"rates must have the shape (T,), got {rates.shape}.")
    tails = jnp.cumsum(rates[::-1])[::-1]
    squares = jnp.cumsum((rates**2 * real(gradient_norms) ** 2)[::-1])[::-1]
    later = jnp.sum(rates[:-1] / tails[1:] * squares[:-1] / tails[:-1]) / 2
    return 1 / (2 * tails[0]), squares[0] / (2 * tails[0]) + later
