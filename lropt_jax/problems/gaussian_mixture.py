"""A mixture of Gaussians: EM as steps of a rate."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from lropt_jax._core.checking import check, checked
from lropt_jax._core.kinds import Finite, NonNegative, Size
from lropt_jax._core.numbers import real
from lropt_jax._core.refusal import Refused
from lropt_jax._core.trees import ArrayLike
from lropt_jax.objectives import (
    Mixture,
    MixtureStatistics,
    mixture_from_statistics,
    mixture_log_joint,
    mixture_statistics,
)
from lropt_jax.problems.data import at_most_examples, rows
from lropt_jax.problems.problem import Problem
from lropt_jax.problems.recipe import Recipe
from lropt_jax.problems.views import Points


@checked
def gaussian_mixture(
    *,
    data: ArrayLike | None = None,
    components: Size = 3,
    batch_size: Size | None = 100,
    means: ArrayLike | None = None,
    floor: NonNegative = 1e-6,
    validation: ArrayLike | None = None,
) -> Problem:
    """Fit a mixture of Gaussians with full covariances by expectation maximisation, whole or in steps.

    The parameters are expected sufficient statistics `s`. The field is `s - E(s)`, with `E(s)` the statistics of the
    batch under the mixture that `s` stands for (`objectives.mixture_statistics`, `mixture_from_statistics`).

    Here the learning rate is the share of the new statistics. On all data, `sgd(1.0)` is EM (Dempster, Laird and Rubin
    1977), which never lowers the likelihood. On batches, rates of `(t + 2)^-a`, `a` in (1/2, 1], are stepwise EM (Cappe
    and Moulines 2009, arXiv:0712.4273; Liang and Klein 2009): `sgd(robbins_monro(2**-a, 2, exponent=a))`. The domain is
    convex: with rates outside [0, 1], momentum or adaptive directions, `s` would be the statistics of no data.

    Args:
        data: Finite, shape (n, d). None: 2,000 draws from three Gaussians in the plane, and 2,000 others to validate
            on. Centre your data: if the mean is far from 0, compared with the spread, float32 loses digits.
        components: A whole number >= 1, at most n.
        batch_size: Examples a step, a whole number >= 1, at most n, drawn on the device. None: all data.
        means: Where to start, finite, shape (components, d). None: at examples drawn without replacement. Every
            component starts with the same weight and the covariance of all data.
        floor: Added to every variance, >= 0.
        validation: Held-out examples, finite, shape (m, d). None: nothing is held out, except with the built-in
            data.

    Returns:
        A problem. The loss is minus the log likelihood in nats per example. Parameters are `MixtureStatistics`;
        `objectives.mixture_from_statistics` turns them into a mixture.

    Raises:
        ValueError: Data are not finite or have a wrong shape, or a number is outside its range.

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
    at_most_examples(len(x), components=components, batch_size=batch_size)
    if means is not None:
        _check_means(means, (components, x.shape[1]))

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
        raise Refused(f"{named} must have the shape {wanted}, got {array.shape}.")
    check(named, Finite, array)
    return real(array)


def _check_means(means: ArrayLike, shape: tuple[int, int]) -> None:
    check("means", Finite, np.asarray(means))
    if np.shape(means) != shape:
        raise Refused(f"means must have the shape {shape}, got {np.shape(means)}.")


def _start(means: jax.Array, covariance: jax.Array) -> MixtureStatistics:
    """The statistics of equally heavy Gaussians of one covariance."""
    share = 1 / len(means)
    squares = covariance + means[:, :, None] * means[:, None, :]
    return MixtureStatistics(jnp.full(len(means), share, means.dtype), share * means, share * squares)


def _clusters(x: jax.Array, mixture: Mixture) -> Points:
    """The first two coordinates, coloured by the likeliest component, and ellipses at two standard deviations."""
    labels = jnp.argmax(jax.vmap(mixture_log_joint, (0, None))(x, mixture), 1)
    turn = jnp.linspace(0, 2 * jnp.pi, 65)
    circle = jnp.stack([jnp.cos(turn), jnp.sin(turn)])
    roots = jnp.linalg.cholesky(mixture.covariances[:, :2, :2])
    ellipses = mixture.means[:, None, :2] + 2 * jnp.swapaxes(roots @ circle, 1, 2)
    curves = {str(k): curve for k, curve in enumerate(ellipses)}
    return Points(x[:, :2], labels, curves, "first coordinate", "second coordinate", "component")
