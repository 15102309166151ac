"""Bayesian linear regression, whose posterior is known: a bound that can be checked to the last digit."""

from typing import Any, Literal

import jax
import jax.numpy as jnp
import numpy as np

from lropt_jax._core.binding import bind
from lropt_jax._core.checking import check, checked
from lropt_jax._core.extras import require
from lropt_jax._core.kinds import Finite, Positive, Size
from lropt_jax._core.numbers import real
from lropt_jax._core.refusal import Refused
from lropt_jax._core.trees import ArrayLike
from lropt_jax.objectives import FullRank, LowRank, MeanField, elbo, kl
from lropt_jax.problems.problem import Problem
from lropt_jax.problems.recipe import Recipe
from lropt_jax.problems.views import Points

Posterior = MeanField | FullRank | LowRank

_SCALE = 0.1  # of the first posterior: narrow, because the noise of the gradients grows with it


@checked
def conjugate_gaussian(
    *,
    data: tuple[ArrayLike, ArrayLike] | None = None,
    noise_variance: Positive = 0.5,
    family: Literal["mean_field", "full_rank", "low_rank"] = "full_rank",
    rank: Size = 2,
    estimator: str = "sticking_the_landing",
    samples: Size = 4,
) -> Problem:
    """Find the posterior of the weights of a linear regression by maximising the evidence lower bound.

    `y ~ N(X w, s2 I)`, `w ~ N(0, I)`. The posterior is Gaussian, with the precision `I + X^T X / s2` and the mean
    `precision^-1 X^T y / s2` (Bishop 2006, section 3.3). The loss is minus the bound of a Gaussian `q`; the parameters
    are `q` itself. The error is the gap between log evidence and bound, `KL(q || posterior)`, in closed form and in
    nats. It is 0 only at the posterior. A full-rank `q` reaches it. A mean-field `q` has independent coordinates and
    stops at `(sum log precision_ii - log det precision) / 2`, which is 3.805531 on the diabetes data.

    Here the learning rate shows the noise of the estimator. A constant rate ends at a distance from the optimum that
    grows with rate and noise. A falling rate goes below that, and to the optimum itself where the noise is 0 at the
    posterior. After 10,000 steps of Adam on a cosine from 0.03 the gap is some 1e-2 with `"analytic_entropy"` and below
    1e-5 with `"sticking_the_landing"`.

    Args:
        data: `X` (n, d) and `y` (n,), finite. None: scikit-learn's diabetes data, 10 measurements of 442 patients,
            standardised.
        noise_variance: `s2`, > 0.
        family: Of `q`: `"mean_field"`, `"full_rank"` or `"low_rank"`, whose directions begin at random.
        rank: Directions of `"low_rank"`, a whole number >= 1.
        estimator: As in `objectives.elbo`.
        samples: Samples of the weights a step, a whole number >= 1.

    Returns:
        A problem; its state is `()`.

    Raises:
        ImportError: scikit-learn is not installed, and no data are given.
        ValueError: Data are not finite or do not fit each other, a number is outside its range, or the family is
            unknown. When the field is traced: the estimator is unknown.

    Example:
        >>> import jax
        >>> problem = conjugate_gaussian(family="mean_field")
        >>> q, state = problem.init(jax.random.key(0))
        >>> f"{problem.judge(q, state):.0f} nats below the log evidence"
        '261 nats below the log evidence'
    """
    inputs, targets = _regression(*(diabetes() if data is None else data))
    posterior, _ = exact(inputs, targets, noise_variance)
    return Problem(
        init=bind(_start, family=family, size=inputs.shape[1], rank=rank),
        field=bind(_field, real(inputs), real(targets), real(noise_variance), samples=samples, estimator=estimator),
        judge=bind(_judge, posterior),
        view=bind(_seen, posterior),
        name="conjugate_gaussian",
        recipe=Recipe(steps=10_000, optimizers=("adam", "sgd"), rates="1e-4:1e-1:12", schedule="cosine"),
    )


def exact(inputs: ArrayLike, targets: ArrayLike, noise_variance: ArrayLike) -> tuple[FullRank, float]:
    """The posterior of the weights and the log evidence `log N(y; 0, s2 I + X X^T)`, in double precision."""
    x, y = np.asarray(inputs, np.float64), np.asarray(targets, np.float64)
    precision = np.eye(x.shape[1]) + x.T @ x / noise_variance
    mean = np.linalg.solve(precision, x.T @ y) / noise_variance
    misfit = (y @ (y - x @ mean)) / noise_variance
    volume = y.size * np.log(2 * np.pi * noise_variance) + np.linalg.slogdet(precision)[1]
    triangle = np.linalg.cholesky(np.linalg.inv(precision))
    scale = np.diag(triangle)
    lower = np.tril(triangle / scale[:, None], -1)
    return FullRank(real(mean), real(np.log(scale)), real(lower)), -(misfit + volume) / 2


def diabetes() -> tuple[np.ndarray, np.ndarray]:
    """Ten measurements of 442 patients and their disease a year later, each with mean 0 and variance 1."""
    inputs, targets = require("sklearn.datasets").load_diabetes(return_X_y=True)
    return tuple((each - each.mean(0)) / each.std(0) for each in (inputs, targets))


def _regression(inputs: Any, targets: Any) -> tuple[np.ndarray, np.ndarray]:
    x, y = np.asarray(inputs, np.float64), np.asarray(targets, np.float64)
    if x.ndim != 2 or y.shape != x.shape[:1] or x.size == 0:
        got = f"{x.shape} and {y.shape}"
        raise Refused(f"data must have the shapes (n, d) and (n,), got {got}.")
    check("X", Finite, x)
    check("y", Finite, y)
    return x, y


def _start(key: jax.Array, *, family: str, size: int, rank: int) -> tuple[Posterior, tuple]:
    mean, log_scale = jnp.zeros(size), jnp.full(size, jnp.log(_SCALE))
    match family:
        case "mean_field":
            return MeanField(mean, log_scale), ()
        case "full_rank":
            return FullRank(mean, log_scale, jnp.zeros((size, size))), ()
    return LowRank(mean, log_scale, _SCALE * jax.random.normal(key, (size, rank))), ()


def _field(
    x: jax.Array, y: jax.Array, variance: jax.Array, q: Posterior, state: tuple, key: jax.Array, *, samples: int,
    estimator: str,
) -> tuple:  # fmt: skip
    def log_likelihood(w: jax.Array) -> jax.Array:
        return -jnp.sum((y - x @ w) ** 2) / (2 * variance) - y.size * jnp.log(2 * jnp.pi * variance) / 2

    def loss(q: Posterior) -> jax.Array:
        prior = MeanField.standard(x.shape[1])
        return -elbo(log_likelihood, q, key, prior=prior, samples=samples, estimator=estimator)  # type: ignore[arg-type]

    value, gradient = jax.value_and_grad(loss)(q)
    return gradient, state, value


def _judge(posterior: FullRank, q: Posterior, state: tuple) -> jax.Array:
    return jnp.sum(kl(q, posterior))


def _closest(posterior: FullRank) -> tuple[int, int]:
    """The two weights with the strongest correlation."""
    covariance = np.asarray(posterior.covariance())
    scales = np.sqrt(np.diag(covariance))
    correlation = np.abs(np.tril(covariance / np.outer(scales, scales), -1))
    row, column = np.unravel_index(np.argmax(correlation), correlation.shape)
    return int(row), int(column)


def _seen(posterior: FullRank, q: Posterior, state: tuple) -> Points:
    """Samples of `q` beside ellipses of two standard deviations, for two weights."""
    pair = _closest(posterior)
    samples = q.sample(jax.random.key(0), (500,))[:, jnp.array(pair)]
    curves = {"posterior": _ellipse(posterior, pair), "q and its samples": _ellipse(q, pair)}
    return Points(samples, None, curves, *(f"weight {place}" for place in pair))


def _ellipse(gaussian: Posterior, pair: tuple[int, int]) -> jax.Array:
    near = jnp.array(pair)
    angle = jnp.linspace(0, 2 * jnp.pi, 101)
    circle = jnp.stack([jnp.cos(angle), jnp.sin(angle)], axis=1)
    return gaussian.mean[near] + 2 * circle @ jnp.linalg.cholesky(gaussian.covariance()[jnp.ix_(near, near)]).T
