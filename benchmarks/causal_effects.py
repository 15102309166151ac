"""Average effects of rows of data: ours, DoWhy, and y0's formulas evaluated with pandas; then 15 binary variables.

Each gets the same 100,000 rows of a model whose effect is known, and the graph. Ours gives an interval too. DoWhy
estimates by its back-door regression or its front-door regression, and has none for the third graph; y0 gives a
formula, and a few lines of pandas here give its value, without an interval. Seconds are of the first call and of the
median of the next ones, formula included; the peers are imported before. DoWhy's regressions have no interactions, and
these models have some. For the third graph y0 0.2.11 returns P(y | x), which is not the effect.

Run: pip install dowhy y0; python benchmarks/causal_effects.py
"""

import itertools
import logging
import statistics
import time
import warnings
from collections.abc import Callable
from typing import Any

import jax
import numpy as np
import pandas as pd

from lropt_jax.objectives import Hedge, contingency_table, effect, identify

ROWS, CALLS = 100_000, 3
logging.disable(logging.WARNING)
warnings.filterwarnings("ignore")

Model = dict[str, Callable[[dict[str, int]], float]]  # the probability of 1, given the variables before
MODELS: dict[str, tuple[str, Model]] = {
    "back door": (
        "z -> x -> y, z -> y",
        {
            "z": lambda v: 0.5,
            "x": lambda v: 0.2 + 0.6 * v["z"],
            "y": lambda v: 0.1 + 0.2 * v["x"] + 0.5 * v["z"] - 0.15 * v["x"] * v["z"],
        },
    ),
    "front door": (
        "x -> m -> y, x <-> y",
        {
            "u": lambda v: 0.5,
            "x": lambda v: 0.2 + 0.6 * v["u"],
            "m": lambda v: 0.1 + 0.7 * v["x"],
            "y": lambda v: 0.1 + 0.3 * v["m"] + 0.5 * v["u"] - 0.2 * v["m"] * v["u"],
        },
    ),
    "napkin": (
        "w -> r -> x -> y, w <-> x, w <-> y",
        {
            "u": lambda v: 0.5,
            "s": lambda v: 0.5,
            "w": lambda v: 0.1 + 0.4 * v["u"] + 0.4 * v["s"],
            "r": lambda v: 0.2 + 0.5 * v["w"],
            "x": lambda v: 0.1 + 0.5 * v["r"] + 0.3 * v["u"],
            "y": lambda v: 0.1 + 0.4 * v["x"] + 0.4 * v["s"],
        },
    ),
}


def law(model: Model, **do: int) -> dict[tuple[int, ...], float]:
    """The probability of each joint value, hidden variables included."""
    found = {}
    for cell in itertools.product((0, 1), repeat=len(model)):
        values = dict(zip(model, cell, strict=True))
        chances = {name: float(name in do and do[name]) or chance(values) for name, chance in model.items()}
        chances |= {name: float(value) for name, value in do.items()}
        found[cell] = float(np.prod([chances[name] if values[name] else 1 - chances[name] for name in model]))
    return found


def truth(model: Model) -> float:
    place = [*model].index("y")
    at = [sum(chance for cell, chance in law(model, x=x).items() if cell[place]) for x in (0, 1)]
    return at[1] - at[0]


def rows_of(model: Model, variables: tuple[str, ...]) -> pd.DataFrame:
    cells, chances = zip(*law(model).items(), strict=True)
    drawn = np.array(cells)[np.random.default_rng(0).choice(len(cells), ROWS, p=chances)]
    return pd.DataFrame(drawn, columns=[*model])[[*variables]]


def ours(graph: str, rows: pd.DataFrame) -> str:
    return "{:.4f} ({:.4f} to {:.4f})".format(*effect(graph, rows, x="x", y="y").difference(x=(0, 1), y=1))


def by_dowhy(graph: str, rows: pd.DataFrame) -> str:
    from dowhy import CausalModel

    method = {
        "z -> x -> y, z -> y": "backdoor.linear_regression",
        "x -> m -> y, x <-> y": "frontdoor.two_stage_regression",
    }
    if graph not in method:
        return "no estimator"
    edges = graph.replace("x <-> y", "u -> x, u -> y").split(", ")
    model = CausalModel(rows, "x", "y", graph="digraph {" + ";".join(edges) + "}")
    estimand = model.identify_effect(proceed_when_unidentifiable=True)
    return f"{model.estimate_effect(estimand, method_name=method[graph]).value:.4f}"


def by_y0(graph: str, rows: pd.DataFrame) -> str:
    from y0.algorithm.identify import identify_outcomes
    from y0.dsl import Variable
    from y0.graph import NxMixedGraph

    read = identify(graph, x="x", y="y").graph
    mixed = NxMixedGraph.from_str_edges(directed=[*read.directed], undirected=[*read.bidirected])
    formula = identify_outcomes(mixed, treatments=Variable("x"), outcomes=Variable("y"))
    counts = rows.value_counts(normalize=True).sort_index()
    at = [value(formula, counts, dict.fromkeys(rows, 0) | {"x": x, "y": 1}) for x in (0, 1)]
    return f"{at[1] - at[0]:.4f}"


def value(formula: Any, counts: pd.Series, at: dict[str, int]) -> float:
    """The number of a formula of y0 at a value of each variable."""
    kind = type(formula).__name__
    if kind == "Probability":
        parents = {each.name: at[each.name] for each in formula.distribution.parents}
        both = parents | {each.name: at[each.name] for each in formula.distribution.children}
        return share(counts, both) / share(counts, parents)
    if kind == "Sum":
        names = [each.name for each in formula.ranges]
        cells = itertools.product((0, 1), repeat=len(names))
        return sum(value(formula.expression, counts, at | dict(zip(names, cell, strict=True))) for cell in cells)
    if kind == "Product":
        return float(np.prod([value(each, counts, at) for each in formula.expressions]))
    if kind == "Fraction":
        return value(formula.numerator, counts, at) / value(formula.denominator, counts, at)
    return 1.0


def share(counts: pd.Series, at: dict[str, int]) -> float:
    return float(counts.xs(tuple(at.values()), level=list(at)).sum()) if at else 1.0


def timed(run: Callable[[], str]) -> tuple[str, float, float]:
    """What it says, the seconds of the first call, and the median of the next ones."""
    seconds = []
    for _ in range(1 + CALLS):
        began = time.perf_counter()
        said = run()
        seconds.append(time.perf_counter() - began)
    return said, seconds[0], statistics.median(seconds[1:])


def beside_peers() -> None:
    peers = {"ours, with its interval": ours, "DoWhy": by_dowhy, "y0's formula, pandas": by_y0}
    for name, package in (("DoWhy", "dowhy"), ("y0's formula, pandas", "y0")):
        try:
            __import__(package)
        except ImportError:
            print(f"{package} is not installed; pip install {package}.\n")
            del peers[name]
    print("| graph | truth | | effect | first call | next calls |\n| --- | --- | --- | --- | --- | --- |")
    for name, (graph, model) in MODELS.items():
        rows = rows_of(model, identify(graph, x="x", y="y").variables)
        for peer, run in peers.items():
            said, first, next_ones = timed(lambda run=run, graph=graph, rows=rows: run(graph, rows))
            print(
                f"| {name} | {truth(model):.4f} | {peer} | {said} | {1e3 * first:.0f} ms | {1e3 * next_ones:.0f} ms |"
            )


def fifteen_variables(graphs: int = 5) -> None:
    """Random graphs of 15 binary variables, with 3 arrows and 1 arc a variable, `P(y | do(x), z)`."""
    rng, names = np.random.default_rng(0), [f"v{place:02}" for place in range(15)]
    pairs = list(itertools.combinations(names, 2))
    rows = {name: rng.integers(0, 2, ROWS) for name in names}
    seconds: dict[str, list[float]] = {"identify(...)(table)": [], "jax.jit of it": [], "effect of 100,000 rows": []}
    while len(seconds["jax.jit of it"]) < graphs:
        edges = [*(pair for pair in pairs if rng.random() < 3 / 7)]
        arcs = [(a, "<->", b) for a, b in pairs if rng.random() < 1 / 7]
        graph, question = [*names, *edges, *arcs], {"x": "v04", "y": "v14", "given": "v09"}
        try:
            formula = identify(graph, **question)
        except Hedge:
            continue
        table = contingency_table(graph, rows).frequencies
        for name, run in {
            "identify(...)(table)": lambda: identify(graph, **question)(table),  # noqa: B023
            "jax.jit of it": lambda: jax.block_until_ready(jax.jit(formula)(table)),  # noqa: B023
            "effect of 100,000 rows": lambda: effect(graph, rows, **question),  # noqa: B023
        }.items():
            began = time.perf_counter()
            run()
            seconds[name].append(time.perf_counter() - began)
    print("\n| 15 binary variables, first call, compilation included | median | most |\n| --- | --- | --- |")
    for name, each in seconds.items():
        print(f"| {name} | {statistics.median(each):.3f} s | {max(each):.3f} s |")


if __name__ == "__main__":
    beside_peers()
    fifteen_variables()
