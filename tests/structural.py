"""Causal models whose hidden causes are known, their true effects, and whether tables can tell these."""

import string

import numpy as np

from lropt_jax.objectives import MixedGraph


class Structural:
    """Random tables for every variable given its causes, with a hidden cause of three values for every arc."""

    def __init__(self, graph, rng, levels):
        self.graph = graph
        self.letters = dict(zip([*graph.variables, *graph.bidirected], string.ascii_lowercase, strict=False))
        self.sizes = {**dict(zip(graph.variables, levels, strict=True)), **dict.fromkeys(graph.bidirected, 3)}
        self.factors = {name: self.given_causes(name, rng) for name in self.letters}

    def given_causes(self, name, rng):
        arcs = [arc for arc in self.graph.bidirected if name in arc]
        axes = [*sorted(self.graph.parents({name})), *arcs, name]
        table = 0.1 + rng.random([self.sizes[axis] for axis in axes])
        return "".join(self.letters[axis] for axis in axes), table / table.sum(-1, keepdims=True)

    def table(self):
        return self.product(self.factors.values(), self.graph.variables)

    def truth(self, x, y):
        """The truncated factorisation: all factors but those of x, at every value of x."""
        return self.product(
            [*self.any_value(x), *(self.factors[name] for name in self.factors if name not in x)], x + y
        )

    def conditional_truth(self, x, given, y):
        truth = self.truth(x, given + y)
        return truth / truth.sum(tuple(range(len(x + given), truth.ndim)), keepdims=True)

    def conditional_slopes(self, x, given, y):
        """How `P(y | do(x), given)` changes with every free number of the model."""
        truth, slopes = self.truth(x, given + y), self.slopes(x + given + y, x)
        watched = tuple(range(len(x + given), truth.ndim))
        slopes = slopes.reshape(*truth.shape, -1)
        whole, change = (each.sum(watched, keepdims=True) for each in (truth, slopes))
        return (slopes / whole[..., None] - (truth / whole**2)[..., None] * change).reshape(truth.size, -1)

    def any_value(self, names):
        return [(self.letters[name], np.ones(self.sizes[name])) for name in names]

    def product(self, factors, kept, free=""):
        subscripts, tables = zip(*factors, strict=True)
        kept = "".join(self.letters[name] for name in kept)
        return np.einsum(f"{','.join(subscripts)}->{kept}{free}", *tables, optimize=True)

    def slopes(self, kept, x=()):
        """How the table, or the effect of x, on the axes to keep changes with every free number of the model."""
        slopes = []
        for name, (subscript, table) in self.factors.items():
            free = subscript.upper()
            same = [
                (axis + other, np.eye(size)) for axis, other, size in zip(subscript, free, table.shape, strict=True)
            ]
            others = [self.factors[other] for other in self.factors if other not in (name, *x)]
            slope = self.product([*self.any_value(x), *others, *same], kept, free) * (name not in x)
            slope = slope[..., :-1] - slope[..., -1:]  # what one probability gains, the last loses
            slopes.append(slope.reshape(np.prod([self.sizes[name] for name in kept]), -1))
        return np.concatenate(slopes, 1)


def random_query(rng):
    """A graph of three to five variables, with a third of them in x and another third in y."""
    names = "abcde"[: rng.integers(3, 6)]
    pairs = [(a, b) for a in names for b in names if a < b]
    arrows = [f"{a} -> {b}" for a, b in pairs if rng.random() < 0.5]
    arcs = [f"{a} <-> {b}" for a, b in pairs if rng.random() < 0.3]
    x, y, *_ = np.array_split(rng.permutation(list(names)), 3)
    return ", ".join([*rng.permutation(list(names)), *arrows, *arcs]), x.tolist(), y.tolist()


def reachable(graph, goal):
    """Whether all else can be fixed, one by one, each when no descendant is in its district (arXiv:1701.06686)."""
    left, arrows = set(graph.variables), set(graph.directed)
    while left != goal:
        fixed = MixedGraph(graph.variables, tuple(arrows), graph.bidirected)
        fixable = [
            v
            for v in sorted(left - goal)
            if not any(v in fixed.ancestors({w}, graph.variables) for w in fixed.district({v}, left) - {v})
        ]
        if not fixable:
            return False
        left -= {fixable[0]}
        arrows = {(cause, effect) for cause, effect in arrows if effect != fixable[0]}
    return True
