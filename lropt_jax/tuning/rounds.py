"""The rounds of a population, one after another, and what a killed run left of them."""

from typing import Any

import jax
import numpy as np

from lropt_jax._core.numbers import real
from lropt_jax.problems import Problem
from lropt_jax.tuning.herd import Herd, History, Rounds, Standing, rounds, stacked, standing
from lropt_jax.tuning.identity import content, hashed, listing_of
from lropt_jax.tuning.kept import Kept
from lropt_jax.tuning.lanes import Lane, Work
from lropt_jax.tuning.makers import Maker
from lropt_jax.tuning.runs import like


def train_herd(
    problem: Problem, make: Maker, rates: list[float], key: jax.Array, how: Rounds,
    perturbation: float, limit: float, resume: Any = None,
) -> tuple[Herd, History]:  # fmt: skip
    """Train one lane per rate, from the start or from where a run that was killed stood."""
    work = Work(problem, [Lane("population", rate, 0, make(rate)) for rate in rates], how.steps)
    kept = None if resume is None else Kept.at(resume, work)
    first = np.asarray(rates, real(0).dtype)
    at = standing(problem, stacked(make, rates), key, first, how)
    past: list[History] = []
    name, begun = "", 0
    if kept is not None:
        name = _name(kept, work, at, key, how, (perturbation, limit))
        at, past = _found(kept, name, at)
        begun = len(past)
    played = rounds(problem, at, key, how, perturbation, limit, first=begun, pieces=work.pieces)
    for number, (now, told) in enumerate(played, begun + 1):
        at, past = now, [*past, jax.tree.map(np.asarray, told)]
        if kept is not None:
            kept.keep_now_and_then(name, _record(at, past), last=number == how.rounds)
    return at.herd, _whole(past)


def _name(kept: Kept, work: Work, at: Standing, key: jax.Array, how: Rounds, others: tuple) -> str:
    """The name of a population's record: a hash of all that it depends on."""
    listing = listing_of(work, range(len(work.lanes)), len(work.lanes))
    leaves = [content(leaf) for leaf in jax.tree.leaves((at.herd.tx, at.rates, key))]
    return f"{hashed(*kept.known.values(), *leaves, repr((how, others)), listing)}.herd"


def _record(at: Standing, past: list[History]) -> list[Any]:
    return [*jax.tree.leaves(at), *_whole(past)]


def _whole(past: list[History]) -> History:
    return jax.tree.map(lambda *rows: np.stack(rows), *past)


def _found(kept: Kept, name: str, at: Standing) -> tuple[Standing, list[History]]:
    """Where the population stood, and the rounds before. The start and no rounds where nothing was kept."""
    found = kept.read(name)
    if found is None:
        return at, []
    kept.used += 1
    leaves, tree = jax.tree.flatten(at)
    own, rest = found[1][: len(leaves)], found[1][len(leaves) :]
    return jax.tree.unflatten(tree, map(like, leaves, own)), [History(*row) for row in zip(*rest, strict=True)]
