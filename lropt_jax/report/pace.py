"""How fast a pass goes, in words."""

import time
from dataclasses import dataclass

from lropt_jax.tuning import Progress


@dataclass(frozen=True)
class Pace:
    """A pass whose first progress came at a time of `time.monotonic`, with a share of its steps done by then."""

    began: float
    share: float = 0.0

    @classmethod
    def of(cls, first: Progress) -> "Pace":
        """The pace of a pass whose first progress comes now."""
        return cls(time.monotonic(), _share(first))

    @property
    def taken(self) -> float:
        """Seconds since then."""
        return time.monotonic() - self.began

    def left(self, now: Progress) -> float | None:
        """Seconds left, as the pass itself says or as the steps since its first progress tell. None: not known."""
        share, taken = _share(now), self.taken
        if share >= 1 or taken < 1 or share - self.share <= 0.02:
            return None
        return taken / (share - self.share) * (1 - share) if now.left is None else now.left

    def said(self, now: Progress) -> str:
        """Share and steps done, lanes alive, the time taken, and the time left as far as that can be known."""
        left = self.left(now)
        told = "" if left is None else f", about {clock(left)} left"
        steps = f"{_share(now):.0%}, {now.done:,}/{now.total:,} steps"
        return f"{steps}, {now.alive}/{now.lanes} lanes alive, {clock(self.taken)}{told}"

    def brief(self, now: Progress) -> str:
        """The time left, or at the end the time taken."""
        left = self.left(now)
        return clock(self.taken) if _share(now) >= 1 else "-:--" if left is None else f"{clock(left)} left"


def clock(seconds: float) -> str:
    """Seconds as minutes and seconds, such as 1:05; with hours where there are any."""
    minutes, second = divmod(round(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"


def _share(now: Progress) -> float:
    return now.done / max(now.total, 1)
