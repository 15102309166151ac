"""The learning rate read off short runs: one whose rate rises, or many at constant rates."""

from collections.abc import Iterable
from typing import Annotated, Any

import jax
import jax.numpy as jnp
import numpy as np
from typing_extensions import TypeAliasType

from lropt_jax._core.checking import checked
from lropt_jax._core.kinds import NonNegative, Range
from lropt_jax._core.refusal import Refused
from lropt_jax._core.trees import OptState, Params, Tree
from lropt_jax._core.values import Optimizer
from lropt_jax.problems import Problem, check_domain, sealed
from lropt_jax.tuning.arguments import check_problem, seeds_of
from lropt_jax.tuning.grid import End
from lropt_jax.tuning.makers import Maker, makers
from lropt_jax.tuning.peaks import Peaked
from lropt_jax.tuning.ramps import begin, beside, check_state, rising
from lropt_jax.tuning.suggestion import Rule, Suggestion, suggest

Points = TypeAliasType("Points", Annotated[int, Range(5, whole=True), "how many points a curve has"])


@checked
def range_test(
    problem: Problem,
    optimizer: Any,
    *,
    low: End = 1e-7,
    high: End = 10.0,
    steps: Points = 100,
    lanes: Points | None = None,
    rule: Rule | None = None,
    seeds: int | Iterable[int] = 3,
    smoothing: NonNegative | None = None,
    params: Params | None = None,
    state: Tree | None = None,
    optimizer_state: OptState | None = None,
) -> Suggestion:
    """Read a learning rate off a short run whose rate rises, or off short runs at constant rates.

    Choose it to see in which range rates work, before a grid is laid there. To choose the rate of a run take `auto` or
    `tune`. This test sees short runs alone, and its rules differ by orders of magnitude. docs/tuning.md has them beside
    a grid: `"valley"` and `"minimum"` are too small where the smallest rates are far below the best, `"steepest"` is
    too small by a decade on some tasks, and `"lowest"` too large by one where the loss falls late.

    The rising run makes step i at `low * (high / low)^(i / (steps - 1))`, and looks at the loss before each step. With
    `lanes` every rate runs from the same start with the same batches, in one program, and is judged by four training
    batches (a stream: by its next batch). Such curves have no bias from the smaller rates that came before.

    A loss that is not finite, or is as far above the start as it fell below it, ends the curve. The curve is smoothed:
    at each rate a line is fitted, under a Gaussian in the logarithm of the rate. In a rising run a fall of less than
    four standard deviations of the noise is none. Where most seeds have no fall, or differ by more than a decade, there
    is no rate but a reason.

    Args:
        problem: What to train: data in arrays or a stream. Its value is a loss.
        optimizer: A factory, a function `rate -> optimizer`, or an optimizer, as in `sweep`. Schedules of its own are
            left out.
        low: The smallest rate, > 0.
        high: The largest rate, > 0 and above `low`. On a convex domain at most 1.
        steps: Updates of the rising run, or of each lane, a whole number >= 5.
        lanes: How many constant rates, a whole number >= 5. None: one rising run.
        rule: How the rate is read off, see `Suggestion.rule`. None: `"middle"` for a rising run, and
            `"lowest"` for lanes.
        seeds: How many, or which ones. Each is a run of its own, with other batches, and with another start where
            `params` is None.
        smoothing: Standard deviation of the Gaussian in decades, >= 0. 0: none. None: 0.3 for a rising run, and 0 for
            lanes.
        params: Where to start. None: from `problem.init`.
        state: The problem's state there. None: that of `problem.init`.
        optimizer_state: That of `optimizer` at a constant rate, which is also that under a schedule. None: a new one.

    Returns:
        The suggestion, with the curves. What you gave stays as it is.

    Raises:
        ValueError: A number is outside its range, the problem is no loss, or `optimizer_state` is another optimizer's.
        TypeError: The problem is no `Problem`, or the optimizer is none.

    Memory: that of one run times `seeds`, and times `lanes`.

    References: Smith (2015), arXiv:1506.01186, section 3.3: low and high. The rules are those of fast.ai.

    Example:
        >>> import jax.numpy as jnp
        >>> from lropt_jax.optimizers import sgd
        >>> from lropt_jax.problems import Problem
        >>> x = jnp.linspace(-1, 1, 64)
        >>> line = Problem.from_loss(
        ...     lambda w, batch: jnp.mean((w * batch[0] - batch[1]) ** 2), lambda key: jnp.zeros(()), (x, 3 * x))
        >>> found = range_test(line, sgd, seeds=1)
        >>> found.low < found.rate < found.high, found.reason
        (True, None)
    """
    check_problem(problem, streams=True)
    if problem.value != "loss":
        raise Refused(f"problem must have a loss as its value, got a {problem.value}; `tune` chooses by its judge.")
    if params is None and optimizer_state is not None:
        raise Refused("params must be given with an optimizer_state, got none.")
    make = _constant(optimizer)
    rates = ascending(low, min(high, 1.0) if problem.domain == "convex" else high, lanes or steps)
    check_domain(problem, make(float(rates[0])), steps)
    txs = [_typed(make(float(rate))) for rate in rates]
    keys = jax.vmap(jax.random.key)(np.array(seeds_of(seeds), np.uint32))
    ats = begin(problem, txs[0], keys, None if params is None else sealed(params), state, optimizer_state)
    check_state(txs[0], ats, optimizer_state)
    stacked = jax.tree.map(lambda *leaves: np.stack(leaves), *txs)
    losses = rising(problem, stacked, ats) if lanes is None else beside(problem, stacked, ats, lanes, steps)
    return suggest(rates, losses, rule=rule, smoothing=smoothing, steps=steps, lanes=lanes)  # type: ignore[arg-type]


def ascending(low: float, high: float, count: int) -> np.ndarray:
    """Rates at equal distances on a logarithmic axis."""
    if high <= low:
        raise Refused(f"high must be > low, got {low:g} to {high:g}; swap them.")
    return np.geomspace(low, high, count)


def _constant(optimizer: Any) -> Maker:
    """The optimizer at a constant rate, without schedules of its own."""
    named = makers(optimizer)
    if len(named) > 1:
        raise Refused(f"optimizer must be one, got {', '.join(named)}; call it for each.")
    (make,) = named.values()
    return make.constant if isinstance(make, Peaked) else make


def _typed(tx: Optimizer) -> Optimizer:
    return jax.tree.map(lambda leaf: np.asarray(leaf, jnp.result_type(leaf)), tx)
