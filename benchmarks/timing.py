"""Interleaved timing of peers in one process: medians and ratios."""

import statistics
import time
from collections.abc import Callable, Mapping


def interleaved(
    peers: Mapping[str, Callable[[], object]], rounds: int, clock: Callable[[], float] = time.perf_counter
) -> dict[str, list[float]]:
    """Seconds of each peer in each of `rounds`, one after the other within a round, so that drift hits all alike."""
    seconds: dict[str, list[float]] = {name: [] for name in peers}
    for _ in range(rounds):
        for name, run in peers.items():
            began = clock()
            run()
            seconds[name].append(clock() - began)
    return seconds


def report(title: str, seconds: Mapping[str, list[float]], ours: str) -> None:
    """Print the median of each peer and how many times `ours` it takes, round by round."""
    print(f"\n{title}; ours is: {ours}")
    for name, mine in seconds.items():
        ratios = [theirs / own for theirs, own in zip(mine, seconds[ours], strict=True)]
        ratio = f"{statistics.median(ratios):6.2f} x ours ({min(ratios):.2f} to {max(ratios):.2f})"
        print(f"  {name:<50} {_readable(statistics.median(mine))}   {ratio}")


def _readable(seconds: float) -> str:
    return f"{seconds:8.3f} s" if seconds >= 0.1 else f"{1e3 * seconds:8.3f} ms"
