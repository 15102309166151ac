"""t-SNE: a map of points in the plane that keeps the neighbourhoods of data."""

import warnings
from typing import Any, Literal

import jax
import jax.numpy as jnp
import numpy as np

from lropt_jax._core.binding import bind
from lropt_jax._core.checking import checked
from lropt_jax._core.extras import require
from lropt_jax._core.kinds import Finite, Growth
from lropt_jax._core.numbers import value_at
from lropt_jax._core.refusal import Refused
from lropt_jax._core.sealing import Static, seal
from lropt_jax._core.trees import ArrayLike
from lropt_jax._core.values import unseal
from lropt_jax.objectives import neighbour_probabilities, tsne_gradient, tsne_kl
from lropt_jax.problems.maps.distances import Metric, points_of, squares_of
from lropt_jax.problems.maps.rate import review
from lropt_jax.problems.maps.starts import Start, start_of
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
_MANY = 10_000  # points, from which on a map is left to those who interpolate


@checked
def tsne(
    data: ArrayLike | None = None,
    *,
    labels: ArrayLike | None = None,
    metric: Metric = "euclidean",
    dimensions: Literal[1, 2, 3] = 2,
    perplexity: Finite = 30.0,
    exaggeration: Growth = _EARLY,
    init: Start = "pca",
) -> Problem:
    """Place points in the plane so that near ones are neighbours in the data (van der Maaten and Hinton 2008, JMLR 9).

    Each point of the data picks neighbours with the probabilities of a Gaussian of the given perplexity. Each point of
    the map picks them with those of a Student t. The loss is the divergence between the two. Its gradient is exact: it
    takes all pairs, without tree or grid (`objectives.tsne_gradient`). Exaggeration changes the gradient of the early
    steps. The loss that is watched and judged is never exaggerated.

        problem = tsne(data)
        points = solve(problem, tsne_optimizer(problem), key, steps=1000).params
        place(others, data, points)                        # new points into the same map

    Here the rate makes up for gradients of about `exaggeration / n`. `tsne_optimizer` has the rate of Belkina et al.
    (2019, Nature Communications 10), `n / (4 exaggeration)`, with the gains of `delta_bar_delta`. Rates that are three
    times larger or a hundred times smaller do little harm. At ten to thirty times the rate the map flies apart, and
    `solve` warns. With `n / 48` in all steps (scikit-learn's choice, apart from its minimum of 50) the digits need
    1,000 steps for what this reaches after about 670 (`benchmarks/tsne.py`).

    Args:
        data: Finite, shape (n, d), d >= 2. None: scikit-learn's bundled digits, n = 1,797, d = 64.
        labels: Of the points, for the picture, shape (n,). None: those of the digits, or no labels.
        metric: "euclidean", "cosine", or a function of two points (d,) that JAX can trace, which returns a distance ().
            Or "precomputed": `data` are distances (n, n), >= 0 and the same both ways. All distances are squared.
        dimensions: Of the map: 1, 2 or 3.
        perplexity: The effective number of neighbours, above 1 and at most n / 3.
        exaggeration: >= 1, a number or a schedule of the step. By default it is 12 for 250 steps, then 1.
        init: Where the map begins. "pca": at the first principal components, scaled down to 1e-4 (Kobak and Berens
            2019, Nature Communications 10), the same for every key; with another metric, at classical scaling. Or
            "random": normal, of standard deviation 1e-4, other for each key. Or an array (n, dimensions).

    Returns:
        A problem. Parameters are the map (n, dimensions). The state is the step, () int32. The error is the divergence
        in nats, which no map brings to 0. A step is O(n^2) and takes 3 n^2 float32: 39 MB for the digits, 1.2 GB for
        n = 10,000. Each further lane takes 2 n^2 more. Beyond 10,000 points it warns: openTSNE interpolates, in O(n).

    Raises:
        ImportError: `data` is None and scikit-learn is not installed.
        TypeError: `metric` is no function that JAX can trace.
        ValueError: `data` are not finite, have another shape or are the same point everywhere, distances are negative
            or differ back and forth, or an argument is outside its range.

    Example:
        >>> problem = tsne(data=np.eye(9), perplexity=3.0)
        >>> params, state = problem.init(jax.random.key(0))
        >>> params.shape, f"{abs(problem.judge(params, state)):.3f}"  # all are equally far from each other
        ((9, 2), '0.000')
    """
    if data is None:
        if metric == "precomputed":
            raise Refused("data must be given for metric='precomputed', got None.")
        data, own = _digits()
        labels = own if labels is None else labels
    points = points_of(data, metric)
    size = len(points)
    if labels is not None and np.shape(labels) != (size,):
        raise Refused(f"labels must have the shape ({size},), got {np.shape(labels)}.")
    if not 1 < np.asarray(perplexity) <= size / 3:
        third = f"at most a third of the points, {size / 3:g}"
        raise Refused(f"perplexity must be above 1 and {third}, got {perplexity}.")
    if size > _MANY:
        told = f"tsne: {size:,} points take {12 * size**2 / 1e9:,.1f} GB (3 n^2 float32), and each step n^2 work. "
        warnings.warn(f"{told}Beyond {_MANY:,} points use openTSNE, which interpolates.", stacklevel=3)
    squares = squares_of(points, metric)
    joint = _joint(squares, perplexity)

    return Problem(
        init=start_of(init, points, squares, dimensions, euclidean=metric == "euclidean"),
        field=bind(_field, joint, seal(exaggeration)),
        judge=bind(_judge, joint),
        view=bind(_seen, _leaf_of(labels)),
        review=review,
        name="tsne",
        recipe=_RECIPE,
    )


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
    size, dimensions = embedding.shape
    plane = jnp.concatenate([embedding, jnp.zeros((size, 1), embedding.dtype)], 1)[:, :2]  # a line lies on its axis
    names = ("first coordinate of three", "second coordinate of three") if dimensions == 3 else ("", "")
    return Points(plane, None if labels is None else np.asarray(unseal(labels)), x_label=names[0], y_label=names[1])


def _digits() -> tuple[np.ndarray, np.ndarray]:
    """The images, 16 grey levels, and which digit each is."""
    bundled = require("sklearn.datasets").load_digits()
    return bundled.data, bundled.target


@jax.jit
def _joint(squares: jax.Array, perplexity: ArrayLike) -> jax.Array:
    """`(p_{j|i} + p_{i|j}) / 2n`."""
    probabilities = neighbour_probabilities(squares, perplexity)
    return (probabilities + probabilities.T) / (2 * len(squares))
