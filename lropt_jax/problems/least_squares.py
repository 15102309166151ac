"""Least squares on fresh examples: where the rate sets the noise."""

import jax
import jax.numpy as jnp
import numpy as np

from lropt_jax._core.binding import bind
from lropt_jax._core.checking import checked
from lropt_jax._core.kinds import NonNegative, Positives, Size
from lropt_jax._core.numbers import real
from lropt_jax._core.refusal import Refused
from lropt_jax.problems.problem import Problem
from lropt_jax.problems.views import Dots


@checked
def least_squares(
    *, curvatures: Positives = (1.0, 0.3, 0.1, 0.03), noise: NonNegative = 1.0, batch_size: Size | None = 4
) -> Problem:
    """Find the weights of a linear model from examples that are never seen twice.

    `y = x w* + N(0, noise^2)`, `x ~ N(0, diag(curvatures))`, `w* = (1, ..., 1)`. From `w = 0`, descend the mean of
    `(x w - y)^2 / 2` over a batch. The curvatures `h` are the eigenvalues of the Hessian. Plain SGD does the same in
    any rotation of it.

    Here the learning rate trades speed for noise. The start is forgotten in direction `i` like `(1 - rate h_i)^t`,
    which dies out for rates below `2 / max(h)`. On batches the limit is smaller: the rate at which
    `objectives.noise_floor` becomes infinite. Below it, a constant rate keeps the excess risk at that floor. Averaged
    iterates (`average_from` of `solve`; Bach and Moulines 2013, arXiv:1306.2119) and falling rates go below the floor.

    Args:
        curvatures: `h`, > 0, shape (d,).
        noise: Standard deviation of the labels, >= 0.
        batch_size: Fresh examples a step, a whole number >= 1. None: the expected gradient, without noise.

    Returns:
        A problem. Parameters (d,); the error is the excess risk `sum_i h_i (w_i - 1)^2 / 2`.

    Raises:
        ValueError: An argument is outside its range, or `curvatures` is not a list of at least one number.

    Example:
        >>> import jax
        >>> from lropt_jax.optimizers import sgd
        >>> from lropt_jax.problems import solve
        >>> problem = least_squares(batch_size=None)
        >>> solution = solve(problem, sgd(1.9), jax.random.key(0), 200)
        >>> f"{problem.judge(solution.params, solution.state):.1e}"
        '9.7e-13'
    """
    h = real(np.asarray(curvatures))
    if h.ndim != 1 or h.size == 0:
        raise Refused(f"curvatures must have the shape (d,), got {h.shape}.")

    field = bind(_expected, h, real(noise)) if batch_size is None else bind(_sampled, h, real(noise), size=batch_size)
    return Problem(
        init=bind(_start, h),
        field=field,
        judge=bind(_excess, h),
        view=_weights,
        name="least_squares",
    )


def _start(h: jax.Array, key: jax.Array) -> tuple[jax.Array, tuple]:
    return jnp.zeros_like(h), ()


def _sampled(h: jax.Array, noise: jax.Array, w: jax.Array, state: tuple, key: jax.Array, *, size: int) -> tuple:
    x_key, y_key = jax.random.split(key)
    x = jnp.sqrt(h) * jax.random.normal(x_key, (size, h.size), h.dtype)
    residual = x @ (w - 1) - noise * jax.random.normal(y_key, (size,), h.dtype)
    return residual @ x / size, state, jnp.mean(residual**2) / 2


def _expected(h: jax.Array, noise: jax.Array, w: jax.Array, state: tuple, key: jax.Array) -> tuple:
    return h * (w - 1), state, _excess(h, w, state) + noise**2 / 2


def _excess(h: jax.Array, w: jax.Array, state: tuple) -> jax.Array:
    return jnp.sum(h * (w - 1) ** 2) / 2


def _weights(w: jax.Array, state: tuple) -> Dots:
    return Dots({"found": w, "true": jnp.ones_like(w)}, "weight", "value")
