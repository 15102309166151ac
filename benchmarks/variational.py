"""Variational inference: `vi` beside a tuned cosine and `auto` where the answer is exact, and beside NumPyro's guides.

First three conjugate models with a full-rank family, whose best bound is the log evidence. "Tuned cosine" is Adam on
the numbers of the family with 8 samples a step: the fewest steps of nine for which the best of twelve rates from 1e-3
to 3 is within 0.05 nats, on two seeds; the search is not counted. `auto` runs as many. `vi` begins at five rates from
1e-3 to 1, with three seeds each, and its worst run counts. Then a logistic regression, whose bound comes from 20,000
samples of each fitted guide. NumPyro's rate is the best of five for 5,000 steps, search not counted. Seconds are of the
processor, compilation not included.

Run: pip install numpyro; python benchmarks/variational.py
"""

import functools
import statistics
import time
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from sklearn.datasets import load_breast_cancer
from timing import interleaved

from lropt_jax.objectives import FullRank, MeanField, elbo, kl
from lropt_jax.optimizers import adam
from lropt_jax.problems import Problem, solve, vi
from lropt_jax.problems.variational.conjugate_gaussian import diabetes, exact
from lropt_jax.schedules import cosine
from lropt_jax.tuning import auto

Partial = jax.tree_util.Partial
LENGTHS = (250, 350, 500, 700, 1000, 1400, 2000, 2800, 4000)
RATES = jnp.asarray(np.geomspace(1e-3, 3, 12), jnp.float32)
FIRST = (1e-3, 1e-2, 0.1, 0.3, 1.0)
CLOSE, SAMPLES = 0.05, 8


def regression(x: jax.Array, y: jax.Array, noise: float, spread: float, w: jax.Array) -> jax.Array:
    data = -jnp.sum((y - x @ w) ** 2) / (2 * noise) - y.size * jnp.log(2 * jnp.pi * noise) / 2
    return data - jnp.sum(w**2) / (2 * spread) - w.size * jnp.log(2 * jnp.pi * spread) / 2


def conjugate(x: Any, y: Any, noise: float, spread: float = 1.0) -> tuple[Partial, FullRank]:
    """The log joint and the posterior of `y ~ N(x w, noise)`, `w ~ N(0, spread)`."""
    q, _ = exact(x * spread**0.5, y, noise)
    scaled = FullRank(q.mean * spread**0.5, q.log_scale + jnp.log(spread) / 2, q.lower)
    return Partial(regression, jnp.asarray(x, jnp.float32), jnp.asarray(y, jnp.float32), noise, spread), scaled


def models() -> dict[str, tuple[Partial, FullRank]]:
    t, rng = np.linspace(0, 1, 60), np.random.default_rng(1)
    noise = np.random.default_rng(0).normal(size=60)
    root = 3 * np.linalg.cholesky(0.98 + 0.02 * np.eye(20))
    y = 5 + np.tile(root @ rng.normal(size=20), 3) + rng.normal(size=60)
    return {
        "diabetes, 10 weights": conjugate(*diabetes(), 0.5),
        "20 correlated means": conjugate(np.tile(root, (3, 1)), y, 4.0),
        "polynomial, condition 1e6": conjugate(
            np.stack([t**k for k in range(6)], 1), np.sin(5 * t) + 0.1 * noise, 0.01, 100.0
        ),
    }


def begin(size: int) -> FullRank:
    return FullRank(jnp.zeros(size), jnp.full(size, jnp.log(0.1)), jnp.zeros((size, size)))


def climb(log_joint: Partial, size: int) -> Problem:
    """The problem of the bound, for `solve` and `auto`."""

    def field(q: FullRank, state: tuple, key: jax.Array) -> tuple:
        loss = lambda q: -elbo(log_joint, q, key, samples=SAMPLES, estimator="sticking_the_landing")  # noqa: E731
        value, slope = jax.value_and_grad(loss)(q)
        return slope, state, value

    return Problem(init=lambda key: (begin(size), ()), field=field)


def swept(problem: Problem, posterior: FullRank, steps: int) -> jax.Array:
    """The gaps at all rates, on two seeds, shape (2, 12)."""

    def gap(rate: jax.Array, key: jax.Array) -> jax.Array:
        return kl(solve(problem, adam(cosine(rate, steps)), key, steps).params, posterior)

    return jax.vmap(jax.vmap(gap, (0, None)), (None, 0))(RATES, jax.random.split(jax.random.key(7), 2))


def conjugates() -> None:
    print("| model | tuned cosine | its rate | its gap | auto: cost | gap | vi: steps, median and worst | worst gap |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for name, (log_joint, posterior) in models().items():
        problem = climb(log_joint, posterior.mean.size)
        for steps in LENGTHS:
            ends = swept(problem, posterior, steps)
            gaps = jnp.nan_to_num(jnp.max(ends, 0), nan=jnp.inf)
            if gaps.min() <= CLOSE:
                break
        reached = "" if gaps.min() <= CLOSE else "> "
        found = auto(problem, adam, steps=steps, key=jax.random.key(0))
        fits = [
            vi(log_joint, jnp.zeros(posterior.mean.size), family="full_rank", key=jax.random.key(seed), rate=rate)
            for rate in FIRST
            for seed in range(3)
        ]
        used, worst = [fit.steps for fit in fits], max(float(kl(fit.posterior.family, posterior)) for fit in fits)
        print(
            f"| {name} | {reached}{steps} | {RATES[jnp.argmin(gaps)]:.2g} | {gaps.min():.4f} "
            f"| {found.cost * steps:.0f} | {float(kl(found.solution.params, posterior)):.4f} "
            f"| {statistics.median(used):.0f}, {max(used)} | {worst:.5f} |",
            flush=True,
        )


x, y = load_breast_cancer(return_X_y=True)
x, y = jnp.asarray((x - x.mean(0)) / x.std(0), jnp.float32), jnp.asarray(y, jnp.float32)


def logistic(x: jax.Array, y: jax.Array, p: dict) -> jax.Array:
    logits = x @ p["w"] + p["b"]
    prior = jax.scipy.stats.norm.logpdf(p["w"]).sum() + jax.scipy.stats.norm.logpdf(p["b"])
    return jnp.sum(y * logits - jax.nn.softplus(logits)) + prior


def vector_joint(z: jax.Array) -> jax.Array:
    return logistic(x, y, {"b": z[0], "w": z[1:]})


@jax.jit
def bound(q: Any) -> jax.Array:
    return elbo(vector_joint, q, jax.random.key(123), samples=20_000)


def ours(family: str) -> Callable[[], tuple[float, str]]:
    def run() -> tuple[float, str]:
        fit = vi(Partial(logistic, x, y), {"w": jnp.zeros(30), "b": 0.0}, family=family, key=jax.random.key(0))
        return float(bound(fit.posterior.family)), f"{fit.steps} steps"

    return run


def numpyros(kind: str) -> Callable[[], tuple[float, str]]:
    import numpyro
    from numpyro import distributions as dist
    from numpyro.infer import SVI, Trace_ELBO, autoguide

    def model() -> None:
        w = numpyro.sample("w", dist.Normal(jnp.zeros(30), 1).to_event(1))
        b = numpyro.sample("b", dist.Normal(0, 1))
        numpyro.sample("y", dist.Bernoulli(logits=x @ w + b).to_event(1), obs=y)

    steps = 5000

    @functools.cache
    def fitted(rate: float) -> Callable[[], Any]:
        svi = SVI(model, getattr(autoguide, kind)(model), numpyro.optim.Adam(rate), Trace_ELBO(SAMPLES))

        @jax.jit
        def run(key: jax.Array) -> Any:
            state, _ = jax.lax.scan(lambda state, _: svi.update(state), svi.init(key), length=steps)
            return svi.get_params(state)

        return lambda: posterior(run(jax.random.key(0)))

    def posterior(params: dict) -> Any:
        if kind == "AutoNormal":
            mean = jnp.concatenate([params["b_auto_loc"][None], params["w_auto_loc"]])
            scale = jnp.concatenate([params["b_auto_scale"][None], params["w_auto_scale"]])
            return MeanField(mean, jnp.log(scale))
        triangle = params["auto_scale_tril"]  # of b and then w, in the order of a dict's keys
        return FullRank.of(params["auto_loc"], triangle @ triangle.T)

    best = max((1e-3, 3e-3, 1e-2, 3e-2, 1e-1), key=lambda rate: float(jnp.nan_to_num(bound(fitted(rate)()), nan=-1e9)))
    return lambda: (float(bound(fitted(best)())), f"{steps} steps, rate {best:g}")


def guides() -> None:
    peers: dict[str, Callable[[], tuple[float, str]]] = {
        "vi, mean_field": ours("mean_field"),
        "vi, full_rank": ours("full_rank"),
    }
    try:
        peers |= {f"NumPyro {kind}": numpyros(kind) for kind in ("AutoNormal", "AutoMultivariateNormal")}
    except ImportError:
        print("\nNumPyro is not installed: ours alone")
    found = {name: run() for name, run in peers.items()}
    seconds = interleaved(peers, rounds=5, clock=time.process_time)
    print("\n| logistic regression, 31 numbers | ELBO | seconds | |\n| --- | --- | --- | --- |")
    for name, (value, made) in found.items():
        print(f"| {name} | {value:.2f} | {statistics.median(seconds[name]):.2f} | {made} |")


if __name__ == "__main__":
    conjugates()
    guides()
