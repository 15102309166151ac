"""t-SNE: exact divergence, trustworthiness, CPU seconds and new points, against openTSNE and scikit-learn.

Run: pip install openTSNE; python benchmarks/tsne.py (without openTSNE it prints the others).
"""

import importlib
import importlib.util
import time
import warnings
from collections.abc import Callable

import jax
import numpy as np
from sklearn.datasets import load_digits
from sklearn.manifold import TSNE, trustworthiness
from sklearn.neighbors import KNeighborsClassifier

from lropt_jax.problems import Problem, Solution, place, solve, tsne, tsne_optimizer
from lropt_jax.schedules import piecewise

openTSNE = importlib.import_module("openTSNE") if importlib.util.find_spec("openTSNE") else None  # noqa: N816
DATA, DIGITS = load_digits(return_X_y=True)
KEY = jax.random.key(0)


def ours(problem: Problem, *, rising: bool = True, times: float = 1.0, steps: int = 1000) -> Solution:
    tx = tsne_optimizer(problem, times=times)
    if not rising:
        tx = tx.replace(learning_rate=tx.learning_rate.values[0], momentum=piecewise((0.5, 0.8), (250,)))
    return jax.block_until_ready(solve(problem, tx, KEY, steps))


def divergence(joint: np.ndarray, points: np.ndarray) -> float:
    """The exact loss in float64, the same for everybody's map."""
    squares = sum((axis[:, None] - axis) ** 2 for axis in np.asarray(points, float).T)
    weights = 1 / (1 + squares)
    np.fill_diagonal(weights, 0)
    near = joint > 0
    return float(np.sum(joint[near] * np.log(joint[near] / joint.sum() * weights.sum() / weights[near])))


def table(data: np.ndarray, joint: np.ndarray, peers: dict[str, Callable[[], np.ndarray]], rounds: int) -> None:
    """Median CPU seconds of each, round by round, and how good the maps are."""
    print(f"\n| {len(data):,} x {data.shape[1]} | s of CPU | divergence | trustworthiness |\n|---|---|---|---|")
    seconds: dict[str, list[float]] = {name: [] for name in peers}
    for _ in range(rounds):
        for name, run in peers.items():
            began = time.process_time()
            points = run()
            seconds[name].append(time.process_time() - began)
            if len(seconds[name]) == rounds:
                found = f"{divergence(joint, points):.4f} | {trustworthiness(data, points):.4f}"
                print(f"| {name} | {np.median(seconds[name]):.2f} | {found} |", flush=True)


def large() -> None:
    """3,000 points of 50 dimensions, once each."""
    random = np.random.default_rng(0)
    data = 2 * random.normal(size=(20, 50))[random.integers(20, size=3000)] + random.normal(size=(3000, 50))
    joint = np.asarray(tsne(data).field.args[0], float)
    peers = {
        "ours, 1,000 steps": lambda: np.asarray(ours(tsne(data)).params),
        "ours, 750 steps": lambda: np.asarray(ours(tsne(data), steps=750).params),
        "scikit-learn, Barnes-Hut": lambda: TSNE(random_state=0, n_jobs=1).fit_transform(data),
    }
    if openTSNE is not None:
        peers["openTSNE, its defaults (750)"] = lambda: np.asarray(openTSNE.TSNE(n_jobs=1, random_state=0).fit(data))
    table(data, joint, peers, 1)


def new_points() -> None:
    """A third of the digits placed into the map of the others: are their neighbours of their own kind?"""
    fresh = np.arange(len(DATA)) % 3 == 2
    old, new, kinds, truth = DATA[~fresh], DATA[fresh], DIGITS[~fresh], DIGITS[fresh]
    print(f"\n| {len(new)} new digits among {len(old):,} | s of CPU | of their neighbours' kind |\n|---|---|---|")

    def row(name: str, embedding: np.ndarray, run: Callable[[], np.ndarray]) -> None:
        run()
        began = time.process_time()
        placed = run()
        took = time.process_time() - began
        print(f"| {name} | {took:.2f} | {KNeighborsClassifier(5).fit(embedding, kinds).score(placed, truth):.3f} |")

    embedding = np.asarray(ours(tsne(old)).params)
    row("place", embedding, lambda: np.asarray(place(new, old, embedding)))
    if openTSNE is not None:
        theirs = openTSNE.TSNE(n_jobs=1, random_state=0).fit(old)
        row("openTSNE's transform", np.asarray(theirs), lambda: np.asarray(theirs.transform(new)))
    print(f"| in the pixels | | {KNeighborsClassifier(5).fit(old, kinds).score(new, truth):.3f} |")


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
        "scikit-learn, Barnes-Hut": lambda: TSNE(random_state=0, n_jobs=1).fit_transform(DATA),
    }
    if openTSNE is None:
        print("openTSNE is not installed: pip install openTSNE")
    else:
        peers["openTSNE, its defaults (750)"] = lambda: np.asarray(openTSNE.TSNE(n_jobs=1, random_state=0).fit(DATA))
    whole(750)
    table(DATA, joint, peers, rounds)
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
    warnings.simplefilter("ignore")  # of the rates that are wrong on purpose
    compare()
    large()
    new_points()
    rates()
