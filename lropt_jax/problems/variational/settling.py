"""A constant rate until the iterates are stationary, their average, and then a smaller rate."""

import functools
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from lropt_jax._core.numbers import real
from lropt_jax.objectives import FullRank, LowRank, MeanField, Product, elbo, kl
from lropt_jax.optimizers import adam
from lropt_jax.problems.variational.charts import moved, still
from lropt_jax.problems.variational.posterior import Posterior
from lropt_jax.problems.variational.window import (
    BLOCK,
    Moments,
    Window,
    average,
    flat,
    opened,
    slid,
    split_r_hat,
    where,
)

CAP = 0.5  # the largest rate that the search tries; in a chart, larger steps overshoot
GROW, SHRINK, RETREAT = 6.0, 2.0, 4.0
MOVES, RESTS = 1.7, 1.3  # split R-hat above which iterates travel, and below which they are stationary
SHORTEST = 0.1  # share of all steps so far that a rate gets
EVALUATIONS = 64  # batches of samples for the bound at the end


class Run(NamedTuple):
    """Where a fit stands."""

    q: Any
    adam: Any
    rate: jax.Array
    cap: jax.Array  # the largest rate that may be tried
    searching: jax.Array  # whether the rate may still rise
    blocks: jax.Array  # made so far
    phase: jax.Array  # blocks at this rate
    window: Window
    value: jax.Array  # mean of the last block
    error: jax.Array  # of that
    before: Any  # the average at the rate before
    compared: jax.Array  # averages so far
    gain: jax.Array  # what smaller rates may still gain, in nats
    key: jax.Array
    rates: jax.Array
    values: jax.Array


@functools.partial(jax.jit, static_argnames=("blocks", "samples"))
def settle(
    log_joint: Any, q: Any, key: jax.Array, rate: jax.Array, tolerance: jax.Array, *, blocks: int, samples: int
) -> tuple[Any, ...]:
    """The fitted `q`; its bound and the error of that; rates and values of the blocks; how many; the gain left."""
    key, last_key = jax.random.split(key)
    tx = adam(1.0, b2=0.99)
    zero = jnp.zeros((), jnp.int32)
    begun = Run(
        q, tx.init(still(q)), jnp.minimum(rate, CAP), real(CAP), jnp.bool_(True), zero, zero, opened(q),
        real(-jnp.inf), real(0), q, zero, real(jnp.inf), key, jnp.zeros(blocks), jnp.zeros(blocks),
    )  # fmt: skip

    def going(run: Run) -> jax.Array:
        return (run.blocks < blocks) & (run.gain > tolerance)

    run = jax.lax.while_loop(going, functools.partial(_advanced, log_joint, tx, blocks, samples), begun)
    q = where(run.phase > 0, average(run.window, q), where(run.compared > 0, run.before, run.q))
    weights = _weights(log_joint, q, last_key, samples)
    error = jnp.std(weights, ddof=1) / weights.size**0.5
    return q, jnp.mean(weights), error, run.rates, run.values, run.blocks, run.gain


def _advanced(log_joint: Any, tx: Any, blocks: int, samples: int, run: Run) -> Run:
    """One block, and what is made of it."""
    key, noise = jax.random.split(run.key)
    q, state, seen, value, error = _block(log_joint, tx, run, noise, samples)
    made, phase = run.blocks + 1, run.phase + 1
    run = run._replace(
        key=key, blocks=made, rates=run.rates.at[run.blocks].set(run.rate),
        values=run.values.at[run.blocks].set(value),
    )  # fmt: skip
    bad = (value < run.value - 4 * (error + run.error)) | ~jnp.isfinite(value) | ~jnp.all(jnp.isfinite(seen.squares))
    window = run.window._replace(second=run.window.second.plus(seen))
    full = (window.first.blocks == window.size) & (window.second.blocks == window.size)
    ratio = split_r_hat(window)
    good = run._replace(q=q, adam=state, phase=phase, value=value, error=error, window=window)
    late = (made > 0.7 * blocks) & (phase >= max(2, blocks // 12))
    rests = (phase >= SHORTEST * made) & (full & (ratio < RESTS) | late)
    rises = run.searching & full & (ratio > MOVES) & (run.rate < run.cap)
    after = where(
        rests, _smaller(good, ratio < RESTS), where(rises, _larger(good), good._replace(window=slid(window, phase)))
    )
    return where(bad, _back(run, tx), after)


def _smaller(run: Run, stationary: jax.Array) -> Run:
    """What comes after a rate, whose iterates are stationary or whose time is over."""
    mean = average(run.window, run.q)
    apart = jnp.where(stationary & (run.compared > 0), _symmetrised_kl(run.before, mean), jnp.inf)
    gain = apart / (SHRINK - 1)  # gaps in proportion to the rate: all smaller rates together gain so much
    run = run._replace(before=mean, compared=run.compared + 1, gain=gain, rate=run.rate / SHRINK)
    return _anew(run._replace(searching=jnp.bool_(False)))


def _larger(run: Run) -> Run:
    return _anew(run._replace(rate=jnp.minimum(run.rate * GROW, run.cap)))


def _back(run: Run, tx: Any) -> Run:
    """Before the block, at a smaller rate. The next block is compared with nothing, so it cannot lead back here."""
    rate = run.rate / RETREAT
    return _anew(run._replace(adam=tx.init(still(run.q)), rate=rate, cap=rate, value=real(-jnp.inf)))


def _anew(run: Run) -> Run:
    return run._replace(phase=jnp.zeros_like(run.phase), window=opened(run.q))


def _block(log_joint: Any, tx: Any, run: Run, key: jax.Array, samples: int) -> tuple:
    """`BLOCK` steps: `q`, Adam's state, moments, and the mean value with its error."""

    def loss(step: Any, q: Any, key: jax.Array) -> jax.Array:
        return -elbo(log_joint, moved(q, step), key, samples=samples, estimator="sticking_the_landing")

    def body(at: tuple, key: jax.Array) -> tuple[tuple, jax.Array]:
        q, state, total, squares = at
        value, slope = jax.value_and_grad(loss)(still(q), q, key)
        direction, state = tx.update(slope, state)
        q = moved(q, jax.tree.map(lambda leaf: run.rate * leaf, direction))
        apart = flat(q) - run.window.origin
        return (q, state, total + apart, squares + apart**2), -value

    zeros = jnp.zeros_like(run.window.origin)
    (q, state, total, squares), values = jax.lax.scan(
        body, (run.q, run.adam, zeros, zeros), jax.random.split(key, BLOCK)
    )
    seen = Moments(jnp.ones((), jnp.int32), total, squares)
    return q, state, seen, jnp.mean(values), jnp.std(values) / BLOCK**0.5


def _symmetrised_kl(q: Any, p: Any) -> jax.Array:
    match q, p:
        case Posterior(), Posterior():
            return _symmetrised_kl(q.family, p.family)
        case Product(), Product():
            return sum((_symmetrised_kl(one, other) for one, other in q.beside(p.parts)), real(0))
        case ((MeanField() | FullRank() | LowRank()), _):
            return jnp.sum(kl(q, p)) + jnp.sum(kl(p, q))
    key = jax.random.key(0)
    there, here = q.sample(key, (1000,)), p.sample(key, (1000,))
    gap = jax.vmap(lambda z: jnp.sum(q.log_prob(z)) - jnp.sum(p.log_prob(z)))
    return jnp.mean(gap(there)) - jnp.mean(gap(here))


def _weights(log_joint: Any, q: Any, key: jax.Array, samples: int) -> jax.Array:
    """Terms of the bound, of many samples."""

    def some(key: jax.Array) -> jax.Array:
        return jax.vmap(lambda z: log_joint(z) - jnp.sum(q.log_prob(z)))(q.sample(key, (samples,)))

    return jax.lax.map(some, jax.random.split(key, EVALUATIONS)).ravel()
