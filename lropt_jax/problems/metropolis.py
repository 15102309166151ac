"""Metropolis and Hastings: the step of a sampler seeks the share of proposals that it should accept."""

import functools

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from lropt_jax._core import checks
from lropt_jax._core.numbers import real
from lropt_jax.objectives import gaussian_acceptance, langevin_log_density, log_acceptance
from lropt_jax.problems.problem import Problem
from lropt_jax.problems.recipe import Recipe
from lropt_jax.problems.views import Lines

_TARGETS = {"walk": 0.234, "langevin": 0.574}


def metropolis(
    *,
    proposal: str = "walk",
    dimension: int = 10,
    chains: int = 16,
    step: ArrayLike = 1.0,
    target: ArrayLike | None = None,
    start: ArrayLike | None = None,
) -> Problem:
    """Find the step of a Markov chain on a standard Gaussian at which the right share of proposals is accepted.

    From `x`, propose `y = x + h z` (a random walk) or `y = x + h^2 / 2 * grad log p(x) + h z` (Langevin),
    `z ~ N(0, I)`, and accept with `objectives.log_acceptance`. The parameter is `log h`, (); the field is `target -
    acceptance`, the mean probability over the chains, so that a step of `sgd` at rate `r` is

        log h <- log h + r * (acceptance - target)

    (Andrieu and Thoms 2008, Statistics and Computing 18). It is no gradient of anything. The same is
    `rates.control(h, target=..., rises=False, error="linear")` in a sampler of your own.

    Here the learning rate is how fast the step adapts. It must fall, for a chain whose step keeps moving with where it
    is has another distribution than `p`; and slower than `1 / t`, or a start decades away is never left. Take
    `robbins_monro(1.0, 20, exponent=0.75)`, and freeze the step before samples count.

    Args:
        proposal: "walk" or "langevin".
        dimension: Of the Gaussian, >= 1.
        chains: Chains side by side, >= 1, with one step for all.
        step: `h` at the start, > 0.
        target: Acceptance to seek, in (0, 1). None: the best for many dimensions, 0.234 for "walk" and 0.574 for
            "langevin" (Roberts and Rosenthal 2001, Statistical Science 16).
        start: Where all chains begin, shape (dimension,). None: in draws from the Gaussian.

    Returns:
        A problem; its state is the positions (chains, dimension), its value the acceptance. The error is the distance
        of the exact acceptance at `h` (`objectives.gaussian_acceptance`) from the target.

    Raises:
        ValueError: A number is outside its range, `start` has another shape or is not finite, or `proposal` is another
            word.

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
    checks.one_of("metropolis", tuple(_TARGETS), proposal=proposal)
    wanted, langevin = real(_TARGETS[proposal] if target is None else target), proposal == "langevin"
    _check(dimension, chains, step, target, start)

    def init(step: jax.Array, begin: jax.Array | None, key: jax.Array) -> tuple[jax.Array, jax.Array]:
        shape = (chains, dimension)
        return jnp.log(step), jax.random.normal(key, shape) if begin is None else jnp.broadcast_to(begin, shape)

    def field(target: jax.Array, log_step: jax.Array, positions: jax.Array, key: jax.Array) -> tuple:
        noise_key, coin_key = jax.random.split(key)
        noise = jax.random.normal(noise_key, positions.shape, positions.dtype)
        coins = jax.random.uniform(coin_key, (chains,), positions.dtype)
        transition = functools.partial(_transition, jnp.exp(log_step), langevin)
        moved, accepted = jax.vmap(transition)(positions, noise, coins)
        acceptance = jnp.mean(accepted)
        return target - acceptance, moved, acceptance

    def judge(target: jax.Array, log_step: jax.Array, positions: jax.Array) -> jax.Array:
        return jnp.abs(gaussian_acceptance(jnp.exp(log_step), dimension, langevin=langevin) - target)

    return Problem(
        init=jax.tree_util.Partial(init, real(step), None if start is None else real(start)),
        field=jax.tree_util.Partial(field, wanted),
        judge=jax.tree_util.Partial(judge, wanted),
        view=_quantiles,
        name="metropolis",
        value="monitor",
        recipe=Recipe(2000, ("sgd",), "1e-2:1e1:12", "robbins_monro(rate, 20)"),
    )


def _transition(
    step: jax.Array, langevin: bool, x: jax.Array, noise: jax.Array, coin: jax.Array
) -> tuple[jax.Array, jax.Array]:
    """One proposal from one position (d,): where the chain is then, and with what probability it was accepted."""
    y = x + step * noise + (step**2 / 2 * _slope(x) if langevin else 0)
    ways = [langevin_log_density(to, start, _slope(start), step) for to, start in ((y, x), (x, y)) if langevin]
    log_a = log_acceptance(_log_density(x), _log_density(y), *ways)
    return jnp.where(jnp.log(coin) < log_a, y, x), jnp.exp(log_a)


def _log_density(x: jax.Array) -> jax.Array:
    return -jnp.sum(x**2) / 2


_slope = jax.grad(_log_density)


def _quantiles(log_step: jax.Array, positions: jax.Array) -> Lines:
    """All coordinates of all chains, sorted, beside what they should be."""
    found = jnp.sort(jnp.ravel(positions))
    normal = jax.scipy.special.ndtri((jnp.arange(found.size) + 0.5) / found.size)
    return Lines(normal, {"chains": found, "target": normal}, "quantile of the Gaussian", "quantile found")


def _check(dimension: int, chains: int, step: ArrayLike, target: ArrayLike | None, start: ArrayLike | None) -> None:
    checks.whole("metropolis", dimension=dimension, chains=chains)
    checks.positive("metropolis", step=step)
    if target is not None:
        checks.inside("metropolis", 0, 1, target=target)
    if start is not None:
        checks.finite("metropolis", start=start)
        shape = real(start).shape
        if shape != (dimension,):
            raise ValueError(f"metropolis: start must have the shape ({dimension},), got {shape}.")
