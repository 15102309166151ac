"""Eager `init` and `update`, nothing jitted, on 20 leaves, beside Optax's: Adam and SGD.

Times are of the processor, all threads together: eager calls are too short for the clock on the wall of a busy machine.

Run: python benchmarks/eager.py [ROUNDS]
"""

import sys
import time
from typing import Any

import jax
import jax.numpy as jnp
import optax
from timing import interleaved, report

from lropt_jax.optimizers import adam, sgd

PARAMS = {f"layer{place}": {"kernel": jnp.ones((64, 64)), "bias": jnp.ones(64)} for place in range(10)}
PAIRS = {
    "adam(1e-3)": (adam(1e-3), optax.adam(1e-3)),
    "sgd(0.1)": (sgd(0.1), optax.sgd(0.1)),
    "sgd(0.1, momentum=0.9)": (sgd(0.1, momentum=0.9), optax.sgd(0.1, momentum=0.9)),
}


def init_of(tx: Any) -> Any:
    return lambda: jax.block_until_ready(tx.init(PARAMS))


def step_of(tx: Any) -> Any:
    state = tx.init(PARAMS)
    return lambda: jax.block_until_ready(tx.update(PARAMS, state, PARAMS))


def main(rounds: int) -> None:
    for name, (ours, theirs) in PAIRS.items():
        for what, run_of in (("init", init_of), ("update", step_of)):
            peers = {"ours": run_of(ours), "optax": run_of(theirs)}
            interleaved(peers, 5)  # compiles what is compiled
            report(f"{name}, eager {what} on 20 leaves", interleaved(peers, rounds, time.process_time), "ours")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
