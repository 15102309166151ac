"""The learning rate found, and the model trained, in one call."""

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import escape
from typing import Annotated, Any, NamedTuple

import jax
import numpy as np
from typing_extensions import TypeAliasType

from lropt_jax._core.checking import checked
from lropt_jax._core.kinds import Range, Size
from lropt_jax._core.refusal import Refused
from lropt_jax._core.values import Optimizer, Value
from lropt_jax.problems import Problem, Solution, check_domain, unsealed
from lropt_jax.schedules import linear
from lropt_jax.tuning.arguments import check_problem
from lropt_jax.tuning.engine import Progress
from lropt_jax.tuning.guard import guarded
from lropt_jax.tuning.makers import Maker, makers
from lropt_jax.tuning.peaks import Peaked
from lropt_jax.tuning.probes import Probe
from lropt_jax.tuning.search import Search
from lropt_jax.tuning.training import Training
from lropt_jax.tuning.updates import calls_of, updates_of

Exponent = TypeAliasType("Exponent", Annotated[float, Range(-2, 2), "of the length of a run, in its best rate"])

_UNKNOWN = -0.15  # the exponent of an optimizer that declares none
_SHORT = 500  # steps; in shorter runs the probes are too short to tell much


class Found(NamedTuple):
    """The best rate of the longest probes, and what makes the run's rate of it."""

    rate: float
    steps: int
    exponent: float


@dataclass(frozen=True)
class Auto:
    """A trained model, the rate that trained it, and how that was found.

    Attributes:
        rate: The learning rate: the peak of the schedule. Where the guard fired, the last one.
        tx: The optimizer that finished the run.
        solution: What `solve` gives: parameters, state, optimizer state and the value before each step.
        cost: All steps and forward passes, over those of one run. A forward pass is a third of a step.
        flags: What deserves a look, a sentence each. Empty: nothing.
        probes: Every trial in the order of stages, and within a stage of rates.
        found: The best rate of the longest probes, their length, and the exponent that carries it to the run.
        steps: Updates of the run.
    """

    rate: float
    tx: Optimizer
    solution: Solution
    cost: float
    flags: tuple[str, ...]
    probes: tuple[Probe, ...]
    found: Found
    steps: int

    @property
    def equation(self) -> str:
        """Where the first rate of the run comes from."""
        best, length, exponent = self.found
        first = best * (self.steps / length) ** exponent
        return f"rate {first:.3g} = {best:.3g} at {length} steps x ({self.steps}/{length})^{exponent:g}"

    def _lines(self) -> list[str]:
        spent = f"{len(self.probes)} probes; cost {self.cost:.2f} x one run of {self.steps} steps"
        return [self.equation, spent, *(f"look: {flag}" for flag in self.flags), f"tx = {self.tx!r}"]

    def __repr__(self) -> str:
        return "\n".join(self._lines())

    def _repr_html_(self) -> str:
        head = "<tr><td>stage</td><td>steps</td><td>rate</td><td>loss</td></tr>"
        cells = ((probe.stage, probe.steps, f"{probe.rate:.3g}", f"{probe.loss:.4g}") for probe in self.probes)
        body = "".join(f"<tr><td>{'</td><td>'.join(map(str, row))}</td></tr>" for row in cells)
        said = "<br>".join(map(escape, self._lines()))
        return f"<p>{said}</p><table><thead>{head}</thead><tbody>{body}</tbody></table>"


@checked
def auto(
    problem: Problem,
    optimizer: Any,
    *,
    steps: Size,
    key: jax.Array,
    schedule: Callable[[Any, int], Any] = linear,
    exponent: Exponent | None = None,
    on_progress: Callable[[str, Progress], None] | None = None,
) -> Auto:
    """Find the learning rate and train the model, for little more than one run.

    1. *Scale.* The first step is made at 19 rates from 1e-7 to 100, and further where the best is at an end. One
       gradient and a forward pass each: the cost of 8 steps.
    2. *Short probes.* Runs of 0.8% of the steps, each with its own decay to 0, half a decade apart around that rate.
    3. *Long probes.* Three runs around the best short one, and a fourth where the best is at an end, with what is left
       of 15% of the steps. Of a run below 500 steps it is more: 75 steps, at most 40%.
    4. `rate = best * (steps / steps of a probe)^exponent`: longer runs need other rates, and how much so hangs on the
       kind of optimizer.
    5. The run itself, in 20 slices. One whose values are not finite, or that ends above the start, is made again from
       its copy at half the rate.

    All runs share the start and the batches. Probes are judged by 4 batches of training data, a stream by its next
    batch. So the loss on validation data stays honest.

    Choose it to get a trained model without a grid. It tries one seed, so it gives no interval: for a comparison, or a
    rate to publish, take `tune`. docs/tuning.md says on which tasks it loses, and how much.

    Args:
        problem: What to train: data in arrays or a stream. Its value is a loss.
        optimizer: A factory, a function `rate -> optimizer`, or an optimizer, as in `sweep`. The schedule that an
            optimizer has of its own is kept, with another peak.
        steps: Updates of the run, a whole number >= 1. Below 500 the probes tell little.
        key: A `jax.random.key`, for the start and all the noise.
        schedule: `schedule(rate, steps)`, of the run and of each probe. One that ends at a high rate makes short probes
            look better than they are.
        exponent: In [-2, 2]. None: what the optimizer declares, `lift(exponent=...)`, or -0.15. Lion, Muon and sign
            descent declare -1: the length of their steps does not depend on the gradients.
        on_progress: Called with the stage, `"find"` or `"train"`, and a `Progress`. None: not called.

    Returns:
        The trained model, the rate, the cost and every probe.

    Raises:
        ValueError: A number is outside its range, the problem is no loss, its loss is not finite at the start, or no
            rate moves it.
        TypeError: The problem is no `Problem`, or the optimizer is none.

    Memory: that of two runs, and one number a step. For a stream also batches of a twentieth of the run, on the host.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> from lropt_jax.optimizers import adam
        >>> from lropt_jax.problems import Problem
        >>> x = jnp.linspace(-1, 1, 64)
        >>> line = Problem.from_loss(
        ...     lambda w, batch: jnp.mean((w * batch[0] - batch[1]) ** 2), lambda key: jnp.zeros(()), (x, 3 * x))
        >>> done = auto(line, adam, steps=500, key=jax.random.key(0))
        >>> f"{done.solution.params:.3f}", done.cost < 1.2
        ('3.000', True)
    """
    make = _only(optimizer)
    check_problem(problem, streams=True)
    if problem.value != "loss":
        raise Refused(f"problem must have a loss as its value, got a {problem.value}; `tune` chooses by its judge.")

    def of(rate: float, length: int) -> Optimizer:
        if isinstance(make, Peaked) and make.scheduled:
            return make.shortened(length / steps)(rate)
        return make(schedule(rate, updates(length)))

    updates = functools.cache(functools.partial(updates_of, make(1e-3), problem))
    training = Training(problem, steps, key, on_progress)
    limit = 1.0 if problem.domain == "convex" else np.inf
    check_domain(problem, of(min(1e-3, limit), steps), steps)
    search = Search(
        training, of, make.constant if isinstance(make, Peaked) else make, limit, calls_of(make(1e-3), problem, steps)
    )
    best, length, before = search.find()
    training.report(training.stage[1])  # the stage is over, also where a probe was not needed
    found = Found(best, length, _exponent(of(best, steps)) if exponent is None else float(exponent))
    rate = min(best * (steps / length) ** found.exponent, limit)
    run = guarded(training, lambda rate: of(rate, steps), rate, before)
    short = [f"the run is short: below {_SHORT} steps the probes tell little"] * (steps < _SHORT)
    fired = [f"the loss rose above its start, so the rate was halved at step {step}" for step in run.fired]
    return Auto(
        run.rate, run.tx, Solution(unsealed(run.at.params), run.at.state, run.at.optimizer_state, run.values, None),
        training.spent / steps, (*short, *search.flags, *fired), tuple(search.probes), found, steps,
    )  # fmt: skip


def _only(optimizer: Any) -> Maker:
    named = makers(optimizer)
    if len(named) > 1:
        raise Refused(f"optimizer must be one, got {', '.join(named)}; call it for each, or use `tune`.")
    (make,) = named.values()
    return make


def _exponent(tx: Optimizer) -> float:
    """What the first optimizer inside that declares an exponent says."""
    return next(_declared(tx), _UNKNOWN)


def _declared(tx: Any) -> Iterator[float]:
    for value in jax.tree.leaves(tx, is_leaf=lambda node: isinstance(node, Value)):
        if isinstance(value, Optimizer):
            if value.factory.exponent is not None:
                yield value.factory.exponent
            for argument in value.arguments.values():
                yield from _declared(argument)
