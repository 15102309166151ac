"""EM for a mixture of Gaussians beside scikit-learn: from one start, the number of components, a stream of batches.

Run: python benchmarks/gaussian_mixture_speed.py
"""

import time
import warnings
from collections.abc import Callable, Iterator

import jax
import jax.numpy as jnp
import numpy as np
from sklearn.mixture import GaussianMixture
from timing import interleaved, report

from lropt_jax.objectives import mixture_from_statistics
from lropt_jax.optimizers import sgd
from lropt_jax.problems import choose_components, gaussian_mixture, solve
from lropt_jax.schedules import robbins_monro

STEPS = 20
SIZES = ((2_000, 2, 3), (20_000, 8, 5), (50_000, 16, 8))  # examples, dimensions, components
KEY = jax.random.key(0)
KINDS = {"full": "full", "tied": "tied", "diagonal": "diag", "spherical": "spherical"}


def clusters(count: int, dimension: int, components: int) -> np.ndarray:
    random = np.random.default_rng(0)
    means = 3 * random.normal(size=(components, dimension))
    return means[random.integers(components, size=count)] + random.normal(size=(count, dimension))


def compare(count: int, dimension: int, components: int, dtype: type, covariance: str = "full") -> None:
    data = clusters(count, dimension, components).astype(dtype)
    problem = gaussian_mixture(data, components=components, batch_size=None, covariance=covariance)
    begin = mixture_from_statistics(problem.init(jax.random.split(KEY)[0])[0])
    weights, means, covariances = (np.asarray(leaf, float) for leaf in begin)
    precisions = np.linalg.inv(covariances) if covariances.ndim == 3 else 1 / covariances
    start = weights / weights.sum(), means, precisions[0] if covariance == "tied" else precisions
    names = "weights_init", "means_init", "precisions_init"
    first = dict(zip(names, (each.astype(dtype) for each in start), strict=True))
    peer = GaussianMixture(components, covariance_type=KINDS[covariance], max_iter=STEPS, tol=0.0, **first)
    peers = {
        "solve with sgd(1.0)": lambda: jax.block_until_ready(solve(problem, sgd(1.0), KEY, STEPS)),
        "scikit-learn's GaussianMixture": lambda: peer.fit(data),
    }
    ours, theirs = (run() for run in peers.values())
    apart = -problem.field(ours.params, (), KEY)[2] - theirs.score(data)
    title = f"{count} examples, {dimension} dimensions, {components} components, {covariance}, {np.dtype(dtype).name}"
    report(
        f"{title}, {STEPS} steps; log likelihoods apart {apart:.1e}", interleaved(peers, 5), ours="solve with sgd(1.0)"
    )


def timed(run: Callable[[], object]) -> tuple[float, object]:
    """Median CPU seconds of three calls after the first, and what the last returned."""
    found, seconds = run(), []
    for _ in range(3):
        began = time.process_time()
        found = run()
        seconds.append(time.process_time() - began)
    return float(np.median(seconds)), found


def sweep() -> None:
    """How many components: 1 to 8, ten starts each."""
    data, counts = clusters(10_000, 8, 5), range(1, 9)
    print("\n| 10,000 x 8, 1 to 8 components, ten starts each | s of CPU | best number | its BIC |\n|---|---|---|---|")
    began = time.process_time()
    choose_components(data, counts, key=KEY)
    first = time.process_time() - began
    seconds, found = timed(lambda: choose_components(data, counts, key=KEY))
    best = len(found.best.weights)
    print(f"| choose_components (first call {first:.1f}) | {seconds:.2f} | {best} | {min(found.bic):,.0f} |")

    def theirs() -> list[float]:
        return [GaussianMixture(k, n_init=10, random_state=0).fit(data).bic(data) for k in counts]

    seconds, bic = timed(theirs)
    print(f"| scikit-learn, a loop over n_init=10 | {seconds:.2f} | {int(np.argmin(bic)) + 1} | {min(bic):,.0f} |")


class Loader:
    """Batches of 500 of data 10,000 away from 0, in another order each time."""

    def __init__(self, data: np.ndarray):
        self.data, self.random = data, np.random.default_rng(0)

    def __iter__(self) -> Iterator[np.ndarray]:
        for rows in np.split(self.random.permutation(len(self.data)), len(self.data) // 500):
            yield self.data[rows]


def stream() -> None:
    """Stepwise EM from batches beside EM on all data: no other library has it."""
    data = clusters(50_000, 8, 5) + 1e4
    full = GaussianMixture(5, n_init=5, tol=1e-5, max_iter=500, random_state=0).fit(data).score(data)
    print(f"\n| 50,000 x 8 in batches of 500 | nats below EM on all data ({full:.4f}) |\n|---|---|")
    for passes in (1, 3, 10):
        problem = gaussian_mixture(Loader(data), components=5, starts=5)
        tx, steps = sgd(robbins_monro(2**-0.6, 2, exponent=0.6)), 100 * passes
        done = solve(problem, tx, KEY, steps, average_from=steps // 2)
        apart = full - float(np.mean(np.asarray(mixture_from_statistics(done.average).log_prob(data), float)))
        print(f"| stepwise EM, {passes} passes, the mean of the later half | {apart:.1e} |")


def main() -> None:
    warnings.simplefilter("ignore")  # scikit-learn's, that it has not converged
    for size in SIZES:
        compare(*size, jnp.float32)
    for covariance in ("tied", "diagonal", "spherical"):
        compare(*SIZES[1], jnp.float32, covariance)
    sweep()
    stream()
    jax.config.update("jax_enable_x64", True)
    for size in SIZES:
        compare(*size, np.float64)


if __name__ == "__main__":
    main()
