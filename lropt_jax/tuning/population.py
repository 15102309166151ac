"""Population-based training: rates that change while the model trains, in one program."""

import os
from collections.abc import Iterable
from typing import Annotated, Any

import jax
import numpy as np
from typing_extensions import TypeAliasType

from lropt_jax._core.checking import checked
from lropt_jax._core.kinds import Range, Size
from lropt_jax._core.refusal import Refused
from lropt_jax.problems import Problem, Solution, check_domain
from lropt_jax.schedules import piecewise
from lropt_jax.tuning.arguments import check_problem, rates_of
from lropt_jax.tuning.herd import Rounds
from lropt_jax.tuning.makers import Maker, makers
from lropt_jax.tuning.peaks import Peaked
from lropt_jax.tuning.populated import Population
from lropt_jax.tuning.rounds import train_herd

Share = TypeAliasType("Share", Annotated[float, Range(0, 0.5, low_open=True), "a share of the lanes, up to half"])
Spread = TypeAliasType("Spread", Annotated[float, Range(1), "a factor that does not shrink"])

_ROUNDS = 20


@checked
def population(
    problem: Problem,
    optimizer: Any,
    *,
    steps: Size,
    key: jax.Array,
    rates: Iterable[float] | None = None,
    every: Size | None = None,
    exploit_fraction: Share = 0.25,
    perturbation: Spread = 1.25,
    resume: str | os.PathLike[str] | None = None,
) -> Population:
    """Train one lane per rate; every so many steps the worst quarter goes on from the best, at rates nearby.

    1. All lanes train for `every` steps, side by side, and the criterion ranks them.
    2. *Exploit.* Each of the worst quarter copies parameters, state and rate from a random one of the best quarter.
    3. *Explore.* It multiplies that rate by `perturbation` or by its inverse.

    All lanes are in one program, on one device, since they copy each other (Jaderberg et al. 2017, arXiv:1711.09846,
    with truncation selection). They have the same start and the same batches, those of a stream too, which is read
    once. So the rates along the winner's descent are a schedule that can be replayed: `solve(problem, found.tx, key,
    steps)` trains the same model.

    Choose it where nobody knows a schedule, or where the right rate changes during the run in ways that no formula has.
    It is *greedy*: it ranks by the loss now, and a smaller rate lowers the loss now (Wu et al. 2018, arXiv:1803.02021).
    So it decays too early. On a noisy quadratic of 900 steps, with curvatures from 1 to 1/1000, it ends at 3.8 times
    the loss of the best `linear`, and with 100 rounds in the place of 20 at 5.9 times: there the rate has fallen to a
    tenth after a fifth of the run (benchmarks/population.py). Then `halving` is the better choice. Few rounds help.

    Args:
        problem: What to train, as in `sweep`.
        optimizer: A factory, a function `rate -> optimizer`, or an optimizer whose learning rate is a number.
        steps: Updates of each lane, a whole number >= 1.
        key: A `jax.random.key`, for the start, all the noise, and who copies whom.
        rates: First rates, one a lane, > 0 and different. None: 24 from 1e-4 to 1, see `log_rates`.
        every: Steps of a round, a whole number >= 1. None: a twentieth of the run.
        exploit_fraction: Share of the lanes that are replaced after each round, in (0, 0.5].
        resume: A folder for where the population stands, every ten seconds or so. A call that was killed goes on from
            there, as in `sweep`. None: off.
        perturbation: By what a copied rate is multiplied or divided, >= 1. On a convex domain no rate exceeds 1.

    Returns:
        The best model, the schedule that trained it, and the rates, losses and descent of all lanes.

    Raises:
        ValueError: A number is outside its range, the optimizer has a schedule of its own, a stream ends early, or no
            lane ended with a finite loss.
        TypeError: The problem is no `Problem`, or the optimizer is none.

    Memory: that of `len(rates)` runs, twice while lanes are copied.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> from lropt_jax.optimizers import sgd
        >>> from lropt_jax.problems import Problem, solve
        >>> bowl = Problem(
        ...     init=lambda key: (jnp.ones(2), ()),
        ...     field=lambda x, state, key: (x, state, x @ x / 2),
        ...     judge=lambda x, state: x @ x)
        >>> found = population(bowl, sgd, steps=40, key=jax.random.key(0), rates=[1e-3, 1e-2, 1e-1, 10.0])
        >>> again = solve(bowl, found.tx, jax.random.key(0), 40)
        >>> bool(jnp.allclose(again.params, found.solution.params)), found.rates.shape
        (True, (20, 4))
    """
    check_problem(problem, streams=True)
    make = _only(optimizer)
    first = rates_of(rates, ["rates"])["rates"]
    every = -(-steps // _ROUNDS) if every is None else min(every, steps)
    rounds = -(-steps // every)
    limit = 1.0 if problem.domain == "convex" else np.inf
    for rate in first:
        check_domain(problem, make(rate), steps)
    many = max(1, round(exploit_fraction * len(first))) if len(first) > 1 else 0
    how = Rounds(steps, every, rounds, many)
    herd, history = train_herd(problem, make, first, key, how, perturbation, limit, resume)
    validation, test = map(np.asarray, herd.ends)
    if not np.isfinite(validation).any():
        raise Refused("no lane ended with a finite loss; try smaller rates.")
    best = int(np.argmin(np.where(np.isfinite(validation), validation, np.inf)))
    at, values, own = jax.tree.map(lambda leaf: leaf[best], (herd.at, herd.values, herd.rates))
    schedule = piecewise(tuple(np.asarray(own).tolist()), tuple(every * place for place in range(1, rounds)))
    return Population(
        make(schedule), schedule, Solution(at.params, at.state, at.optimizer_state, values, None), problem.criterion,
        float(validation[best]), float(test[best]), steps, every, *map(np.asarray, history),
    )  # fmt: skip


def _only(optimizer: Any) -> Maker:
    named = makers(optimizer)
    if len(named) > 1:
        raise Refused(f"optimizer must be one, got {', '.join(named)}; call it for each.")
    (make,) = named.values()
    if isinstance(make, Peaked) and make.scheduled:
        raise Refused(f"optimizer must have no schedule of its own, got {make.item!r}; its rate is what is found.")
    return make
