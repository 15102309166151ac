"""How many components a mixture of Gaussians needs: a fit for each number, compared by a criterion."""

import functools
from collections.abc import Iterable
from typing import Annotated, Any, Literal, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from typing_extensions import TypeAliasType

from lropt_jax._core.checking import check, checked
from lropt_jax._core.kinds import NonNegative, Size
from lropt_jax._core.numbers import real
from lropt_jax._core.refusal import Refused
from lropt_jax._core.trees import ArrayLike
from lropt_jax.objectives import Mixture, MixtureStatistics, mixture_from_statistics
from lropt_jax.problems.data import at_most_examples
from lropt_jax.problems.mixtures.data import check_distinct, examples
from lropt_jax.problems.mixtures.frame import Frame, Standard
from lropt_jax.problems.mixtures.starts import (
    EM_STEPS,
    Covariance,
    best_of,
    drawn_apart,
    of_clusters,
    settled_means,
)

_FLAT = 30  # times the floor: a variance below is one that the floor made

Counts = TypeAliasType("Counts", Annotated[Iterable[int], "whole numbers >= 1"])


class ComponentChoice(NamedTuple):
    """Mixtures of several numbers of components, and which is the best of them."""

    components: np.ndarray  # (m,) whole numbers
    log_likelihood: np.ndarray  # (m,) in nats per example
    bic: np.ndarray  # (m,) lower is better
    aic: np.ndarray  # (m,) lower is better
    collapsed: np.ndarray  # (m,) bool: a component shrank onto few or flat examples, so its likelihood says nothing
    mixtures: tuple[Mixture, ...]  # in the units of the data
    best: Mixture  # by the criterion that was asked for

    def __repr__(self) -> str:
        best = next(place for place, each in enumerate(self.mixtures) if each is self.best)
        lines = [f"{'components':>10} {'log likelihood':>15} {'BIC':>12} {'AIC':>12}"]
        for place, row in enumerate(zip(*self[:4], strict=True)):
            mark = "  best" if place == best else "  collapsed" if self.collapsed[place] else ""
            lines.append("{:>10} {:>15.4f} {:>12.1f} {:>12.1f}".format(*row) + mark)
        return "\n".join(lines)


@checked
def choose_components(
    data: ArrayLike,
    components: Counts = range(1, 9),
    *,
    key: jax.Array,
    covariance: Covariance = "full",
    criterion: Literal["bic", "aic"] = "bic",
    starts: Size = 10,
    steps: Size = 500,
    floor: NonNegative | None = None,
) -> ComponentChoice:
    """Fit a mixture of Gaussians with each number of components, and take the one with the best criterion.

    Each fit is EM on all data from the best of several starts, as in `solve(gaussian_mixture(data, components=k,
    batch_size=None, starts=starts), sgd(1.0), key, steps)`. Choose "bic" to find how many clusters there are, "aic" for
    a density that predicts well; "aic" takes more components (Burnham and Anderson 2004, Sociological Methods &
    Research 33). One compiled program serves all numbers: each fit has as many components as the largest, and those
    that are too many have no weight.

    A component that shrinks onto a few examples, or onto examples that are equal in one coordinate, gains likelihood
    without end. Starts that end there count last, and so do numbers whose every start does: they are `collapsed`.

    Args:
        data: Finite, shape (n, d).
        components: Numbers to try, each >= 1 and at most the number of distinct examples.
        key: A `jax.random.key`, for the starts.
        covariance: "full", "tied", "diagonal" or "spherical".
        criterion: "bic" or "aic".
        starts: Starts for each number, a whole number >= 1.
        steps: Iterations of EM from the best start, at most, a whole number >= 1. They end when one gains less than
            1e-6 nats per example.
        floor: Added to every variance, >= 0. None: as in `gaussian_mixture`.

    Returns:
        The table, with one mixture for each number and the best one. It prints as a table.

    Raises:
        ValueError: `data` are not finite or have a wrong shape, `components` are no whole numbers or none at all, or a
            number is outside its range.

    Memory: n x k numbers for the largest k.

    Example:
        >>> import jax, numpy as np
        >>> data = np.concatenate([np.random.default_rng(0).normal(size=(50, 1)) + at for at in (0, 9)])
        >>> found = choose_components(data, [1, 2], key=jax.random.key(0), starts=1, steps=10)
        >>> found.components, len(found.best.weights)
        (array([1, 2]), 2)
    """
    counts = list(components) if isinstance(components, Iterable) else []
    if not counts:
        raise Refused(f"components must be whole numbers >= 1, such as range(1, 9), got {components!r}.")
    for count in counts:
        check("components", Size, count)
    x = examples(data, "data")
    at_most_examples(len(x), components=max(counts))
    standard = Standard.of(x, covariance)
    z = standard(x)
    check_distinct(z, max(counts))
    given = real(z), Frame.of(standard, floor), key
    sizes: dict[str, Any] = {"most": int(max(counts)), "covariance": covariance, "starts": starts, "steps": steps}
    fits = [(*_fitted(*given, count, **sizes), int(count)) for count in counts]
    mixtures = [_alone(mixture, count) for mixture, _, count in fits]
    rows = [(np.mean(each.log_prob(x)), each.bic(x), each.aic(x)) for each in mixtures]
    likelihood, bic, aic = np.asarray(rows, float).T
    collapsed = np.asarray([bool(flat) for _, flat, _ in fits])
    scores = np.where(np.isnan(bic), np.inf, bic if criterion == "bic" else aic)
    best = mixtures[int(np.lexsort((scores, collapsed))[0])]
    return ComponentChoice(np.asarray(counts), likelihood, bic, aic, collapsed, tuple(mixtures), best)


@functools.partial(jax.jit, static_argnames=("most", "covariance", "starts", "steps"))
def _fitted(
    z: jax.Array,
    frame: Frame,
    key: jax.Array,
    count: ArrayLike,
    *,
    most: int,
    covariance: Covariance,
    starts: int,
    steps: int,
) -> tuple[Mixture, jax.Array]:
    """The mixture of the first `count` components, and whether one collapsed.

    All others have no weight, so one program fits any number.
    """
    alive = jnp.arange(most) < count

    def run(key: jax.Array) -> tuple[MixtureStatistics, jax.Array]:
        means = settled_means(z, drawn_apart(z, most, key), alive)
        s, loss = _settled(z, frame, of_clusters(z, means, covariance, frame, alive), alive, EM_STEPS, 1e-3)
        return s, loss + jnp.where(_collapsed(frame, s, alive), 1e6, 0)

    s = best_of(*jax.lax.map(run, jax.random.split(key, starts)))  # one after the other: each may end by itself
    s, _ = _settled(z, frame, s, alive, steps, 1e-6)
    return mixture_from_statistics(s), _collapsed(frame, s, alive)


def _settled(
    z: jax.Array, frame: Frame, s: MixtureStatistics, alive: jax.Array, steps: int, gain: float
) -> tuple[MixtureStatistics, jax.Array]:
    """EM until a step gains less than `gain` nats per example, and the loss before the last step."""

    def unsettled(carry: tuple) -> jax.Array:
        step, _, loss, before = carry
        return (step < 2) | ((before - loss > gain) & (step < steps))

    def ahead(carry: tuple) -> tuple:
        step, s, loss, _ = carry
        s, now = frame.expect(z, s, alive)
        return step + 1, s, now, loss

    infinite = jnp.full((), jnp.inf, z.dtype)
    return jax.lax.while_loop(unsettled, ahead, (0, s, infinite, infinite))[1:3]


def _collapsed(frame: Frame, s: MixtureStatistics, alive: jax.Array) -> jax.Array:
    """Whether the floor alone keeps a component from being flat: then its likelihood says nothing."""
    covariances, least = frame.mixture(s).covariances, _FLAT * (jnp.max(frame.floor) + jnp.finfo(s.sums.dtype).eps)
    variances = jnp.linalg.eigvalsh(covariances) if covariances.ndim == 3 else covariances
    flat = jnp.min(variances.reshape(len(variances), -1), 1) < least
    return jnp.any(flat & (alive if len(flat) == len(alive) else True))


def _alone(mixture: Mixture, count: int) -> Mixture:
    """The mixture without the components that have no weight."""
    tied = mixture.covariance == "tied"
    return Mixture(*(leaf if tied and leaf.ndim == 3 else leaf[:count] for leaf in mixture))
