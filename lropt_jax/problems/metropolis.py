"""Metropolis and Hastings: a sampler adapts its step until it accepts the right share of proposals."""

import functools
from typing import Literal

import jax
import jax.numpy as jnp

from lropt_jax._core.binding import bind
from lropt_jax._core.checking import check, checked
from lropt_jax._core.kinds import Finite, Positive, ProperFraction, Size
from lropt_jax._core.numbers import real
from lropt_jax._core.refusal import Refused
from lropt_jax._core.trees import ArrayLike
from lropt_jax.objectives import gaussian_acceptance, langevin_log_density, log_acceptance
from lropt_jax.problems.problem import Problem
from lropt_jax.problems.recipe import Recipe
from lropt_jax.problems.views import Lines

_TARGETS = {"walk": 0.234, "langevin": 0.574}


@checked
def metropolis(
    *,
    proposal: Literal["walk", "langevin"] = "walk",
    dimension: Size = 10,
    chains: Size = 16,
    step: Positive = 1.0,
    target: ProperFraction | None = None,
    start: ArrayLike | None = None,
) -> Problem:
    """Find the step of a Markov chain on a standard Gaussian at which the right share of proposals is accepted.

    From `x`, propose `y = x + h z` (a random walk) or `y = x + h^2 / 2 * grad log p(x) + h z` (Langevin),
    `z ~ N(0, I)`, and accept with `objectives.log_acceptance`. The parameter is `log h`, (). The field is `target -
    acceptance`, with the mean probability over the chains, so a step of `sgd` at rate `r` is

        log h <- log h + r * (acceptance - target)

    (Andrieu and Thoms 2008, Statistics and Computing 18). The field is not the gradient of any function. In your own
    sampler, `rates.control(h, target=..., rises=False, error="linear")` does the same.

    Here the learning rate is how fast the step adapts. It must decrease: a chain that keeps adapting its step to its
    position does not sample from `p`. And it must decrease more slowly than `1 / t`, or the step never leaves a start
    that is decades away. Take `robbins_monro(1.0, 20, exponent=0.75)`, and fix the step before you use the samples.

    Args:
        proposal: "walk" or "langevin".
        dimension: Of the Gaussian, a whole number >= 1.
        chains: Chains side by side, a whole number >= 1, with one step for all.
        step: `h` at the start, > 0.
        target: Acceptance to reach, in (0, 1). None: the best for many dimensions, 0.234 for "walk" and 0.574 for
            "langevin" (Roberts and Rosenthal 2001, Statistical Science 16).
        start: Where all chains begin, finite, shape (dimension,). None: at draws from the Gaussian.

    Returns:
        A problem. Its state is the positions (chains, dimension), its value is the acceptance. The error is the
        distance of the exact acceptance at `h` (`objectives.gaussian_acceptance`) from the target.

    Raises:
        ValueError: A number is outside its range, `start` has another shape or is not finite, or `proposal` is
            unknown.

    Example:
        >>> import jax
        >>> from lropt_jax.optimizers import sgd
        >>> from lropt_jax.problems import solve
        >>> from lropt_jax.schedules import robbins_monro
        >>> problem, tx = metropolis(step=1e-4), sgd(robbins_monro(1.0, 20))
        >>> solution = solve(problem, tx, jax.random.key(0), 1000)
        >>> print(problem.judge(solution.params, solution.state) < 0.02)
        True
    """
    wanted, langevin = real(_TARGETS[proposal] if target is None else target), proposal == "langevin"
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
