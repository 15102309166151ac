"""The rate of t-SNE that suits a number of points, and what to say where another one failed."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from lropt_jax._core.checking import checked
from lropt_jax._core.kinds import Positive
from lropt_jax._core.limits import shown
from lropt_jax._core.numbers import is_number, value_at
from lropt_jax._core.refusal import Refused, WrongType
from lropt_jax._core.values import Optimizer, unseal
from lropt_jax.optimizers import delta_bar_delta
from lropt_jax.problems.problem import Problem
from lropt_jax.schedules import piecewise

_APART, _STILL = 1.1, 0.98  # times the divergence of a map that has all points in one place


@checked
def tsne_optimizer(problem: Problem, *, times: Positive = 1.0) -> Optimizer:
    """The optimizer that people use for t-SNE, with the rate that suits the number of points.

    The rate is `n / (4 exaggeration)` (Belkina et al. 2019, Nature Communications 10; their gradient is a quarter of
    the paper's and of this one), the momentum 0.5 while the map is exaggerated and 0.8 then, with the gains of
    `delta_bar_delta` (van der Maaten and Hinton 2008, JMLR 9). For the digits it is `delta_bar_delta(piecewise(
    (37.44, 449.25), (250,)), theta=None, momentum=piecewise((0.5, 0.8), (250,)), at_zero="shrink")`.

    Args:
        problem: What `tsne` made, with an exaggeration that is a number or `piecewise`.
        times: Multiplies the rate, > 0.

    Returns:
        An optimizer.

    Raises:
        TypeError: `problem` is no `tsne`.
        ValueError: The exaggeration is another schedule, or `times` is not above 0.

    Example:
        >>> import numpy as np
        >>> from lropt_jax.problems import tsne
        >>> tsne_optimizer(tsne(np.eye(24), perplexity=3.0)).learning_rate
        piecewise(values=(0.5, 6.0), boundaries=(250,))
    """
    joint, exaggeration = _parts(problem)
    largest = float(np.asarray(times)) * len(joint) / 4
    if is_number(exaggeration):
        return delta_bar_delta(largest / float(exaggeration), theta=None, momentum=0.8, at_zero="shrink")
    if getattr(exaggeration, "factory", None) != piecewise:
        remedy = "give `delta_bar_delta` a rate of your own"
        raise Refused(
            f"problem must have an exaggeration that is a number or piecewise, got {exaggeration!r}; {remedy}."
        )
    values, boundaries = exaggeration.values, exaggeration.boundaries
    rates = tuple(largest / float(value) for value in values)
    momenta = tuple(0.5 if float(value) > 1 else 0.8 for value in values)
    return delta_bar_delta(
        piecewise(rates, boundaries), theta=None, momentum=piecewise(momenta, boundaries), at_zero="shrink"
    )


def review(problem: Problem, values: np.ndarray) -> str | None:
    """What to say of a run whose rate was wrong, by the divergence before each step. None: nothing.

    Exaggeration pulls the map together, and the divergence stays below that of a map with all points in one place.
    """
    joint, exaggeration = _parts(problem)
    one_place = float(_in_one_place(joint))
    worst, last = np.max(values), values[-1]
    if one_place < 1e-3:  # all points are equally far from each other
        return None
    if not np.isfinite(worst) or worst > _APART * one_place:
        step = int(np.argmax(~(values <= _APART * one_place)))
        fault = f"flew apart: at step {step} its divergence was {values[step]:.3g}"
        return f"the map {fault}, and {one_place:.3g} is that of all points in one place. {_remedy('too high')}"
    plain = float(value_at(exaggeration, len(values) // 2)) == 1  # for half of the run: long enough to spread
    if plain and last > _STILL * one_place:
        fault = f"hardly left its start: its divergence is {last:.3g}, and {one_place:.3g} with all points in one place"
        return f"the map {fault}. {_remedy('too low, or the run too short')}"
    return None


@jax.jit
def _in_one_place(joint: jax.Array) -> jax.Array:
    """The divergence of a map that has all points in one place: all pairs are then equally likely."""
    pairs = len(joint) * (len(joint) - 1.0)
    return jnp.log(pairs) - jnp.sum(jnp.sum(jax.scipy.special.entr(joint), axis=1))


def _remedy(fault: str) -> str:
    return f"The rate was {fault}; take tsne_optimizer(problem)."


def _parts(problem: Problem) -> tuple[jax.Array, Any]:
    """The joint probabilities and the exaggeration of a problem."""
    if getattr(problem, "review", None) is not review:
        raise WrongType(f"problem must be what tsne made, got {shown(problem)}.")
    joint, exaggeration = problem.field.args  # type: ignore[attr-defined]
    return joint, unseal(exaggeration)
