"""What is wrong with a problem where no rate can help: NaN in its data, a start that is not finite, no movement."""

from collections.abc import Mapping

import jax
import jax.numpy as jnp
import numpy as np

from lropt_jax._core.numbers import real
from lropt_jax._core.trees import Tree
from lropt_jax.problems import Problem, fed, origin
from lropt_jax.tuning.engine import Outcome
from lropt_jax.tuning.lanes import Work


def fault_of(work: Work, outcomes: Mapping[int, Outcome]) -> str | None:
    """What is wrong with the problem, without a full stop. None: a lane ended well, or the rates are at fault."""
    ended = {place: outcome for place, outcome in outcomes.items() if outcome.status != "stopped"}
    if not ended or any(outcome.status in ("ok", "pruned") for outcome in ended.values()):
        return None
    known = {"validation": "validation loss", "error": "error", "training": "training loss"}[work.problem.criterion]
    if all(outcome.status == "unmoved" for outcome in ended.values()):
        value = next(iter(ended.values())).validation
        return (
            f"no lane moved the {known}, which is {value:.4g} before and after; "
            "look whether it depends on the parameters"
        )
    missing = _missing(work.problem)
    if missing and not any(map(_held, ended.values())):
        return f"the data hold NaN ({missing} numbers); remove them, or mask them in the loss"
    for seed in dict.fromkeys(work.lanes[place].seed for place in ended):
        batch = None if work.first is None else jax.tree.map(lambda leaf: leaf[0], work.first.batches)
        value = float(_first(work.problem, np.uint32(seed), batch))
        if not np.isfinite(value):
            return f"the first training value is {value:g}, before any step (seed {seed}); look at the data and `init`"
    if not any(np.isfinite(outcome.start) for outcome in ended.values()):
        return (
            f"the first {known} is {next(iter(ended.values())).start:g}, before any step; look at the data and `init`"
        )
    return None


def _held(outcome: Outcome) -> bool:
    """Whether a lane kept finite values to its end, so that NaN in the data did not reach it."""
    return bool(np.isfinite(outcome.validation) and np.isfinite(outcome.curve).any())


def _missing(problem: Problem) -> int:
    """How many NaN there are in the arrays that are bound to a problem's functions."""
    arrays = [jnp.asarray(leaf) for leaf in jax.tree.leaves(problem)]
    return sum(int(jnp.isnan(array).sum()) for array in arrays if jnp.issubdtype(array.dtype, jnp.inexact))


@jax.jit
def _first(problem: Problem, seed: jax.Array, batch: Tree) -> jax.Array:
    """The value that the first step watches."""
    params, state, key = origin(problem, jax.random.key(seed))
    return real(problem.field(params, fed(state, batch), jax.random.fold_in(key, 0))[2])
