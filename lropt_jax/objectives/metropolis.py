"""Acceptance of Metropolis and Hastings, and how often it happens on a Gaussian."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from lropt_jax._core.checking import checked
from lropt_jax._core.kinds import AtLeastOne, Positive
from lropt_jax._core.numbers import real


def log_acceptance(here: ArrayLike, there: ArrayLike, forward: ArrayLike = 0.0, backward: ArrayLike = 0.0) -> jax.Array:
    """Log of the probability to accept a proposal.

    `min(1, p(y) q(x | y) / (p(x) q(y | x)))` (Hastings 1970, Biometrika 57). It makes `p(x) q(y | x) acceptance` equal
    in both directions, so `p` is stationary.

    Args:
        here: `log p(x)`, shape (), up to a constant.
        there: `log p(y)`, with the same constant. -inf outside the support. NaN counts as -inf: the proposal went
            beyond all floats.
        forward: `log q(y | x)`, up to a constant. 0 for symmetric proposals.
        backward: `log q(x | y)`.

    Returns:
        Shape (), <= 0.

    Example:
        >>> import jax.numpy as jnp
        >>> print(jnp.exp(log_acceptance(jnp.log(0.4), jnp.log(0.1))).round(3))
        0.25
    """
    ratio = jnp.asarray(there) - here + (jnp.asarray(backward) - forward)
    return jnp.minimum(jnp.where(jnp.isnan(ratio), -jnp.inf, ratio), 0)


def langevin_log_density(to: jax.Array, start: jax.Array, gradient: jax.Array, step: ArrayLike) -> jax.Array:
    """Log density of a Langevin proposal, up to a constant.

    `q(y | x) = N(y; x + h^2 / 2 * grad log p(x), h^2 I)` (Roberts and Tweedie 1996, Bernoulli 2; Roberts and Rosenthal
    1998).

    Args:
        to: `y`, shape (d,).
        start: `x`, shape (d,).
        gradient: `grad log p(x)`, shape (d,).
        step: `h`, > 0.

    Returns:
        Shape ().

    Example:
        >>> import jax.numpy as jnp
        >>> print(langevin_log_density(jnp.array([2.0]), jnp.array([1.0]), jnp.array([-1.0]), 1.0))
        -1.125
    """
    missed = to - start - jnp.asarray(step) ** 2 / 2 * gradient
    return -jnp.sum(missed**2) / (2 * jnp.asarray(step) ** 2)


@checked
def gaussian_acceptance(step: Positive, dimension: AtLeastOne, *, langevin: bool = False) -> jax.Array:
    """The share of proposals that is accepted on a standard Gaussian, in the long run.

    `I(1 / (1 + a^2); d / 2, 1 / 2)`, the regularised incomplete beta function, with `a = h / 2` for a random walk of
    standard deviation `h` and `a = h^3 / 8` for Langevin proposals. For large `d` it is `2 Phi(-a sqrt(d))` (Roberts,
    Gelman and Gilks 1997; Roberts and Rosenthal 1998). Its best values are 0.234 and 0.574.

    In both, a proposal with `|y| < |x|` is always accepted. By symmetry, acceptance is twice the probability of that.
    `|y|^2 - |x|^2 = (y - x) (y + x)` is negative as often as a Student variable of `d` degrees of freedom is below
    `-a sqrt(d)`.

    Args:
        step: `h`, > 0.
        dimension: `d`, >= 1.
        langevin: Whether the proposals are Langevin's.

    Returns:
        In (0, 1), shape of `step`.

    Raises:
        ValueError: `step` is not above 0, or `dimension` is below 1.

    Example:
        In one dimension a random walk has `2 / pi * arctan(2 / h)`:

        >>> print(gaussian_acceptance(2.0, 1).round(3))
        0.5
    """
    a = real(step) ** 3 / 8 if langevin else real(step) / 2
    return jax.scipy.special.betainc(real(dimension) / 2, real(0.5), 1 / (1 + a**2))
