"""A mixture of Gaussians: EM as steps of a rate."""

import jax
import jax.numpy as jnp
import numpy as np

from lropt_jax._core.binding import bind
from lropt_jax._core.checking import check, checked
from lropt_jax._core.kinds import Finite, NonNegative, Size
from lropt_jax._core.numbers import real
from lropt_jax._core.refusal import Refused
from lropt_jax._core.trees import ArrayLike
from lropt_jax.objectives import MixtureStatistics, mixture_log_joint
from lropt_jax.problems.data import at_most_examples, rows
from lropt_jax.problems.mixture_frame import Frame, standardise
from lropt_jax.problems.mixture_starts import best_start, drawn_apart, even_start
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
    starts: Size | None = None,
    floor: NonNegative | None = None,
    validation: ArrayLike | None = None,
) -> Problem:
    """Fit a mixture of Gaussians with full covariances by expectation maximisation, whole or in steps.

    The parameters are expected sufficient statistics `s`. The field is `s - E(s)`, with `E(s)` the statistics of the
    batch under the mixture that `s` stands for (`objectives.mixture_statistics`, `mixture_from_statistics`). They are
    statistics of standardised data, so float32 is enough for data of any mean and unit.

    Here the learning rate is the share of the new statistics. On all data, `sgd(1.0)` is EM (Dempster, Laird and Rubin
    1977), which never lowers the likelihood. On batches, rates of `(t + 2)^-a`, `a` in (1/2, 1], are stepwise EM (Cappe
    and Moulines 2009, arXiv:0712.4273; Liang and Klein 2009): `sgd(robbins_monro(2**-a, 2, exponent=a))`. The domain is
    convex: with rates outside [0, 1], momentum or adaptive directions, `s` would be the statistics of no data.

    Args:
        data: Finite, shape (n, d). None: 2,000 draws from three Gaussians in the plane, and 2,000 others to validate
            on.
        components: A whole number >= 1, at most the number of distinct examples.
        batch_size: Examples a step, a whole number >= 1, at most n, drawn on the device. None: all data.
        means: Where to start, finite, shape (components, d), no two rows equal. None: at examples drawn by k-means++
            (Arthur and Vassilvitskii 2007). Every component starts with the same weight and the covariance of all data.
        starts: How many starts to try, a whole number >= 1: each is k-means++, then k-means, then 100 iterations of
            EM on all data. The problem starts where the likeliest of them ended. None: nothing is tried.
        floor: Added to every variance, >= 0. None: 1e-6, or 1e-5 of the variance of all data in that coordinate, if
            that is less.
        validation: Held-out examples, finite, shape (m, d). None: nothing is held out, except with the built-in
            data.

    Returns:
        A problem. The loss is minus the log likelihood in nats per example. Parameters are `MixtureStatistics`;
        `objectives.mixture_from_statistics` turns them into a mixture in the units of the data.

    Raises:
        ValueError: Data are not finite or have a wrong shape, or a number is outside its range, or two means are equal.

    Example:
        >>> import jax
        >>> from lropt_jax.optimizers import sgd
        >>> from lropt_jax.problems import solve
        >>> losses = solve(gaussian_mixture(batch_size=None), sgd(1.0), jax.random.key(0), 60).values
        >>> f"{losses[0]:.2f} {losses[-1]:.2f}"
        '4.08 3.28'
    """
    if data is None:
        data, validation = three_clusters(0), three_clusters(1) if validation is None else validation
    x = _examples(data, "data")
    at_most_examples(len(x), components=components, batch_size=batch_size)
    frame, standard = Frame.of(x, floor), standardise(x, x)
    _check_distinct(standard, components)
    if means is not None:
        if starts is not None:
            raise Refused(f"starts must be None where means are given, got {starts}.")
        means = _means(means, x, components)

    held = None if validation is None else standardise(_examples(validation, "validation", x.shape[1]), x)
    z = real(standard)
    begin = None if means is None else real(means)
    return Problem(
        init=bind(_start, z, frame, begin, starts=starts, components=components),
        field=bind(_field, z, frame, batch_size=batch_size),
        validate=None if held is None else bind(_held_out, real(held), frame),
        view=None if x.shape[1] < 2 else bind(_clusters, z, frame),
        name="gaussian_mixture",
        domain="convex",
        score="log likelihood",
        recipe=Recipe(3000, ("sgd",), "1e-2:1e0:12", "robbins_monro(rate, 2, exponent=0.6)"),
    )


def _start(
    z: jax.Array, frame: Frame, means: jax.Array | None, key: jax.Array, *, starts: int | None, components: int
) -> tuple[MixtureStatistics, tuple]:
    if starts is not None:
        return best_start(starts, z, components, frame, key), ()
    return frame.mark(even_start(drawn_apart(z, components, key) if means is None else means, z)), ()


def _field(
    z: jax.Array, frame: Frame, s: MixtureStatistics, state: tuple, key: jax.Array, *, batch_size: int | None
) -> tuple:
    seen, loss = frame.expect(z if batch_size is None else z[rows(key, batch_size, len(z))], s)
    return jax.tree.map(jnp.subtract, s, seen), state, loss


def _held_out(z: jax.Array, frame: Frame, s: MixtureStatistics, state: tuple, key: jax.Array) -> jax.Array:
    return frame.expect(z, s)[1]


def three_clusters(seed: int) -> np.ndarray:
    """2,000 draws from three Gaussians in the plane, two of which touch."""
    random = np.random.default_rng(seed)
    weights, means = [0.5, 0.3, 0.2], np.array([[-2.0, 0.0], [1.5, 1.5], [2.0, -2.0]])
    roots = np.array([[[1.0, 0.0], [0.6, 0.8]], [[0.7, 0.0], [-0.4, 0.6]], [[0.5, 0.0], [0.2, 1.0]]])
    labels = random.choice(3, 2000, p=weights)
    return means[labels] + np.einsum("nij,nj->ni", roots[labels], random.standard_normal((2000, 2)))


def _examples(data: ArrayLike, named: str, dimension: int | None = None) -> np.ndarray:
    array = np.asarray(data)
    wrong = array.ndim != 2 or array.size == 0 or dimension not in (None, array.shape[1])
    if wrong:
        wanted = f"(n, {dimension or 'd'})"
        raise Refused(f"{named} must have the shape {wanted}, got {array.shape}.")
    check(named, Finite, array)
    return array.astype(float)


def _check_distinct(z: np.ndarray, components: int) -> None:
    for part in (z[: 10 * components], z):  # mostly the first examples are enough
        distinct = len(np.unique(part, axis=0))
        if components <= distinct:
            return
    raise Refused(f"components must be at most {distinct}, the number of distinct examples, got {components}.")


def _means(means: ArrayLike, x: np.ndarray, components: int) -> np.ndarray:
    """Standardised means. They must differ: EM never separates equal components."""
    check("means", Finite, np.asarray(means))
    shape = (components, x.shape[1])
    if np.shape(means) != shape:
        raise Refused(f"means must have the shape {shape}, got {np.shape(means)}.")
    standard = standardise(np.asarray(means, float), x)
    _, home, sizes = np.unique(standard, axis=0, return_inverse=True, return_counts=True)
    if np.any(sizes > 1):
        equal = np.flatnonzero(home.ravel() == np.argmax(sizes))
        raise Refused(f"means must differ, got equal rows {equal.tolist()}; EM never separates equal components.")
    return standard


def _clusters(z: jax.Array, frame: Frame, s: MixtureStatistics, state: tuple) -> Points:
    """The first two coordinates, coloured by the likeliest component, and ellipses at two standard deviations."""
    mixture = frame.mixture(s)
    labels = jnp.argmax(jax.vmap(mixture_log_joint, (0, None))(z, mixture), 1)
    turn = jnp.linspace(0, 2 * jnp.pi, 65)
    circle = jnp.stack([jnp.cos(turn), jnp.sin(turn)])
    roots = jnp.linalg.cholesky(mixture.covariances[:, :2, :2])
    ellipses = mixture.means[:, None, :2] + 2 * jnp.swapaxes(roots @ circle, 1, 2)
    origin, scale = frame.origin[:2], frame.scale[:2]
    curves = {str(k): origin + scale * curve for k, curve in enumerate(ellipses)}
    points = origin + scale * z[:, :2]
    return Points(points, labels, curves, "first coordinate", "second coordinate", "component")
