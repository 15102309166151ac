"""Metropolis and Hastings: a sampler adapts its step until it accepts the right share of proposals."""

import functools
from collections.abc import Callable
from typing import Annotated, Any, Literal

import jax
import jax.numpy as jnp
from typing_extensions import TypeAliasType

from lropt_jax._core.binding import bind
from lropt_jax._core.checking import check, checked
from lropt_jax._core.kinds import Finite, Positive, ProperFraction, Range, Size
from lropt_jax._core.numbers import real
from lropt_jax._core.refusal import Refused
from lropt_jax._core.relations import absent
from lropt_jax._core.trees import ArrayLike, Params
from lropt_jax.objectives import gaussian_acceptance, langevin_log_density, log_acceptance
from lropt_jax.problems.problem import Problem
from lropt_jax.problems.recipe import Recipe
from lropt_jax.problems.sampling.own_density import own_density
from lropt_jax.problems.views import Lines

WarmupSteps = TypeAliasType("WarmupSteps", Annotated[int, Range(0, whole=True), "how many, static"])

_TARGETS = {"walk": 0.234, "random walk": 0.234, "langevin": 0.574}


@checked
def metropolis(
    log_density: Callable[[Params], ArrayLike] | None = None,
    start: Any = None,
    *,
    proposal: Literal["walk", "random walk", "langevin"] = "walk",
    dimension: Size | None = None,
    chains: Size = 16,
    step: Positive = 1.0,
    target: ProperFraction | None = None,
    warmup: WarmupSteps | None = None,
    draws: Size | None = None,
    thinning: Size | None = None,
    preconditioner: Literal["dense", "diagonal", "none"] | None = None,
) -> Problem:
    """Sample from a density by Markov chains whose step seeks its acceptance.

    From `x`, propose `y = x + h S z` (a random walk) or `y = x + h^2 / 2 * S S^T grad log p(x) + h S z` (Langevin),
    `z ~ N(0, I)`, and accept with `objectives.log_acceptance`. A drift `h / 2 * S^T grad log p(x)` longer than sqrt(d)
    is cut to that length. The parameter is `log h`, (), and the learning rate is
    how fast it adapts. Chains of your own density are solved by `sgd(1.0)`:

        done = solve(metropolis(log_density, start), sgd(1.0), key, steps=2000)
        done.draws                                   # like start, (chains, draws, ...) for each array
        r_hat(done.draws), effective_sample_size(done.draws)     # of lropt_jax.objectives

    During the warmup `rates.control` moves `log h` towards the acceptance wanted, with gains `(1 + n)^-0.6`; a rate of
    `sgd` other than 1.0 multiplies them. `S` is 1 at first. After 1/32, 1/16, 1/8, 1/4, 1/2 and 7/8 of the warmup it
    becomes the Cholesky factor of the covariances of all draws since the last time, or their standard deviations, with
    a diagonal of geometric mean 1, and `control` begins again. Then both are frozen: a chain that keeps adapting to its
    position does not sample from `p`. Choose Langevin for smooth densities of many dimensions, a random walk where
    gradients are costly or absent. Both are slow where the right step differs from place to place, as in a funnel:
    write such a density in other coordinates.

    Without a density this is a demonstration on a standard Gaussian, whose step adapts as long as the run. The field is
    `target - acceptance`, with the mean probability over the chains, so a step of `sgd` at rate `r` is

        log h <- log h + r * (acceptance - target)

    (Andrieu and Thoms 2008, Statistics and Computing 18). The field is not the gradient of any function. The rate must
    decrease, and more slowly than `1 / t`, or the step never leaves a start that is decades away. Take
    `robbins_monro(1.0, 20, exponent=0.75)`.

    Args:
        log_density: `log p`, up to a constant, of one tree like `start`: a scalar (). -inf outside the support. Bind
            data with `jax.tree_util.Partial(function, data)`: other data of the same shapes then compile nothing. None:
            a standard Gaussian, for the demonstration.
        start: Where all chains begin: a tree of finite numbers with a finite density. Or a function `start(key)` that
            draws such a tree for each chain; R-hat is worth more from wide ones. Of the demonstration: finite, shape
            (dimension,); None: at draws from the Gaussian.
        proposal: "walk" or "random walk", which are the same, or "langevin".
        dimension: Of the Gaussian, a whole number >= 1. None: 10. Your own density has that of `start`.
        chains: Chains side by side, a whole number >= 1, with one step for all.
        step: `h` at the start, > 0.
        target: Acceptance to reach, in (0, 1). None: the best for many dimensions, 0.234 for "walk" and 0.574 for
            "langevin" (Roberts and Rosenthal 2001, Statistical Science 16).
        warmup: Steps before the first draw, a whole number >= 0; a run must be longer. None: 1000. 0: `h` stays.
        draws: Draws of each chain to keep, a whole number >= 1. A run of `warmup + draws * thinning` steps makes them
            all, a longer one keeps the last, and a shorter one has fewer. None: 1000.
        thinning: Keep the last of so many steps, a whole number >= 1. None: 1.
        preconditioner: "dense" for covariances, "diagonal" for standard deviations, or "none" for `S = 1`. None:
            "dense" up to 64 coordinates, else "diagonal".

    Returns:
        A problem. It watches the acceptance. With a density its state is the chains and their draws, in memory
        chains x draws x start, and `metrics["step"]` of a solution is `h`. The error is the distance of the acceptance
        since the warmup from the target. Without, the state is the positions (chains, dimension), and the error is
        that of the exact acceptance at `h` (`objectives.gaussian_acceptance`).

    Raises:
        TypeError: `log_density` is no function of one argument.
        ValueError: A number is outside its range, `proposal` is unknown, `log_density` returns no scalar, the start or
            the density there is not finite, or an argument has no meaning with or without a density.

    Example:
        The mean of an exponential distribution, which is 1:

        >>> import jax, jax.numpy as jnp
        >>> from lropt_jax.optimizers import sgd
        >>> from lropt_jax.problems import solve
        >>> density = lambda x: jnp.where(x > 0, -x, -jnp.inf)
        >>> done = solve(metropolis(density, start=1.0, warmup=200), sgd(1.0), jax.random.key(0), steps=1200)
        >>> print(done.draws.shape, abs(done.draws.mean() - 1) < 0.1)
        (16, 1000) True
    """
    wanted, langevin = real(_TARGETS[proposal] if target is None else target), proposal == "langevin"
    mine: dict[str, Any] = {"warmup": warmup, "draws": draws, "thinning": thinning, "preconditioner": preconditioner}
    if log_density is not None:
        if dimension is not None:
            raise Refused(f"dimension must be None with log_density, got {dimension}; start has the dimensions.")
        given = {name: value for name, value in mine.items() if value is not None}
        return own_density(log_density, start, real(step), wanted, langevin=langevin, chains=chains, **given)
    absent("log_density", **mine)
    dimension = dimension or 10
    if start is not None:
        _check_start(real(start), dimension)

    return Problem(
        init=bind(_start, real(step), None if start is None else real(start), shape=(chains, dimension)),
        field=bind(_field, wanted, langevin=langevin),
        judge=bind(_judge, wanted, dimension=dimension, langevin=langevin),
        view=_quantiles,
        name="metropolis",
        value="monitor",
        recipe=Recipe(2000, ("sgd",), "1e-2:1e1:12", "robbins_monro(rate, 20)"),
    )


def _start(
    step: jax.Array, begin: jax.Array | None, key: jax.Array, *, shape: tuple[int, int]
) -> tuple[jax.Array, jax.Array]:
    return jnp.log(step), jax.random.normal(key, shape) if begin is None else jnp.broadcast_to(begin, shape)


def _field(target: jax.Array, log_step: jax.Array, positions: jax.Array, key: jax.Array, *, langevin: bool) -> tuple:
    noise_key, coin_key = jax.random.split(key)
    noise = jax.random.normal(noise_key, positions.shape, positions.dtype)
    coins = jax.random.uniform(coin_key, positions.shape[:1], positions.dtype)
    transition = functools.partial(_transition, jnp.exp(log_step), langevin)
    moved, accepted = jax.vmap(transition)(positions, noise, coins)
    acceptance = jnp.mean(accepted)
    return target - acceptance, moved, acceptance


def _judge(
    target: jax.Array, log_step: jax.Array, positions: jax.Array, *, dimension: int, langevin: bool
) -> jax.Array:
    return jnp.abs(gaussian_acceptance(jnp.exp(log_step), dimension, langevin=langevin) - target)


def _transition(
    step: jax.Array, langevin: bool, x: jax.Array, noise: jax.Array, coin: jax.Array
) -> tuple[jax.Array, jax.Array]:
    """One proposal from one position (d,): the next position, and the probability of acceptance."""
    y = x + step * noise + (step**2 / 2 * _slope(x) if langevin else 0)
    ways = [langevin_log_density(to, start, _slope(start), step) for to, start in ((y, x), (x, y)) if langevin]
    log_a = log_acceptance(_log_density(x), _log_density(y), *ways)
    return jnp.where(jnp.log(coin) < log_a, y, x), jnp.exp(log_a)


def _log_density(x: jax.Array) -> jax.Array:
    return -jnp.sum(x**2) / 2


_slope = jax.grad(_log_density)


def _quantiles(log_step: jax.Array, positions: jax.Array) -> Lines:
    """All coordinates of all chains, sorted, beside the quantiles of the Gaussian."""
    found = jnp.sort(jnp.ravel(positions))
    normal = jax.scipy.special.ndtri((jnp.arange(found.size) + 0.5) / found.size)
    return Lines(normal, {"chains": found, "target": normal}, "quantile of the Gaussian", "quantile found")


def _check_start(start: jax.Array, dimension: int) -> None:
    check("start", Finite, start)
    if start.shape != (dimension,):
        raise Refused(f"start must have the shape ({dimension},), got {start.shape}.")
