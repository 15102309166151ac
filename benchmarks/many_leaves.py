"""What thousands of small leaves cost: Optax, ours, and ours packed; jitted, parameters and state donated.

A step is an update and `optax.apply_updates`. Compiling is from nothing, in processor time. Medians of interleaved
rounds in one process.

Run: python benchmarks/many_leaves.py [LEAVES] [SIZE]
"""

import statistics
import sys
from typing import Any

import jax.numpy as jnp
import optax
from update_cost import SCHEDULE, Step

from lropt_jax.optimizers import adam, adamw, lion, sgd
from lropt_jax.wrappers import pack_small

ROUNDS = 30
PAIRS = {
    "sgd, momentum": (sgd(SCHEDULE, momentum=0.9), optax.sgd(SCHEDULE, momentum=0.9)),
    "adam": (adam(SCHEDULE), optax.adam(SCHEDULE)),
    "adamw": (adamw(SCHEDULE), optax.adamw(SCHEDULE)),
    "lion": (lion(SCHEDULE), optax.lion(SCHEDULE, weight_decay=0.0)),
}


def compare(name: str, leaves: int, size: int) -> None:
    """Print the time of a step and of compiling it, and how many times as long Optax's take."""
    ours, theirs = PAIRS[name]
    peers = {"packed": pack_small(ours), "ours": ours, "Optax": theirs}
    steps = {kind: Step(tx, [jnp.ones(size) for _ in range(leaves)]) for kind, tx in peers.items()}
    rounds = [{kind: step() for kind, step in steps.items()} for _ in range(ROUNDS + 2)][2:]
    for kind, step in steps.items():
        ratio = statistics.median(each["Optax"] / each[kind] for each in rounds)
        milliseconds = 1e3 * statistics.median(each[kind] for each in rounds)
        temporary = step.program.memory_analysis().temp_size_in_bytes / 1e6
        print(
            f"{name:<14} {leaves} x {size:<8} {kind:<7} {milliseconds:8.2f} ms, Optax's {ratio:5.2f} x   to compile "
            f"{step.compiling:6.2f} s, Optax's {steps['Optax'].compiling / step.compiling:5.2f} x   {temporary:.1f} MB",
            flush=True,
        )


def main(words: Any) -> None:
    sizes = [tuple(map(int, words))] if words else [(2000, 64), (4, 4_000_000)]
    for leaves, size in sizes:
        for name in PAIRS:
            compare(name, leaves, size)


if __name__ == "__main__":
    main(sys.argv[1:])
