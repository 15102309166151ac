"""t-SNE of the digits: exact divergence, trustworthiness and CPU seconds, against openTSNE and scikit-learn.

Run: pip install openTSNE; python benchmarks/tsne.py
"""

import time
from collections.abc import Callable

import jax
import numpy as np
import openTSNE
from sklearn.datasets import load_digits
from sklearn.manifold import TSNE, trustworthiness

from lropt_jax.optimizers import delta_bar_delta
from lropt_jax.problems import Problem, Solution, solve, tsne
from lropt_jax.schedules import piecewise

DATA = load_digits().data
KEY = jax.random.key(0)


def ours(problem: Problem, *, rising: bool = True, times: float = 1.0, steps: int = 1000) -> Solution:
    low = times * len(problem.init(KEY)[0]) / 48
    rate = piecewise((low, 12 * low if rising else low), (250,))
    momentum = piecewise((0.5, 0.8), (250,))
    tx = delta_bar_delta(rate, theta=None, momentum=momentum, at_zero="shrink")
    return jax.block_until_ready(solve(problem, tx, KEY, steps))


def divergence(joint: np.ndarray, points: np.ndarray) -> float:
    """The exact loss in float64, the same for everybody's map."""
    squares = sum((axis[:, None] - axis) ** 2 for axis in np.asarray(points, float).T)
    weights = 1 / (1 + squares)
    np.fill_diagonal(weights, 0)
    near = joint > 0
    return float(np.sum(joint[near] * np.log(joint[near] / joint.sum() * weights.sum() / weights[near])))


def compare(rounds: int = 3) -> None:
    began = time.process_time()
    problem = tsne(data=DATA)
    ours(problem)
    print(f"first call with its compilation: {time.process_time() - began:.2f} s of CPU")
    joint = np.asarray(problem.field.args[0], float)

    def whole(steps: int) -> np.ndarray:
        jax.block_until_ready(tsne(data=DATA).field.args[0])  # what it costs to begin
        return np.asarray(ours(problem, steps=steps).params)

    peers: dict[str, Callable[[], np.ndarray]] = {
        "ours, 1,000 steps": lambda: whole(1000),
        "ours, 750 steps": lambda: whole(750),
        "openTSNE, its defaults (750)": lambda: np.asarray(openTSNE.TSNE(n_jobs=1, random_state=0).fit(DATA)),
        "scikit-learn, Barnes-Hut": lambda: TSNE(random_state=0, n_jobs=1).fit_transform(DATA),
    }
    whole(750)
    seconds: dict[str, list[float]] = {name: [] for name in peers}
    for _ in range(rounds):
        for name, run in peers.items():
            began = time.process_time()
            points = run()
            seconds[name].append(time.process_time() - began)
            if len(seconds[name]) == rounds:
                found = f"{divergence(joint, points):.4f}, trustworthiness {trustworthiness(DATA, points):.4f}"
                print(f"  {name:<30} {np.median(seconds[name]):6.2f} s of CPU, divergence {found}")
    rising, fixed = (ours(problem, rising=rising).values for rising in (True, False))
    sooner = int(np.argmax(np.asarray(rising) <= fixed[-1]))
    print(f"rate kept after exaggeration: {fixed[-1]:.4f} in 1,000 steps; raised: the same in {sooner}")


def rates() -> None:
    problem = tsne(data=DATA[:600])
    print("the first 600 digits, 1,000 steps: divergence by multiples of the rate n / (4 exaggeration)")
    for times in (0.01, 0.1, 0.5, 1.0, 2.0, 5.0, 20.0):
        print(f"  {times:>5g}  {ours(problem, times=times).values[-1]:.3f}")
    exact = TSNE(method="exact", random_state=0).fit_transform(DATA[:600])
    print(f"  scikit-learn, exact: {divergence(np.asarray(problem.field.args[0], float), exact):.3f}")


if __name__ == "__main__":
    compare()
    rates()
