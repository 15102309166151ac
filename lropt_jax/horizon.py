"""Lengths of a run in the units that people think in."""

import dataclasses
import math
import re
from fractions import Fraction

from lropt_jax._core.checking import check
from lropt_jax._core.kinds import Positive
from lropt_jax._core.refusal import Refused, naming

_LENGTH = re.compile(r"\s*([0-9.]+(?:e[+-]?[0-9]+)?)\s*(?:(step|epoch|sample|token)s?|of the run)\s*", re.IGNORECASE)


@dataclasses.dataclass(frozen=True)
class Horizon:
    """Turns epochs, samples, tokens and shares of a run into steps, once, before a schedule is made of them.

    A step is one update. A length such as `"10 epochs"`, `"1e9 tokens"` or `"0.1 of the run"` becomes the number of
    steps that covers it: a part of a step counts as a whole one. The arithmetic is exact.

    Args:
        total: Length of the run, for example `"90 epochs"` or a number of steps. None: unknown, and shares of the run
            are refused.
        steps_per_epoch: Updates in one pass through the data, > 0. None: unknown, and epochs are refused.
        batch_size: Samples that an update sees, on all devices and with all accumulated gradients, > 0. None: unknown,
            and samples and tokens are refused.
        sequence_length: Tokens in a sample, > 0. None: unknown, and tokens are refused.

    Raises:
        ValueError: A length is no number with a unit, or a number that its unit needs is unknown.

    Example:
        >>> from lropt_jax.schedules import wsd
        >>> run = Horizon("90 epochs", steps_per_epoch=500, batch_size=256, sequence_length=1024)
        >>> run.steps, run("5 epochs"), run("0.1 of the run"), run("1e9 tokens")
        (45000, 2500, 4500, 3815)
        >>> wsd(1e-3, run.steps, warmup_steps=run("2 epochs"), cooldown_steps=run("0.2 of the run")).cooldown_steps
        9000
    """

    total: str | int | None = None
    steps_per_epoch: Positive | None = None
    batch_size: Positive | None = None
    sequence_length: Positive | None = None

    def __post_init__(self) -> None:
        with naming("Horizon"):
            for field in dataclasses.fields(self):
                check(field.name, field.type, getattr(self, field.name))
            if self.total is not None:
                if _read(self.total)[1] == "run":
                    raise Refused(f"total must not be a share of itself, got {self.total!r}.")
                check("total", Positive, self.steps)

    @property
    def steps(self) -> int:
        """Length of the whole run in steps."""
        with naming("Horizon"):
            if self.total is None:
                raise Refused("total must be given to know the length of the run, got None.")
            return self._covering(self.total)

    def __call__(self, length: str | int) -> int:
        """The number of steps that covers a length; a number without a unit is one of steps.

        Args:
            length: `"N steps"`, `"X epochs"`, `"N samples"`, `"N tokens"`, `"X of the run"` with X in [0, 1], or a
                number of steps.

        Returns:
            Steps, >= 0.

        Raises:
            ValueError: The length is none of these, or a number that its unit needs is unknown.
        """
        with naming("Horizon"):
            return self._covering(length)

    def _covering(self, length: str | int) -> int:
        number, unit = _read(length)
        match unit:
            case "step":
                return math.ceil(number)
            case "epoch":
                return math.ceil(number * self._given("steps_per_epoch", length))
            case "sample":
                return math.ceil(number / self._given("batch_size", length))
            case "token":
                return math.ceil(number / self._given("batch_size", length) / self._given("sequence_length", length))
        if number > 1:
            raise Refused(f"a share of the run must be in [0, 1], got {length!r}.")
        return math.ceil(number * self.steps)

    def _given(self, name: str, length: object) -> Fraction:
        if getattr(self, name) is None:
            raise Refused(f"{name} must be given to turn {length!r} into steps.")
        return Fraction(str(getattr(self, name)))


def _read(length: object) -> tuple[Fraction, str]:
    """The number and the unit of a length."""
    text = length if isinstance(length, str) else f"{length} steps"
    parts = _LENGTH.fullmatch(text)
    try:
        return Fraction(parts[1]), (parts[2] or "run").lower()  # type: ignore[index]
    except (TypeError, ValueError):
        units = "steps, epochs, samples, tokens or of the run"
        raise Refused(f"a length must be a number >= 0 with a unit, {units}, got {length!r}.") from None
