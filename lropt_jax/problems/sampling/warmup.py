"""The warmup of a sampler: `control` finds its step, and draws show how wide the density is, and where to."""

from typing import NamedTuple

import jax
import jax.numpy as jnp

from lropt_jax._core.numbers import real
from lropt_jax.rates import Rate, Reading, control

FUSED = 8  # coordinates up to which a matrix times a vector is cheaper as a sum, inside the code around it


class Warmup(NamedTuple):
    """What a warmup has found. With a dense preconditioner the factor and the squares are matrices (d, d)."""

    log_step: jax.Array  # () of the last step; after the warmup it stays to the bit
    control: tuple  # state of `control`
    factor: jax.Array  # (d,) standard deviations, or the Cholesky factor of the covariances, of geometric mean 1
    seen: jax.Array  # () positions in this window
    mean: jax.Array  # (d,) of them
    squares: jax.Array  # (d,) sums of squared distances from it, or of outer products


def cold(log_step: jax.Array, size: int, *, dense: bool) -> Warmup:
    """Before the first step: all coordinates count alike."""
    _, state = _rule(real(0.5)).init(None)
    one = real(jnp.eye(size) if dense else jnp.ones(size))
    return Warmup(log_step, state, one, real(0), real(jnp.zeros(size)), jnp.zeros_like(one))


def adapted(
    found: Warmup, acceptance: jax.Array, target: jax.Array, positions: jax.Array, step: jax.Array, ends: tuple
) -> tuple[jax.Array, Warmup]:
    """The direction of the log step, and what is known after a step of the warmup.

    A window ends after `ends` steps. Then there is a new factor, and `control` begins again with large gains, because
    another step is right for it. Without `ends` the factor stays.
    """
    state = found.control._replace(log_scale=found.log_step)  # type: ignore[attr-defined]
    _, state = _rule(target).next(state, Reading(measured=acceptance))
    direction = found.log_step - state.log_scale
    found = found._replace(control=state)
    if not ends:
        return direction, found
    found = _watched(found, positions)
    fresh = cold(found.log_step, found.mean.size, dense=found.factor.ndim == 2)

    def close(found: Warmup) -> Warmup:
        return fresh._replace(factor=_factor(found))

    return direction, jax.lax.cond(jnp.any(step + 1 == jnp.array(ends)), close, lambda found: found, found)


def windows(warmup: int) -> tuple[int, ...]:
    """Where the windows of a warmup end: each is about twice as long as the one before, and time stays for the step.

    Chains travel further with the factor of each window, so the next one sees more of the density.
    """
    return tuple(sorted({*(warmup // part for part in (32, 16, 8, 4, 2)), 7 * warmup // 8} - {0}))


def spread(factor: jax.Array, noise: jax.Array) -> jax.Array:
    """`S z`, (d,)."""
    if factor.ndim == 1:
        return factor * noise
    return jnp.sum(factor * noise, 1) if noise.size <= FUSED else factor @ noise


def gathered(factor: jax.Array, slope: jax.Array) -> jax.Array:
    """`S^T g`, (d,)."""
    if factor.ndim == 1:
        return factor * slope
    return jnp.sum(factor.T * slope, 1) if slope.size <= FUSED else slope @ factor


def _rule(target: jax.Array) -> Rate:
    return control(1.0, target=target, rises=False, error="linear")


def _watched(found: Warmup, positions: jax.Array) -> Warmup:
    """Moments with one more position of each chain, (chains, d) (Chan, Golub and LeVeque 1983)."""
    more = len(positions)
    count, center = found.seen + more, jnp.mean(positions, 0)
    apart, gap = positions - center, center - found.mean
    share = found.seen * more / count
    if found.factor.ndim == 1:
        squares = jnp.sum(apart**2, 0) + share * gap**2
    else:
        squares = apart.T @ apart + share * jnp.outer(gap, gap)
    return found._replace(seen=count, mean=found.mean + gap * (more / count), squares=found.squares + squares)


def _factor(found: Warmup) -> jax.Array:
    """The new factor. Few positions count less: logs of variances are drawn together, and correlations to 0.

    A coordinate that has not moved keeps its scale.
    """
    dense, size = found.factor.ndim == 2, found.mean.size
    sums, before = (jnp.diag(each) if dense else each for each in (found.squares, found.factor))
    good = (sums > 0) & (sums < jnp.inf)
    logs = jnp.where(good, jnp.log(jnp.where(good, sums, 1) / found.seen) / 2, jnp.log(before))
    logs = (logs - jnp.mean(logs)) * (found.seen / (found.seen + 5))
    if not dense:
        return jnp.exp(logs)
    inverse = jnp.where(good, jax.lax.rsqrt(jnp.where(good, sums, 1)), 0)
    share = found.seen / (found.seen + 5 + size)  # with fewer positions than coordinates the covariance is singular
    correlation = share * found.squares * inverse * inverse[:, None]
    correlation = jnp.where(jnp.eye(size, dtype=bool), 1, correlation)
    made = jnp.linalg.cholesky(correlation) * jnp.exp(logs)[:, None]
    made = made / jnp.exp(jnp.mean(jnp.log(jnp.diag(made))))
    return jnp.where(jnp.all(jnp.isfinite(made)), made, found.factor)
