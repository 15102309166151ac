"""A mixture of Gaussians: EM as steps of a rate."""

from collections.abc import Iterable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from lropt_jax._core.binding import bind
from lropt_jax._core.checking import checked
from lropt_jax._core.kinds import NonNegative, Size
from lropt_jax._core.numbers import real
from lropt_jax._core.refusal import Refused
from lropt_jax._core.trees import ArrayLike
from lropt_jax.objectives import MixtureStatistics
from lropt_jax.problems.data import Stream, at_most_examples, rows
from lropt_jax.problems.mixtures.data import Standardised, check_distinct, check_means, examples, first_of, is_batches
from lropt_jax.problems.mixtures.frame import Frame, Standard
from lropt_jax.problems.mixtures.starts import Covariance, best_start, drawn_apart, even_start
from lropt_jax.problems.mixtures.view import clusters
from lropt_jax.problems.problem import Problem
from lropt_jax.problems.recipe import Recipe

_BATCH = 100


@checked
def gaussian_mixture(
    data: ArrayLike | Iterable[ArrayLike] | None = None,
    *,
    components: Size = 3,
    covariance: Covariance = "full",
    batch_size: Size | None = _BATCH,
    means: ArrayLike | None = None,
    starts: Size | None = None,
    floor: NonNegative | None = None,
    validation: ArrayLike | None = None,
) -> Problem:
    """Fit a mixture of Gaussians by expectation maximisation, whole, in steps, or from a stream.

    The parameters are expected sufficient statistics `s`. The field is `s - E(s)`, with `E(s)` the statistics of the
    batch under the mixture that `s` stands for (`objectives.mixture_statistics`, `mixture_from_statistics`). They are
    statistics of standardised data, so float32 is enough for data of any mean and unit.

    Here the learning rate is the share of the new statistics. On all data, `sgd(1.0)` is EM (Dempster, Laird and Rubin
    1977), which never lowers the likelihood. On batches, rates of `(t + 2)^-a`, `a` in (1/2, 1], are stepwise EM (Cappe
    and Moulines 2009, arXiv:0712.4273; Liang and Klein 2009): `sgd(robbins_monro(2**-a, 2, exponent=a))`. The domain is
    convex: with rates outside [0, 1], momentum or adaptive directions, `s` would be the statistics of no data.

        fit = solve(gaussian_mixture(data, batch_size=None, starts=10), sgd(1.0), key, steps=100).params
        mixture = mixture_from_statistics(fit)             # an objectives.Mixture
        mixture.predict(data), mixture.responsibilities(data), mixture.log_prob(data), mixture.bic(data)

    Args:
        data: Finite, shape (n, d). Or a list or any other iterable of such batches, of one shape, for data that do not
            fit or never end: it begins again when it ends. Units, starts and the picture then come from the first
            batch. None: 2,000 draws from three Gaussians in the plane, and 2,000 others to validate on.
        components: A whole number >= 1, at most the number of distinct examples. `choose_components` finds it.
        covariance: "full", "tied" (one matrix for all components), "diagonal", or "spherical", one number each.
        batch_size: Examples a step, a whole number >= 1, at most n, drawn on the device. None: all data. Batches of an
            iterable come as they are.
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
        TypeError: Data are neither an array nor an iterable.

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
    streamed = is_batches(data)
    if streamed and batch_size not in (None, _BATCH):
        raise Refused(f"batch_size must be left out for batches, got {batch_size}; they come as they are.")
    x, batches = first_of(data) if streamed else (examples(data, "data"), ())  # type: ignore[arg-type]
    at_most_examples(len(x), components=components, batch_size=None if streamed else batch_size)
    standard = Standard.of(x, covariance)
    frame, z = Frame.of(standard, floor), standard(x)
    check_distinct(z, components, " in the first batch" if streamed else "")
    if means is not None:
        if starts is not None:
            raise Refused(f"starts must be None where means are given, got {starts}.")
        means = check_means(means, (components, x.shape[1]), standard)

    held = None if validation is None else standard(examples(validation, "validation", x.shape[1]))
    first, begin = real(z), None if means is None else real(means)
    return Problem(
        init=bind(_start, first, frame, begin, starts=starts, components=components, covariance=covariance),
        field=bind(_field_of_batch, frame) if streamed else bind(_field, first, frame, batch_size=batch_size),
        validate=None if held is None else bind(_held_out, real(held), frame),
        view=None if x.shape[1] < 2 else bind(clusters, first, frame),
        name="gaussian_mixture",
        domain="convex",
        score="log likelihood",
        stream=Stream(Standardised(batches, standard, x.shape[1]), "gaussian_mixture") if streamed else None,
        recipe=Recipe(3000, ("sgd",), "1e-2:1e0:12", "robbins_monro(rate, 2, exponent=0.6)"),
    )


def _start(
    z: jax.Array,
    frame: Frame,
    means: jax.Array | None,
    key: jax.Array,
    *,
    starts: int | None,
    components: int,
    covariance: Covariance,
) -> tuple[MixtureStatistics, tuple]:
    if starts is not None:
        return best_start(starts, z, components, covariance, frame, key), ()
    return frame.mark(even_start(drawn_apart(z, components, key) if means is None else means, z, covariance)), ()


def _field(
    z: jax.Array, frame: Frame, s: MixtureStatistics, state: tuple, key: jax.Array, *, batch_size: int | None
) -> tuple:
    seen, loss = frame.expect(z if batch_size is None else z[rows(key, batch_size, len(z))], s)
    return jax.tree.map(jnp.subtract, s, seen), state, loss


def _field_of_batch(frame: Frame, s: MixtureStatistics, batch: Any, key: jax.Array) -> tuple:
    """The same for a batch from the host, which comes in the place of a state."""
    seen, loss = frame.expect(batch, s)
    return jax.tree.map(jnp.subtract, s, seen), (), loss


def _held_out(z: jax.Array, frame: Frame, s: MixtureStatistics, state: tuple, key: jax.Array) -> jax.Array:
    return frame.expect(z, s)[1]


def three_clusters(seed: int) -> np.ndarray:
    """2,000 draws from three Gaussians in the plane, two of which touch."""
    random = np.random.default_rng(seed)
    weights, means = [0.5, 0.3, 0.2], np.array([[-2.0, 0.0], [1.5, 1.5], [2.0, -2.0]])
    roots = np.array([[[1.0, 0.0], [0.6, 0.8]], [[0.7, 0.0], [-0.4, 0.6]], [[0.5, 0.0], [0.2, 1.0]]])
    labels = random.choice(3, 2000, p=weights)
    return means[labels] + np.einsum("nij,nj->ni", roots[labels], random.standard_normal((2000, 2)))
