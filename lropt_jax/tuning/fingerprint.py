"""What a problem is, as text that is equal on every machine: its name, its data and its program."""

import jax
import numpy as np

from lropt_jax.problems import Problem
from lropt_jax.tuning.identity import content, hashed, whole


def fingerprint(problem: Problem) -> dict[str, str]:
    """A problem's name, its criterion, and digests of its data and of what it computes.

    The data are the arrays that are bound to its functions. What it computes is the program that XLA would get on a
    CPU, with the numbers that are closed over.
    """
    program = whole.trace(problem, np.uint32(0), None).lower(lowering_platforms=("cpu",))
    return {
        "problem": problem.name,
        "criterion": problem.criterion,
        "data": _digest(*map(content, jax.tree.leaves(problem))),
        "program": _digest(program.as_text()),
    }


def _digest(*parts: str) -> str:
    return f"digest {hashed(*parts)[:16]}"
