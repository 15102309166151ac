"""What `diagnostics.watch` costs a step, and how many programs it compiles: the digits MLP and the VAE, in one process.

Training steps in a compiled scan, and one after the other as a loop calls them, with and without `watch(every=100)`.
All of them give the loss of each step. Rounds are interleaved. A line says the median of a step, the median of the
ratios, and their middle half. It is processor time, over all threads: what else runs on the machine changes it little.
Less still on one core: put `taskset -c 0` before it.

Run: python benchmarks/watch_cost.py [mlp] [vae] [--rounds=41]
"""

import sys
import time
from collections.abc import Callable
from typing import Any

import jax
import numpy as np
from auto_tasks import tasks

from lropt_jax.diagnostics import watch
from lropt_jax.optimizers import adam
from lropt_jax.problems import start, step

STEPS, KEY = 1000, jax.random.key(0)
COMPILED: list[str] = []


def peers() -> dict[str, Any]:
    plain = adam(1e-3)
    return {
        "plain": plain,
        "watch": watch(plain),
        "watch, no rows": watch(plain, every=10**6),
        "watch, cosine=False": watch(plain, cosine=False),
        "watch, sharpness=True": watch(plain, sharpness=True),
    }


def scanned(problem: Any, tx: Any) -> Callable[[], float]:
    """Seconds of a step inside a scan whose carry is donated."""

    def run(at: Any) -> Any:
        return jax.lax.scan(lambda at, _: step(problem, tx, at), at, None, STEPS)

    return timed(jax.jit(run, donate_argnums=0), start(problem, tx, KEY), 1, STEPS)


def called(problem: Any, tx: Any) -> Callable[[], float]:
    """Seconds of a step that a loop calls, the iterate donated."""
    return timed(jax.jit(lambda at: step(problem, tx, at), donate_argnums=0), start(problem, tx, KEY), STEPS, STEPS)


def timed(program: Any, at: Any, calls: int, steps: int) -> Callable[[], float]:
    def once() -> float:
        nonlocal at
        began = time.process_time()
        for _ in range(calls):
            at, value = program(at)
        jax.block_until_ready((at, value))
        return (time.process_time() - began) / steps

    return once


def report(title: str, runs: dict[str, Callable[[], float]], rounds: int) -> None:
    for run in runs.values():
        run()  # compiles
    compiled, seconds = len(COMPILED), {name: [] for name in runs}
    for place in range(rounds):
        for name in list(runs)[:: 1 if place % 2 else -1]:
            seconds[name].append(runs[name]())
    print(f"{title}; programs compiled while measured: {len(COMPILED) - compiled}")
    for name, mine in seconds.items():
        low, middle, high = np.quantile(np.array(mine) / np.array(seconds["plain"]), (0.25, 0.5, 0.75))
        print(f"  {name:<24} {1e6 * np.median(mine):8.1f} us a step {middle:7.3f} x plain ({low:.3f} to {high:.3f})")


def main() -> None:
    words = [word for word in sys.argv[1:] if not word.startswith("--")]
    rounds = next((int(word[9:]) for word in sys.argv if word.startswith("--rounds=")), 41)
    jax.monitoring.register_event_duration_secs_listener(
        lambda event, seconds, **_: event.endswith("backend_compile_duration") and COMPILED.append(event)
    )
    for name in words or ["mlp", "vae"]:
        problem = tasks()[name]()
        for how in (scanned, called):
            runs = {peer: how(problem, tx) for peer, tx in peers().items()}
            report(f"{name}, {'in a scan' if how is scanned else 'called by a loop'}, Adam", runs, rounds)


if __name__ == "__main__":
    main()
