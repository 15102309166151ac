"""What a range test suggests, and the curves that it comes from."""

import collections
from dataclasses import dataclass
from html import escape
from typing import Any, Literal

import numpy as np
from typing_extensions import TypeAliasType

from lropt_jax._core.showing import reports
from lropt_jax.tuning.falling import Fall, fall_of

Rule = TypeAliasType("Rule", Literal["middle", "steepest", "valley", "minimum", "lowest"])

_WIDTH = 0.3  # decades, by which the curve of a rising run is smoothed
_APART = 1.0  # decades between seeds, a standard deviation above which they say nothing


@dataclass(frozen=True, eq=False)
class Suggestion:
    """A learning rate read off curves of loss against rate, or why there is none.

    Attributes:
        rate: The rate that `rule` suggests: the geometric mean over seeds. None: there is no honest one.
        reason: Why there is none. None: there is one.
        rule: `"steepest"`: where the loss falls fastest. `"lowest"`: where it is lowest, by a parabola. `"middle"`:
            half way between these, in the logarithm. `"minimum"`: a tenth of the rate with the lowest loss.
            `"valley"`: the middle of the longest fall.
        spread: The standard deviation of `log10(rate)` over seeds, in decades. NaN of one seed.
        low: Where the loss begins to fall.
        high: Where it is lowest. In a rising run that is too large a rate for a whole run.
        by_rule: What each rule suggests. They differ by orders of magnitude.
        flags: What deserves a look, a sentence each.
        steps: Updates of the rising run, or of each lane.
        lanes: How many runs at constant rates. None: one run with a rising rate.
        smoothing: The width of the Gaussian that smoothed the curves, in decades.
        rates: The rates, (points,).
        losses: The loss at each, (seeds, points). In a rising run: before the update with this rate.
        smooth: The smoothed losses, (seeds, points). NaN from where a curve ends.
        slope: Their derivatives by the natural logarithm of the rate, (seeds, points).
    """

    rate: float | None
    reason: str | None
    rule: str
    spread: float
    low: float | None
    high: float | None
    by_rule: dict[str, float]
    flags: tuple[str, ...]
    steps: int
    lanes: int | None
    smoothing: float
    rates: np.ndarray
    losses: np.ndarray
    smooth: np.ndarray
    slope: np.ndarray

    def _lines(self) -> list[str]:
        runs = f"{self.steps} rising steps" if self.lanes is None else f"{self.lanes} lanes of {self.steps} steps"
        seeds = len(self.losses)
        how = f"{runs} from {self.rates[0]:.3g} to {self.rates[-1]:.3g}, {seeds} seed{'s' * (seeds > 1)}"
        if self.rate is None:
            return [f"no rate: {self.reason}", how]
        spread = "" if np.isnan(self.spread) else f" within {self.spread:.2f} decades"
        others = ", ".join(f"{name} {rate:.2g}" for name, rate in self.by_rule.items() if name != self.rule)
        return [
            f"rate {self.rate:.2g} ({self.rule}){spread}; the loss falls from {self.low:.2g} to {self.high:.2g}",
            f"other rules: {others}", how, *(f"look: {flag}" for flag in self.flags),
        ]  # fmt: skip

    def __repr__(self) -> str:
        return "\n".join(self._lines())

    def plot(self) -> Any:
        """Draw loss against rate, see `report.plot_range_test`.

        Returns:
            A matplotlib figure.

        Raises:
            ImportError: matplotlib is not installed.
        """
        return reports().plot_range_test(self)

    def _repr_html_(self) -> str:
        """The text and the picture. The text alone where nothing can be drawn, for example without matplotlib."""
        text = f"<p>{'<br>'.join(map(escape, self._lines()))}</p>"
        try:
            return text + str(reports().embedded(self.plot()))
        except Exception:
            return text


def suggest(
    rates: np.ndarray, losses: np.ndarray, *, rule: str | None, smoothing: float | None, steps: int, lanes: int | None
) -> Suggestion:
    """Read the curve of every seed, and what they say together. Lanes are judged by the same batches: no noise."""
    losses, rising = np.atleast_2d(losses), lanes is None
    rule = rule or ("middle" if rising else "lowest")
    smoothing = float((_WIDTH if rising else 0.0) if smoothing is None else smoothing)
    falls = [fall_of(rates, curve, smoothing, noisy=rising) for curve in losses]
    good = [fall for fall in falls if fall.rates is not None]
    reason = _reason(falls, rule)
    told: dict[str, Any] = {"rate": None, "low": None, "high": None, "by_rule": {}, "flags": ()}
    if reason is None:
        told["by_rule"] = {name: _mean([fall.rates[name] for fall in good]) for name in good[0].rates}  # type: ignore
        told |= {"rate": told["by_rule"][rule], "flags": _flags(rates, good)}
        told |= {"low": _mean([fall.low for fall in good]), "high": _mean([fall.high for fall in good])}
    smooth, slope = (np.array([getattr(fall, name) for fall in falls]) for name in ("smooth", "slope"))
    return Suggestion(
        **told, reason=reason, rule=rule, spread=_spread(good, rule), steps=steps, lanes=lanes, smoothing=smoothing,
        rates=rates, losses=losses, smooth=smooth, slope=slope,
    )  # fmt: skip


def _reason(falls: list[Fall], rule: str) -> str | None:
    """Why there is no rate: most seeds have none, or they disagree."""
    reasons = [fall.reason for fall in falls if fall.reason is not None]
    if 2 * len(reasons) >= len(falls):
        ((reason, _),) = collections.Counter(reasons).most_common(1)
        return reason if len(falls) == 1 else f"{reason} ({len(reasons)} of {len(falls)} seeds)"
    good = [fall for fall in falls if fall.rates is not None]
    if _spread(good, rule) > _APART:
        rates = ", ".join(f"{fall.rates[rule]:.1g}" for fall in good)  # type: ignore[index]
        return f"the seeds disagree ({rates}); take more steps or larger batches"
    return None


def _flags(rates: np.ndarray, good: list[Fall]) -> tuple[str, ...]:
    still = any(fall.high == rates[-1] for fall in good)
    return ("the loss still falls at the largest rate; take a larger high",) if still else ()


def _spread(good: list[Fall], rule: str) -> float:
    logs = [np.log10(fall.rates[rule]) for fall in good if fall.rates is not None]
    return float(np.std(logs, ddof=1)) if len(logs) > 1 else float("nan")


def _mean(rates: list) -> float:
    return float(np.exp(np.mean(np.log(rates))))
