"""EM for a mixture of Gaussians: `solve` with `sgd(1.0)` against scikit-learn, from one start, in the same precision.

Run: python benchmarks/gaussian_mixture_speed.py
"""

import warnings

import jax
import jax.numpy as jnp
import numpy as np
from sklearn.mixture import GaussianMixture
from timing import interleaved, report

from lropt_jax.objectives import mixture_from_statistics
from lropt_jax.optimizers import sgd
from lropt_jax.problems import gaussian_mixture, solve

STEPS = 20
SIZES = ((2_000, 2, 3), (20_000, 8, 5), (50_000, 16, 8))  # examples, dimensions, components
KEY = jax.random.key(0)


def clusters(count: int, dimension: int, components: int) -> np.ndarray:
    random = np.random.default_rng(0)
    means = 3 * random.normal(size=(components, dimension))
    return means[random.integers(components, size=count)] + random.normal(size=(count, dimension))


def compare(count: int, dimension: int, components: int, dtype: type) -> None:
    data = clusters(count, dimension, components).astype(dtype)
    problem = gaussian_mixture(data=data, components=components, batch_size=None)
    first = mixture_from_statistics(problem.init(jax.random.split(KEY)[0])[0])
    weights, means, covariances = (np.asarray(leaf, float) for leaf in first)
    start = weights / weights.sum(), means, np.linalg.inv(covariances)
    peer = GaussianMixture(
        components, max_iter=STEPS, tol=0.0, weights_init=start[0].astype(dtype), means_init=start[1].astype(dtype),
        precisions_init=start[2].astype(dtype),
    )  # fmt: skip
    peers = {
        "solve with sgd(1.0)": lambda: jax.block_until_ready(solve(problem, sgd(1.0), KEY, STEPS)),
        "scikit-learn's GaussianMixture": lambda: peer.fit(data),
    }
    ours, theirs = (run() for run in peers.values())
    apart = -problem.field(ours.params, (), KEY)[2] - theirs.score(data)
    title = f"{count} examples, {dimension} dimensions, {components} components, {np.dtype(dtype).name}, {STEPS} steps"
    report(f"{title}; log likelihoods apart {apart:.1e}", interleaved(peers, 5), ours="solve with sgd(1.0)")


def main() -> None:
    warnings.simplefilter("ignore")  # scikit-learn's, that it has not converged
    for size in SIZES:
        compare(*size, jnp.float32)
    jax.config.update("jax_enable_x64", True)
    for size in SIZES:
        compare(*size, np.float64)


if __name__ == "__main__":
    main()
