"""What a problem is, as text that is equal on every machine: its name, its data and its program."""

import hashlib
from typing import Any

import jax
import numpy as np

from lropt_jax.problems import Problem, origin


def fingerprint(problem: Problem) -> dict[str, str]:
    """A problem's name, its criterion, and digests of its data and of what it computes.

    The data are the arrays that are bound to its functions. What it computes is the program that XLA would get on a
    CPU, with the numbers that are closed over.
    """
    program = jax.jit(_everything).trace(problem, jax.random.key(0)).lower(lowering_platforms=("cpu",))
    return {
        "problem": problem.name,
        "criterion": problem.criterion,
        "data": _digest(jax.tree.leaves(problem)),
        "program": _short(hashlib.sha256(program.as_text().encode())),
    }


def _everything(problem: Problem, key: jax.Array) -> Any:
    """A start, a step's direction, and every judgement."""
    params, state, key = origin(problem, key)
    held_out = [judged(params, state, key) for judged in (problem.validate, problem.test) if judged is not None]
    error = None if problem.judge is None else problem.judge(params, state)
    return problem.field(params, state, key), held_out, error


def _digest(leaves: list[Any]) -> str:
    digest = hashlib.sha256()
    for leaf in leaves:
        keys = isinstance(leaf, jax.Array) and jax.dtypes.issubdtype(leaf.dtype, jax.dtypes.prng_key)
        array = np.asarray(jax.random.key_data(leaf) if keys else leaf)
        digest.update(f"{array.dtype}{array.shape}".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return _short(digest)


def _short(digest: Any) -> str:
    return f"digest {digest.hexdigest()[:16]}"
