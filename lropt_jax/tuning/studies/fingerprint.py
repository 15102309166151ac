"""What a problem is, as text that is equal on every machine: its name, its data and its program."""

from collections.abc import Sized
from typing import Any

import jax
import numpy as np

from lropt_jax.problems import Problem
from lropt_jax.tuning.identity import content, hashed, whole


def fingerprint(problem: Problem) -> dict[str, str]:
    """A problem's name, its criterion, and digests of its data and of what it computes.

    The data are the arrays that are bound to its functions; of a stream the first batch, and how many there are. What
    it computes is the program that XLA would get on a CPU, with the numbers that are closed over.
    """
    held: list[Any] = [problem]
    batch = None
    if problem.stream is not None:
        batch, batches = next(problem.stream.endless()), problem.stream.batches
        held += [batch, len(batches) if isinstance(batches, Sized) else -1]
    program = whole.trace(problem, np.uint32(0), batch).lower(lowering_platforms=("cpu",))
    return {
        "problem": problem.name,
        "criterion": problem.criterion,
        "data": _digest(*map(content, jax.tree.leaves(held))),
        "program": _digest(program.as_text()),
    }


def _digest(*parts: str) -> str:
    return f"digest {hashed(*parts)[:16]}"
