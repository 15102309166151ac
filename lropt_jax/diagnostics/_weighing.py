"""The rules of a verdict on a run that was tried out: what its branches say of its end, and of other rates."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from lropt_jax.diagnostics._event import figure
from lropt_jax.diagnostics.diagnosis import Judgement

GOOD = 0.05  # of the gain: a rate within so much of the best is fine, as in `Sweep.width`
_SEEN = 0.02  # of the gain, in branches: short ones show less than half of what a whole run gains
_UNSURE = 0.8  # of either limit; above, but below the limit, no verdict is given
_LOST = 1 / 3  # of the gain: a branch at the rate to come that loses so much is on its way out
_MOVED = 1e-3  # of the loss: what gains less has not moved
_FAR = 16  # times the rate; where a branch so far is best by 5%, the branches may not reach the end
_FALLEN = 0.5  # of the peak: a rate that has come down
_LATELY = 5  # of the ten points at which the first part was judged
_ELSEWHERE = "try rates far from it: `tuning.range_test` makes one step at each of many"


class Branch(NamedTuple):
    """A short run at so many times the rate, which falls to 0 over its steps or is held."""

    times: float
    steps: int
    held: bool = False

    @property
    def distance(self) -> float:
        """How far it goes, in steps of the present length."""
        return self.times * self.steps / 2


class Ends(NamedTuple):
    """What was seen of a run: losses by which rates are chosen; infinite where they were not finite."""

    steps: int  # of the first part
    rate: float  # at its end; NaN: unknown
    judged: np.ndarray  # (11,) the first part, from its start to its end
    branches: Mapping[Branch, float]  # from where it stands
    restarts: Mapping[Branch, float]  # from the start
    left: float  # the rest of the run, in steps of the present length
    falls: float  # the length of the last step over that of the present one
    fallen: float = 1.0  # the length of the present step over that of the longest so far
    ahead: tuple[Branch, float] | None = None  # at the largest rate to come, held. None: that is the present one

    @property
    def both(self) -> dict[Branch, float]:
        """The branches from where it stands, and those from the start."""
        return {**self.restarts, **self.branches}

    @property
    def seen(self) -> float:
        """The lowest loss of all."""
        return float(min([self.judged[-1], *self.both.values()]))

    @property
    def gain(self) -> float:
        """How far the loss can fall from its start, as far as was seen."""
        return float(self.judged[0]) - self.seen

    @property
    def end(self) -> float:
        """Where the run would end without noise.

        A branch at k times the rate goes as far in a k-th of the steps. So the end is read off the branches, at the
        distance that is left, between two of them in the logarithm of the distance.
        """
        points = sorted((branch.distance, loss) for branch, loss in self.branches.items() if branch.times >= 1)
        far = np.log([0.5, *(distance for distance, _ in points)])
        low = np.minimum.accumulate([self.judged[-1], *(loss for _, loss in points)])
        return float(np.interp(np.log(max(self.left, 0.5)), far, low))

    @property
    def lately(self) -> float:
        """The mean loss over the later half of the first part."""
        return float(np.mean(self.judged[-_LATELY:]))

    @property
    def way(self) -> float:
        """Where the branch at the present rate ends."""
        return next((loss for branch, loss in self.branches.items() if branch.times == 1), float(self.judged[-1]))

    @property
    def noise(self) -> float:
        """How much noise holds up the loss at the end: what cooling takes away, less what its own way gains.

        The present loss is that of a straight line through the later half of the first part. Under a schedule that
        falls the noise is as much less as the last step is shorter.
        """
        cooled = {branch: loss for branch, loss in self.branches.items() if branch.times < 1}
        if not cooled:
            return 0.0
        branch, loss = min(cooled.items(), key=lambda each: each[1])
        slope = float(np.polyfit(np.arange(_LATELY), self.judged[-_LATELY:], 1)[0])
        present = self.lately + slope * (_LATELY - 1) / 2
        way = branch.distance / (self.steps / (len(self.judged) - 1))
        return max(0.0, present + min(slope, 0.0) * way - loss) * min(1.0, self.falls)


def weigh(ends: Ends) -> Judgement:
    """The verdict on a run of which branches were made."""
    if not np.isfinite(ends.judged).all():
        return _lost(ends)
    if ends.ahead is not None and not ends.ahead[1] - ends.judged[-1] < _LOST * ends.gain and ends.gain > 0:
        return _ahead(ends, *ends.ahead)
    if not ends.gain > _MOVED * abs(float(ends.judged[0])):
        said = f"the loss was {figure(ends.judged[0])} at the start, and no branch ends below {figure(ends.seen)}"
        return Judgement("cannot say", (said,), _ELSEWHERE)
    missing = (ends.end - ends.seen) / ends.gain
    upward = _best(ends.branches, lambda times: times > 1)
    downward = _best(ends.both, lambda times: times < 1)
    if missing > _SEEN and ends.branches[upward] < ends.both[downward]:
        return _low(ends, upward)
    held_up = (ends.end + ends.noise - ends.seen) / ends.gain
    if held_up > GOOD:
        lower = missing > GOOD or ends.restarts.get(downward) == ends.seen or ends.lately > ends.judged[0]
        return _high(ends, downward) if lower else _noisy(ends)
    said = (
        f"it would end near {figure(ends.end + ends.noise)}; the lowest of the branches is {figure(ends.seen)}, "
        f"so {100 * held_up:.2g}% of the gain is missing"
    )
    if upward.times >= _FAR and ends.branches[upward] == ends.seen and ends.way - ends.seen > GOOD * ends.gain:
        return Judgement("cannot say", (said, f"that is {_named(upward, ends)}"), "compare it with 4 times as much")
    if held_up > _UNSURE * GOOD or missing > _UNSURE * _SEEN:
        return Judgement("cannot say", (said,), "compare half of it and twice as much by whole runs")
    return Judgement("fine", (said,), "keep it")


def _best(some: Mapping[Branch, float], asked: Callable[[float], bool]) -> Branch:
    """The branch that ends lowest of those asked for; the one at the highest rate where there is none of them."""
    mine = [branch for branch in some if asked(branch.times)]
    return min(mine or [max(some)], key=lambda branch: some[branch])


def _low(ends: Ends, upward: Branch) -> Judgement:
    said = (
        f"{_named(upward, ends)} ends at {figure(ends.branches[upward])} after {upward.steps} steps; "
        f"at the present rate the whole run would end near {figure(ends.end)}"
    )
    if ends.fallen < _FALLEN:
        said += f"; the rate is {figure(ends.fallen)} of its peak by now"
        return Judgement("decays too early", (said,), "let the rate fall later, over the whole run")
    return Judgement(
        "too low", (said,), f"{figure(upward.times)} times as much is still stable here{_at(upward, ends)}"
    )


def _high(ends: Ends, downward: Branch) -> Judgement:
    said = (
        f"it would end near {figure(ends.end + ends.noise)}; {_named(downward, ends)} ends at "
        f"{figure(ends.both[downward])} after {downward.steps} steps"
    )
    return Judgement("too high", (said,), f"take {_fraction(downward.times)} of it{_at(downward, ends)}")


def _ahead(ends: Ends, branch: Branch, loss: float) -> Judgement:
    """The schedule still rises, to a rate at which the run diverges."""
    said = (
        f"the schedule rises to {figure(branch.times)} times the present rate{_at(branch, ends)}; a branch there "
        f"is at {figure(loss)} after {branch.steps} steps, from {figure(ends.judged[-1])}"
    )
    stable = [each.times for each, loss in ends.branches.items() if loss < ends.judged[0]]
    most = max(stable, default=1.0)
    return Judgement("too high", (said,), f"let it rise to {figure(most)} times at most{_at(Branch(most, 0), ends)}")


def _noisy(ends: Ends) -> Judgement:
    said = (
        f"the loss is held up by noise of {figure(ends.noise)}: it stays near {figure(ends.lately)}, "
        f"and falls to {figure(min(ends.branches.values()))} where the rate falls to 0"
    )
    return Judgement("noise floor", (said,), "let the rate fall to 0, average the parameters, or halve the rate")


def _lost(ends: Ends) -> Judgement:
    place = int(np.argmin(np.isfinite(ends.judged)))
    step = place * ends.steps // (len(ends.judged) - 1)
    said = f"the loss is not finite at step {step}"
    trained = [branch for branch, loss in ends.restarts.items() if loss < ends.judged[0]]
    if not trained:
        return Judgement("too high", (said,), "take a hundredth of it, and diagnose again")
    best = min(trained, key=lambda branch: ends.restarts[branch])
    said += f"; {_named(best, ends)} ends at {figure(ends.restarts[best])} after {best.steps} steps from the start"
    return Judgement("too high", (said,), f"take {_fraction(best.times)} of it{_at(best, ends)}")


def _named(branch: Branch, ends: Ends) -> str:
    times = f"{figure(branch.times)} times" if branch.times >= 1 else _fraction(branch.times)
    return f"a branch at {times} {'of ' * (branch.times < 1)}the rate"


def _fraction(times: float) -> str:
    return f"1/{1 / times:.3g}"


def _at(branch: Branch, ends: Ends) -> str:
    return f": {figure(branch.times * ends.rate)}" if np.isfinite(ends.rate) else ""
