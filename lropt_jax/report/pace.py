"""How fast a pass goes, in words."""

import time
from typing import NamedTuple

from lropt_jax.tuning import Progress


class Pace(NamedTuple):
    """A pass that began at a time of `time.monotonic`."""

    began: float

    def said(self, now: Progress) -> str:
        """Share and steps done, lanes alive, the time taken, and the time left as far as that can be known."""
        taken = time.monotonic() - self.began
        share = now.done / max(now.total, 1)
        left = f", about {clock(taken / share - taken)} left" if 0.02 < share < 1 and taken >= 1 else ""
        steps = f"{share:.0%}, {now.done:,}/{now.total:,} steps"
        return f"{steps}, {now.alive}/{now.lanes} lanes alive, {clock(taken)}{left}"


def clock(seconds: float) -> str:
    """Seconds as minutes and seconds, such as 1:05; with hours where there are any."""
    minutes, second = divmod(round(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"
