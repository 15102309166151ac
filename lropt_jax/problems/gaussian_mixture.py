"""A mixture of Gaussians: EM as steps of a rate."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

from lropt_jax._core import checks
from lropt_jax._core.numbers import real
from lropt_jax.objectives import (
    Mixture,
    MixtureStatistics,
    mixture_from_statistics,
    mixture_log_joint,
    mixture_statistics,
)
from lropt_jax.problems.data import rows
from lropt_jax.problems.problem import Problem
from lropt_jax.problems.recipe import Recipe
from lropt_jax.problems.views import Points


def gaussian_mixture(
    *,
    data: ArrayLike | None = None,
    components: int = 3,
    batch_size: int | None = 100,
    means: ArrayLike | None = None,
    floor: ArrayLike = 1e-6,
    validation: ArrayLike | None = None,
) -> Problem:
    """Fit a mixture of Gaussians with full covariances by expectation maximisation, whole or in steps.

    The parameters are expected sufficient statistics `s`, and the field is `s - E(s)`, with `E(s)` the statistics of
    the batch under the mixture that `s` stands for (`objectives.mixture_statistics`, `mixture_from_statistics`).

    Here the learning rate is how much of the new statistics is taken. On all data, `sgd(1.0)` is EM (Dempster, Laird
    and Rubin 1977), which never lowers the likelihood. On batches, rates of `(t + 2)^-a`, `a` in (1/2, 1], are stepwise
    EM (Cappe and Moulines 2009, arXiv:0712.4273; Liang and Klein 2009):
    `sgd(robbins_monro(2**-a, 2, exponent=a))`. The domain is convex: rates outside [0, 1], momentum and adaptive
    directions would leave the statistics that any data can have.

    Args:
        data: Shape (n, d). None: 2,000 draws from three Gaussians in the plane, and 2,000 others to validate on. Data
            whose mean is far from 0, as seen from their spread, lose digits in float32; centre them.
        components: From 1 to n.
        batch_size: Examples a step, drawn on the device. None: all data.
        means: Where to start, shape (components, d). None: at examples drawn without replacement. Every component
            starts with the same weight and the covariance of all data.
        floor: Added to every variance, >= 0.
        validation: Held-out examples, shape (m, d).

    Returns:
        A problem. The loss is minus the log likelihood in nats per example; parameters are `MixtureStatistics`, which
        `objectives.mixture_from_statistics` turns into a mixture.

    Raises:
        ValueError: Data that are not finite or have a wrong shape, or a number outside its range.

    Example:
        >>> import jax
        >>> from lropt_jax.optimizers import sgd
        >>> from lropt_jax.problems import solve
        >>> losses = solve(gaussian_mixture(batch_size=None), sgd(1.0), jax.random.key(0), 60).values
        >>> f"{losses[0]:.2f} {losses[-1]:.2f}"
        '4.43 3.28'
    """
    if data is None:
        data, validation = three_clusters(0), three_clusters(1) if validation is None else validation
    x = _examples(data, "data")
    _check_sizes(x.shape, components, batch_size, means, floor)

    def init(x: jax.Array, means: jax.Array | None, key: jax.Array) -> tuple[MixtureStatistics, tuple]:
        drawn = x[jax.random.choice(key, len(x), (components,), replace=False)] if means is None else means
        return _start(drawn, jnp.cov(x.T, bias=True).reshape(2 * x.shape[1:])), ()

    def field(x: jax.Array, floor: jax.Array, s: MixtureStatistics, state: Any, key: jax.Array) -> tuple:
        batch = x if batch_size is None else x[rows(key, batch_size, len(x))]
        seen, log_likelihood = mixture_statistics(batch, mixture_from_statistics(s, floor=floor))
        return jax.tree.map(jnp.subtract, s, seen), state, -log_likelihood

    def held_out(x: jax.Array, floor: jax.Array, s: MixtureStatistics, state: Any, key: jax.Array) -> jax.Array:
        return -mixture_statistics(x, mixture_from_statistics(s, floor=floor))[1]

    def view(x: jax.Array, floor: jax.Array, s: MixtureStatistics, state: Any) -> Points:
        return _clusters(x, mixture_from_statistics(s, floor=floor))

    held = None if validation is None else _examples(validation, "validation", x.shape[1])
    return Problem(
        init=jax.tree_util.Partial(init, x, None if means is None else real(means)),
        field=jax.tree_util.Partial(field, x, real(floor)),
        validate=None if held is None else jax.tree_util.Partial(held_out, held, real(floor)),
        view=None if x.shape[1] < 2 else jax.tree_util.Partial(view, x, real(floor)),
        name="gaussian_mixture",
        domain="convex",
        score="log likelihood",
        recipe=Recipe(3000, ("sgd",), "1e-2:1e0:12", "robbins_monro(rate, 2, exponent=0.6)"),
    )


def three_clusters(seed: int) -> np.ndarray:
    """2,000 draws from three Gaussians in the plane, two of which touch."""
    random = np.random.default_rng(seed)
    weights, means = [0.5, 0.3, 0.2], np.array([[-2.0, 0.0], [1.5, 1.5], [2.0, -2.0]])
    roots = np.array([[[1.0, 0.0], [0.6, 0.8]], [[0.7, 0.0], [-0.4, 0.6]], [[0.5, 0.0], [0.2, 1.0]]])
    labels = random.choice(3, 2000, p=weights)
    return means[labels] + np.einsum("nij,nj->ni", roots[labels], random.standard_normal((2000, 2)))


def _examples(data: ArrayLike, named: str, dimension: int | None = None) -> jax.Array:
    array = np.asarray(data)
    wrong = array.ndim != 2 or array.size == 0 or dimension not in (None, array.shape[1])
    if wrong:
        wanted = f"(n, {dimension or 'd'})"
        raise ValueError(f"gaussian_mixture: {named} must have the shape {wanted}, got {array.shape}.")
    checks.finite("gaussian_mixture", **{named: array})
    return real(array)


def _check_sizes(shape: tuple, components: int, batch_size: int | None, means: Any, floor: ArrayLike) -> None:
    checks.whole("gaussian_mixture", most=shape[0], components=components)
    if batch_size is not None:
        checks.whole("gaussian_mixture", most=shape[0], batch_size=batch_size)
    checks.nonnegative("gaussian_mixture", floor=floor)
    if means is not None:
        checks.finite("gaussian_mixture", means=np.asarray(means))
        wanted, got = (components, shape[1]), np.shape(means)
        if got != wanted:
            raise ValueError(f"gaussian_mixture: means must have the shape {wanted}, got {got}.")


def _start(means: jax.Array, covariance: jax.Array) -> MixtureStatistics:
    """The statistics of equally heavy Gaussians of one covariance."""
    share = 1 / len(means)
    squares = covariance + means[:, :, None] * means[:, None, :]
    return MixtureStatistics(jnp.full(len(means), share, means.dtype), share * means, share * squares)


def _clusters(x: jax.Array, mixture: Mixture) -> Points:
    """The first two coordinates, each example with its likeliest component, and ellipses at two standard deviations."""
    labels = jnp.argmax(jax.vmap(mixture_log_joint, (0, None))(x, mixture), 1)
    turn = jnp.linspace(0, 2 * jnp.pi, 65)
    circle = jnp.stack([jnp.cos(turn), jnp.sin(turn)])
    roots = jnp.linalg.cholesky(mixture.covariances[:, :2, :2])
    ellipses = mixture.means[:, None, :2] + 2 * jnp.swapaxes(roots @ circle, 1, 2)
    curves = {str(k): curve for k, curve in enumerate(ellipses)}
    return Points(x[:, :2], labels, curves, "first coordinate", "second coordinate", "component")
