"""What a run depends on, as hashes: the problem's program and data, the optimizers', the versions, the device."""

import hashlib
import os
from collections.abc import Sequence, Sized
from typing import Any

import jax
import jaxlib
import numpy as np

import lropt_jax
from lropt_jax._core.trees import Tree
from lropt_jax.problems import Problem, fed, origin
from lropt_jax.tuning.lanes import Work
from lropt_jax.tuning.programs import listings
from lropt_jax.tuning.sealed import plainly


def identity(work: Work) -> dict[str, str]:
    """By name, all that the results of a problem depend on, whatever optimizers are tried on it."""
    problem, batch = work.problem, None
    held: list[Any] = [problem]
    if work.first is not None:
        batch = jax.tree.map(lambda leaf: leaf[0], work.first.batches)
        batches = problem.stream.batches  # type: ignore[union-attr]
        held += [work.first.batches, len(batches) if isinstance(batches, Sized) else -1]
    facts = (problem.criterion, problem.value, problem.domain)
    flags = [word for word in os.environ.get("XLA_FLAGS", "").split() if "device_count" not in word]
    return {
        "problem": hashed(whole.lower(problem, np.uint32(0), batch).as_text(), *facts),
        "data": hashed(*map(content, jax.tree.leaves(held))),
        "lropt_jax": lropt_jax.__version__,
        "jax": jax.__version__,
        "jaxlib": jaxlib.__version__,
        "device": f"{jax.default_backend()} {jax.devices()[0].device_kind}",
        "XLA_FLAGS": " ".join(sorted(flags)),
    }


def name_of(known: dict[str, str], work: Work, places: Sequence[int], width: int, listing: str) -> str:
    """The name of the lanes of one program: a hash of all that their results depend on."""
    tx, seeds = work.side_by_side(places, width)
    leaves = [content(leaf) for leaf in jax.tree.leaves((tx, seeds))]
    return hashed(*known.values(), *leaves, str(work.steps), str(width), listing)


def listing_of(work: Work, places: Sequence[int], width: int) -> str:
    """A hash of the programs that run these lanes. Nothing is compiled."""
    tx, seeds = work.side_by_side(places, width)
    batches = None if work.first is None else work.first.batches
    return hashed(*listings(work.problem, tx, seeds, width, batches, work.held))


def name_of_pass(known: dict[str, str], work: Work, asked: Any) -> str:
    """The name of all lanes of a pass."""
    lanes = [(lane.optimizer, lane.rate, lane.seed) for lane in work.lanes]
    return hashed(*known.values(), repr((lanes, work.groups, work.steps, asked)))


@jax.jit
def whole(problem: Problem, seed: jax.Array, batch: Tree) -> Tree:
    """Everything that a problem computes."""
    params, state, key = origin(problem, jax.random.key(seed))
    found: list[Any] = [params, problem.field(params, fed(state, batch), key)]
    judges = (problem.validate, problem.test, problem.metrics)
    found += [judge(params, state, key) for judge in judges if judge is not None]
    return found if problem.judge is None else [*found, problem.judge(params, state)]


def content(array: Any) -> str:
    """An array as text: its dtype, its shape and a hash of its numbers."""
    plain = plainly(array)
    digest = hashlib.sha256(np.ascontiguousarray(plain).tobytes()).hexdigest()
    return f"{plain.dtype.name} {plain.shape} {digest}"


def hashed(*parts: str) -> str:
    """One hash of several texts."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(f"{len(part)}:{part}".encode("utf-8", "replace"))
    return digest.hexdigest()[:32]
