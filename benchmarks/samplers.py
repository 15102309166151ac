"""Effective samples a second, untuned: ours beside BlackJAX on a banana, a funnel and a logistic regression.

Ours finds step and scales in its warmup. BlackJAX's NUTS does so by its window adaptation. Its MALA and its random walk
adapt nothing, so each gets the best of seven steps, and the search is not counted: ours has to beat a tuned peer there.
All chains of a sampler run side by side by `vmap`. Seconds are of the processor, warmup included, compilation not.

Run: pip install blackjax; python benchmarks/samplers.py
"""

import functools
import statistics
import time
from collections.abc import Callable
from typing import Any

import blackjax
import jax
import jax.numpy as jnp
import numpy as np
from sklearn.datasets import load_breast_cancer

from lropt_jax.objectives import effective_sample_size, r_hat
from lropt_jax.optimizers import sgd
from lropt_jax.problems import metropolis, solve

CHAINS, WARMUP, DRAWS, ROUNDS = 16, 1000, 1000, 3
STEPS = (0.03, 0.06, 0.125, 0.25, 0.5, 1.0, 2.0)

x, y = load_breast_cancer(return_X_y=True)
x = jnp.asarray(np.c_[np.ones(len(x)), (x - x.mean(0)) / x.std(0)])
y = jnp.asarray(2.0 * y - 1)


def banana(z: jax.Array) -> jax.Array:
    """Of Haario, Saksman and Tamminen 1999, with its bend of 0.03 and a standard deviation of 10."""
    return -(z[0] ** 2) / 200 - (z[1] + 0.03 * z[0] ** 2 - 3) ** 2 / 2


def funnel(z: jax.Array) -> jax.Array:
    """Of Neal 2003: `z_0 ~ N(0, 9)`, and the other nine have the standard deviation `exp(z_0 / 2)`."""
    return -(z[0] ** 2) / 18 - jnp.sum(z[1:] ** 2) * jnp.exp(-z[0]) / 2 - 9 * z[0] / 2


def logistic(w: jax.Array) -> jax.Array:
    """Breast cancer: 569 patients, 30 standardised measurements and a constant, `w ~ N(0, I)`."""
    return jnp.sum(jax.nn.log_sigmoid(y * (x @ w))) - jnp.sum(w**2) / 2


TARGETS = {"banana": (banana, 2), "funnel": (funnel, 10), "logistic regression": (logistic, x.shape[1])}


def ours(density: Callable, size: int, proposal: Any, thinning: int) -> Callable[[jax.Array], jax.Array]:
    problem = metropolis(density, jnp.zeros(size), proposal=proposal, chains=CHAINS, warmup=WARMUP, thinning=thinning)
    return lambda key: solve(problem, sgd(1.0), key, WARMUP + DRAWS * thinning).draws


def kept(kernel: Callable, states: Any, key: jax.Array, thinning: int) -> jax.Array:
    """Draws (chains, draws, d) of a kernel of BlackJAX, in the loop of its manual."""

    def one(states: Any, key: jax.Array) -> tuple[Any, None]:
        return jax.vmap(kernel)(jax.random.split(key, CHAINS), states)[0], None

    def several(states: Any, key: jax.Array) -> tuple[Any, jax.Array]:
        states, _ = jax.lax.scan(one, states, jax.random.split(key, thinning))
        return states, states.position

    return jnp.swapaxes(jax.lax.scan(several, states, jax.random.split(key, DRAWS))[1], 0, 1)


def fixed(make: Callable, size: int, thinning: int) -> Callable[[jax.Array, float], jax.Array]:
    """MALA or a random walk of BlackJAX: a warmup for the way from the start, and draws."""

    @jax.jit
    def run(key: jax.Array, step: float) -> jax.Array:
        algorithm = make(step)
        warm_key, key = jax.random.split(key)
        states = jax.vmap(algorithm.init)(jnp.zeros((CHAINS, size)))
        one = lambda states, key: (jax.vmap(algorithm.step)(jax.random.split(key, CHAINS), states)[0], None)  # noqa: E731
        states, _ = jax.lax.scan(one, states, jax.random.split(warm_key, WARMUP))
        return kept(algorithm.step, states, key, thinning)

    return run


def nuts(density: Callable, size: int) -> Callable[[jax.Array], jax.Array]:
    warmup = blackjax.window_adaptation(blackjax.nuts, density)

    @jax.jit
    def run(key: jax.Array) -> jax.Array:
        warm_key, key = jax.random.split(key)
        warm = jax.vmap(lambda key: warmup.run(key, jnp.zeros(size), num_steps=WARMUP)[0])
        states, found = warm(jax.random.split(warm_key, CHAINS))
        step = jax.vmap(lambda key, state, found: blackjax.nuts(density, **found).step(key, state))
        one = lambda states, key: (lambda after: (after, after.position))(  # noqa: E731
            step(jax.random.split(key, CHAINS), states, found)[0]
        )
        return jnp.swapaxes(jax.lax.scan(one, states, jax.random.split(key, DRAWS))[1], 0, 1)

    return run


def best(run: Callable[[jax.Array, float], jax.Array]) -> tuple[Callable[[jax.Array], jax.Array], float]:
    """The run with the step of most effective samples."""
    step = max(STEPS, key=lambda step: float(jnp.nan_to_num(worst(run(jax.random.key(99), step))[0])))
    return functools.partial(run, step=step), step


@jax.jit
def worst(draws: jax.Array) -> tuple[jax.Array, jax.Array]:
    """The fewest effective samples and the largest R-hat of all coordinates."""
    return jnp.min(effective_sample_size(draws)), jnp.max(r_hat(draws))


def compare(name: str, density: Callable, size: int, thinning: int = 10) -> None:
    mala, length = best(fixed(lambda step: blackjax.mala(density, step**2 / 2), size, thinning))
    sigma = lambda step: blackjax.additive_step_random_walk.normal_random_walk(density, step * jnp.ones(size))  # noqa: E731
    walk, width = best(fixed(sigma, size, thinning))
    peers = {
        "ours, langevin": ours(density, size, "langevin", thinning),
        "ours, random walk": ours(density, size, "random walk", thinning),
        "BlackJAX NUTS, window adaptation": nuts(density, size),
        f"BlackJAX MALA, best step {length:g}": mala,
        f"BlackJAX random walk, best step {width:g}": walk,
    }
    found: dict[str, list[tuple[float, float, float]]] = {each: [] for each in peers}
    for turn in range(-1, ROUNDS):  # the first one compiles
        for each, run in peers.items():
            began = time.process_time()
            draws = jax.block_until_ready(run(jax.random.key(turn + 1)))
            seconds = time.process_time() - began
            samples, ratio = map(float, worst(draws))
            found[each] += [(samples / seconds, samples, ratio)] * (turn >= 0)
    print(f"\n{name}: effective samples a second, of the worst coordinate", flush=True)
    for each, rounds in found.items():
        rate, samples, ratio = (statistics.median(part) for part in zip(*rounds, strict=True))
        print(f"  {each:<40} {rate:9.0f}   {samples:7.0f} in a run, R-hat {ratio:.3f}", flush=True)


if __name__ == "__main__":
    for name, (density, size) in TARGETS.items():
        compare(name, density, size)
