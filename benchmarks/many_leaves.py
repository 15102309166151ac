"""What thousands of small leaves cost: Optax's optimizer, and ours packed; jitted, parameters and state donated.

A step is an update and `optax.apply_updates`. Compiling is from nothing, in processor time. Medians of interleaved
rounds in one process, and of their ratios.

Run: python benchmarks/many_leaves.py [OPTIMIZER ...]
"""

import statistics
import sys

import jax
import jax.numpy as jnp
import optax
from update_cost import Step

from lropt_jax.optimizers import adam, adamw, lion, sgd
from lropt_jax.wrappers import pack_small

ROUNDS = 30
SCHEDULE = optax.cosine_decay_schedule(1e-3, 10_000)
TREES = {"2,000 leaves of 64": (2000, 64), "4 leaves of 4M": (4, 4_000_000)}
PAIRS = {
    "adam": (adam(SCHEDULE), optax.adam(SCHEDULE)),
    "adamw": (adamw(SCHEDULE), optax.adamw(SCHEDULE)),
    "sgd, momentum": (sgd(SCHEDULE, momentum=0.9), optax.sgd(SCHEDULE, momentum=0.9)),
    "lion": (lion(SCHEDULE), optax.lion(SCHEDULE, weight_decay=0.0)),
}


def leaves(count: int, size: int) -> list[jax.Array]:
    """Parameters of one size."""
    return [jnp.ones(size) for _ in range(count)]


def compare(name: str, tree: str) -> None:
    """Print the time of a step and of compiling it, and how many times as long Optax's take."""
    ours, theirs = PAIRS[name]
    packed, peer = (Step(tx, leaves(*TREES[tree])) for tx in (pack_small(ours), theirs))
    pairs = [(packed(), peer()) for _ in range(ROUNDS + 2)][2:]
    milliseconds, peers = (1e3 * statistics.median(times) for times in zip(*pairs, strict=True))
    ratio = statistics.median(other / mine for mine, other in pairs)
    print(
        f"{name:<14} {tree:<19} {milliseconds:8.2f} ms, Optax's {peers:8.2f} ms, {ratio:5.2f} x   to compile "
        f"{packed.compiling:6.2f} s, Optax's {peer.compiling:6.2f} s, {peer.compiling / packed.compiling:5.2f} x   "
        f"memory besides {packed.program.memory_analysis().temp_size_in_bytes / 1e6:.1f} MB",
        flush=True,
    )


if __name__ == "__main__":
    jax.config.update("jax_enable_compilation_cache", False)
    for name in sys.argv[1:] or PAIRS:
        for tree in TREES:
            compare(name, tree)
