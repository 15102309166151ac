"""What an update of soap and shampoo costs beside those of adam and muon, on a transformer of 3M parameters.

The update is jitted and donated. Its processor time is amortised over `every` steps, 10 here: the mean of all 10, and
the longest of them, in medians over rounds in which the optimizers take turns. With `stagger=False` all bases turn in
one step.

Run: python benchmarks/second_order.py
"""

import statistics
import time
from typing import Any

import jax
import jax.numpy as jnp
import optax

from lropt_jax.optimizers import adam, muon, shampoo, soap

EVERY, ROUNDS = 10, 3
PEERS = {
    "adam": adam(1e-3),
    "muon": muon(1e-3),
    "soap": soap(1e-3),
    "soap, stagger=False": soap(1e-3, stagger=False),
    "shampoo": shampoo(1e-3),
    "shampoo, stagger=False": shampoo(1e-3, stagger=False),
}


def transformer() -> dict[str, jax.Array]:
    """3.4M parameters in 36 leaves: 4 layers of 8 leaves, two embeddings and a norm."""
    width = 256
    layer = {
        "qkv": (width, 3 * width), "out": (width, width), "up": (width, 4 * width), "down": (4 * width, width),
        "norm1": (width,), "norm2": (width,), "bias1": (4 * width,), "bias2": (width,),
    }  # fmt: skip
    shapes = {"embedding": (800, width), "position": (128, width), "norm": (width,), "bias": (800,)}
    shapes |= {f"{number}/{name}": shape for number in range(4) for name, shape in layer.items()}
    keys = jax.random.split(jax.random.key(0), len(shapes))
    return {name: jax.random.normal(key, shape) for key, (name, shape) in zip(keys, shapes.items(), strict=True)}


class Step:
    """A compiled update, which is called again and again on its own parameters."""

    def __init__(self, tx: Any, params: Any):
        def step(grads: Any, params: Any, state: Any) -> tuple[Any, Any]:
            updates, state = tx.update(grads, state, params)
            return optax.apply_updates(params, updates), state

        self.params, self.state = params, jax.jit(tx.init)(params)
        self.grads = jax.tree.map(jnp.copy, params)
        jax.clear_caches()
        began = time.process_time()
        self.program = jax.jit(step, donate_argnums=(1, 2)).lower(self.grads, self.params, self.state).compile()
        self.compiling = time.process_time() - began
        self()  # the first step finds all bases

    def __call__(self) -> float:
        """Processor seconds of one update."""
        began = time.process_time()
        self.params, self.state = self.program(self.grads, self.params, self.state)
        jax.block_until_ready((self.params, self.state))
        return time.process_time() - began


def cost() -> None:
    """Print the milliseconds of an update, and how many times as long as adam's it takes."""
    steps = {name: Step(tx, transformer()) for name, tx in PEERS.items()}
    rounds: dict[str, list[list[float]]] = {name: [] for name in steps}
    for _ in range(ROUNDS):
        for name, step in steps.items():
            rounds[name].append([step() for _ in range(EVERY)])
    for name, times in rounds.items():
        mean, longest, median = (
            1e3 * statistics.median(map(of, times)) for of in (statistics.mean, max, statistics.median)
        )
        ratio = statistics.median(sum(mine) / sum(base) for mine, base in zip(times, rounds["adam"], strict=True))
        held = sum(leaf.nbytes for leaf in jax.tree.leaves(steps[name].state)) / 1e6
        print(
            f"{name:<24} {mean:8.1f} ms a step {ratio:6.1f} x adam's   median {median:8.1f}   longest {longest:8.1f} ms"
            f"   state {held:6.1f} MB   to compile {steps[name].compiling:6.1f} s",
            flush=True,
        )


if __name__ == "__main__":
    cost()
