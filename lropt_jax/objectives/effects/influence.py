"""How far an estimate from counted data may be from the truth."""

from collections.abc import Callable
from statistics import NormalDist
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.special import ndtri

from lropt_jax._core.checking import checked
from lropt_jax._core.kinds import Positive, ProperFraction
from lropt_jax._core.numbers import real
from lropt_jax._core.refusal import Refused
from lropt_jax.objectives.effects.contingency_table import ContingencyTable
from lropt_jax.objectives.effects.estimand import Estimand, check_table, law_of


@checked
def influence(functional: Callable[[jax.Array], jax.Array], table: jax.Array | ContingencyTable) -> jax.Array:
    """What one observation of each cell adds to an estimate, times the number of observations.

    `IF(v) = dF/dP(v) - sum_u P(u) dF/dP(u)` for a functional `F` of the table `P`: the derivative of `F` toward all
    mass on `v` (Hampel 1974, "The influence curve and its role in robust estimation"). Its mean under `P` is 0.

    Args:
        functional: From a table to an array of any shape (...), differentiable.
        table: Probabilities, of any shape, summing to 1; or a `ContingencyTable`. What `identify` returned finds its
            axes by name, any other functional takes them as they are.

    Returns:
        Shape (..., *table.shape), in the units of the functional.

    Example:
        >>> import jax.numpy as jnp
        >>> influence(lambda p: p[1], jnp.array([0.75, 0.25]))
        Array([-0.25,  0.75], dtype=float32)
    """
    law = real(law_of(functional, table))
    gradient = jax.jacrev(functional)(law)
    return gradient - jnp.sum(gradient * law, _cells(law), keepdims=True)


@checked
def interval(
    functional: Callable[[jax.Array], jax.Array],
    table: jax.Array | ContingencyTable,
    samples: Positive | None = None,
    *,
    level: ProperFraction = 0.95,
) -> tuple[jax.Array, jax.Array]:
    """A confidence interval for a functional of a table of frequencies, by the delta method.

    `F(P) -+ z sqrt(sum_v P(v) IF(v)^2 / n)`, where `z` is the normal quantile of `(1 + level) / 2` and `IF` the
    `influence` (van der Vaart 1998, "Asymptotic Statistics", theorem 3.1). It holds its level for large `n`, for each
    number by itself. It does not where `F` has a kink, nor at the border: an estimate of 0 or 1 gets no width.

    Args:
        functional: From a table to an array of any shape (...), differentiable.
        table: Frequencies among independent observations, of any shape, summing to 1; or a `ContingencyTable`. What
            `identify` returned finds its axes by name, any other functional takes them as they are.
        samples: How many observations, `n`, > 0. None: the rows of the `ContingencyTable`.
        level: The probability that the interval contains the truth, in (0, 1).

    Returns:
        The lower and the upper end, shape (...) each.

    Raises:
        ValueError: `samples` or `level` is outside its range, or `samples` is None and the table has no rows.

    Example:
        >>> import jax.numpy as jnp
        >>> low, high = interval(lambda p: p[1], jnp.array([0.5, 0.5]), 100)
        >>> f"{low:.3f} {high:.3f}"
        '0.402 0.598'
    """
    many, law = _rows(table, samples), law_of(functional, table)
    if isinstance(functional, Estimand) and not any(isinstance(each, jax.core.Tracer) for each in (law, many, level)):
        check_table(functional.variables, law)
        low, high = ends(*functional.deviation(np.asarray(law)), many, level)
        return real(low), real(high)
    law = real(law)
    deviation = jnp.sqrt(jnp.sum(law * influence(functional, law) ** 2, _cells(law)))
    estimate, half = functional(law), ndtri((1 + real(level)) / 2) * deviation / jnp.sqrt(real(many))
    return estimate - half, estimate + half


def ends(estimate: np.ndarray, deviation: np.ndarray, samples: Any, level: Any) -> tuple[np.ndarray, np.ndarray]:
    """The ends of an interval by NumPy, of the deviation of the influence."""
    half = NormalDist().inv_cdf((1 + float(level)) / 2) * deviation / float(samples) ** 0.5
    return estimate - half, estimate + half


def _rows(table: jax.Array | ContingencyTable, samples: Positive | None) -> Positive:
    if isinstance(table, ContingencyTable):
        if samples is not None:
            raise Refused(f"samples must be left out, because a ContingencyTable knows its rows, got {samples}.")
        return table.rows
    if samples is None:
        raise Refused("samples must be the number of observations of a table of frequencies, got None.")
    return samples


def _cells(table: jax.Array) -> tuple[int, ...]:
    return tuple(range(-table.ndim, 0))
