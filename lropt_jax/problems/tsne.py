"""t-SNE: a map of points in the plane that keeps the neighbourhoods of data."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from lropt_jax._core.binding import bind
from lropt_jax._core.checking import check, checked
from lropt_jax._core.extras import require
from lropt_jax._core.kinds import Finite, Growth
from lropt_jax._core.numbers import real, value_at
from lropt_jax._core.refusal import Refused
from lropt_jax._core.sealing import Static, seal
from lropt_jax._core.trees import ArrayLike
from lropt_jax._core.values import unseal
from lropt_jax.objectives import neighbour_probabilities, tsne_gradient, tsne_kl
from lropt_jax.problems.problem import Problem
from lropt_jax.problems.recipe import Recipe
from lropt_jax.problems.views import Points
from lropt_jax.schedules import piecewise

_EARLY = piecewise((12.0, 1.0), (250,))
_RECIPE = Recipe(
    steps=1500,
    optimizers=("delta_bar_delta(rate, theta=None, momentum=piecewise((0.5, 0.8), (250,)), at_zero='shrink')",),
    rates="1e1:1e3:5",
    schedule="piecewise((rate, 12 * rate), (250,))",
    seeds=1,
)


@checked
def tsne(
    *,
    data: ArrayLike | None = None,
    labels: ArrayLike | None = None,
    perplexity: Finite = 30.0,
    exaggeration: Growth = _EARLY,
) -> Problem:
    """Place points in the plane so that near ones are neighbours in the data (van der Maaten and Hinton 2008, JMLR 9).

    Each point of the data picks neighbours with the probabilities of a Gaussian of the given perplexity. Each point of
    the map picks them with those of a Student t. The loss is the divergence between the two. Its gradient is exact: it
    takes all pairs, without tree or grid (`objectives.tsne_gradient`). The map begins at the first two principal
    components, scaled down to 1e-4 (Kobak and Berens 2019, Nature Communications 10), and is the same for every key.
    Exaggeration changes the gradient of the early steps. The loss that is watched and judged is never exaggerated.

    Here the rate makes up for gradients of about `exaggeration / n`. Belkina et al. (2019, Nature Communications 10)
    recommend `n / (4 exaggeration)`, with the gains of `delta_bar_delta`, for 1,000 steps:
    `delta_bar_delta(piecewise((n / 48, n / 4), (250,)), theta=None, momentum=piecewise((0.5, 0.8), (250,)),
    at_zero="shrink")`. Rates that are five times larger or ten times smaller do little harm. At twenty times the rate
    the map flies apart. With `n / 48` in all steps (scikit-learn's choice, apart from its minimum of 50) the digits
    need 1,000 steps for what this reaches after about 670 (`benchmarks/tsne.py`).

    Args:
        data: Finite, shape (n, d), d >= 2. None: scikit-learn's bundled digits, n = 1,797, d = 64.
        labels: Of the points, for the picture, shape (n,). None: those of the digits, or no labels.
        perplexity: The effective number of neighbours, above 1 and at most n / 3.
        exaggeration: >= 1, a number or a schedule of the step. By default it is 12 for 250 steps, then 1.

    Returns:
        A problem. Parameters are the map (n, 2). The state is the step, () int32. The error is the divergence in nats,
        which no map brings to 0. A step is O(n^2) and takes 3 n^2 float32: 39 MB for the digits, 1.2 GB for
        n = 10,000. Each further lane takes 2 n^2 more.

    Raises:
        ImportError: `data` is None and scikit-learn is not installed.
        ValueError: `data` are not finite, have another shape or are the same point everywhere, or a number is outside
            its range.

    Example:
        >>> problem = tsne(data=np.eye(9), perplexity=3.0)
        >>> params, state = problem.init(jax.random.key(0))
        >>> params.shape, f"{abs(problem.judge(params, state)):.3f}"  # all are equally far from each other
        ((9, 2), '0.000')
    """
    points, own = _digits() if data is None else (_points(data), None)
    labels, size = own if labels is None else labels, len(points)
    if labels is not None and np.shape(labels) != (size,):
        raise Refused(f"labels must have the shape ({size},), got {np.shape(labels)}.")
    if not 1 < np.asarray(perplexity) <= size / 3:
        third = f"at most a third of the points, {size / 3:g}"
        raise Refused(f"perplexity must be above 1 and {third}, got {perplexity}.")
    joint = _joint(_squares(points), perplexity)

    return Problem(
        init=bind(_start, real(_principal(points))),
        field=bind(_field, joint, seal(exaggeration)),
        judge=bind(_judge, joint),
        view=bind(_seen, _leaf_of(labels)),
        name="tsne",
        recipe=_RECIPE,
    )


def _start(begin: jax.Array, key: jax.Array) -> tuple[jax.Array, jax.Array]:
    return begin, jnp.zeros((), jnp.int32)


def _field(joint: jax.Array, exaggeration: Any, embedding: jax.Array, step: jax.Array, key: jax.Array) -> tuple:
    gradient, kl = tsne_gradient(embedding, joint, exaggeration=value_at(unseal(exaggeration), step))
    return gradient, step + 1, kl


def _judge(joint: jax.Array, embedding: jax.Array, step: jax.Array) -> jax.Array:
    return tsne_kl(embedding, joint)


def _leaf_of(labels: ArrayLike | None) -> Any:
    """Labels that go through compiled programs: words are part of the definition."""
    if labels is None:
        return None
    array = np.asarray(labels)
    return array if array.dtype.kind in "biuf" else Static(tuple(array.tolist()))


def _seen(labels: Any, embedding: jax.Array, step: jax.Array) -> Points:
    return Points(embedding, None if labels is None else np.asarray(unseal(labels)))


def _digits() -> tuple[np.ndarray, np.ndarray]:
    """The images, 16 grey levels, and which digit each is."""
    bundled = require("sklearn.datasets").load_digits()
    return bundled.data, bundled.target


def _points(data: ArrayLike) -> np.ndarray:
    """The data in float64; other shapes, and data without any spread, are refused."""
    points = np.asarray(data, np.float64)
    if points.ndim != 2 or points.shape[1] < 2:
        raise Refused(f"data must have the shape (n, d) with d >= 2, got {points.shape}.")
    check("data", Finite, points)
    if np.all(points == points[:1]):
        raise Refused("data must differ from point to point, got the same point everywhere.")
    return points


def _squares(points: np.ndarray) -> jax.Array:
    """Squared distances. Differences cancel, so float64; only ratios count, so units that fit float32."""
    centred = points - points.mean(axis=0)
    centred = centred / np.max(np.abs(centred))
    norms = np.sum(centred**2, axis=1)
    return real(np.maximum(norms[:, None] + norms - 2 * centred @ centred.T, 0))


@jax.jit
def _joint(squares: jax.Array, perplexity: ArrayLike) -> jax.Array:
    """`(p_{j|i} + p_{i|j}) / 2n`."""
    probabilities = neighbour_probabilities(squares, perplexity)
    return (probabilities + probabilities.T) / (2 * len(squares))


def _principal(points: np.ndarray) -> np.ndarray:
    """The first two principal components, each with its largest loading above 0, scaled to be small."""
    left, scales, loadings = np.linalg.svd(points - points.mean(axis=0), full_matrices=False)
    largest = np.take_along_axis(loadings, np.argmax(np.abs(loadings), axis=1)[:, None], axis=1)[:, 0]
    components = (left * scales * np.where(largest < 0, -1, 1))[:, :2]
    return 1e-4 * components / np.std(components[:, 0])
