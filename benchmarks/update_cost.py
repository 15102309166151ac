"""What an update costs beside Optax's: seconds and seconds of compilation, jitted, state and parameters donated.

Run: python benchmarks/update_cost.py [NAME ...]
"""

import statistics
import sys
import time
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from lropt_jax.optimizers import adam, adamw, lion, sgd

ROUNDS = 15


def one_leaf() -> Any:
    return {"w": jnp.ones(50_000_000)}


def transformer() -> Any:
    """30M parameters in 100 leaves: an embedding, 12 layers of 8 leaves, a norm and a head's bias."""
    width = 448
    layer = {
        "qkv": (width, 3 * width), "out": (width, width), "up": (width, 4 * width), "down": (4 * width, width),
        "norm1": (width,), "norm2": (width,), "bias1": (4 * width,), "bias2": (width,),
    }  # fmt: skip
    shapes = {"embedding": (2300, width), "norm": (width,), "bias": (2300,), "position": (512, width)}
    shapes |= {f"{number}/{name}": shape for number in range(12) for name, shape in layer.items()}
    return {name: jnp.ones(shape) for name, shape in shapes.items()}


def many_leaves() -> Any:
    return [jnp.ones(64) for _ in range(2000)]


TREES = {"one leaf of 50M": one_leaf, "transformer, 100 leaves, 30M": transformer, "2,000 leaves of 64": many_leaves}
PEERS = {
    "sgd": (sgd(1e-3), optax.sgd(1e-3)),
    "sgd momentum": (sgd(1e-3, momentum=0.9), optax.sgd(1e-3, momentum=0.9)),
    "adam": (adam(1e-3), optax.adam(1e-3)),
    "adamw": (adamw(1e-3), optax.adamw(1e-3)),
    "lion": (lion(1e-3), optax.lion(1e-3, weight_decay=0.0)),
}


class Step:
    """One compiled update that is called again and again on its own parameters."""

    def __init__(self, tx: optax.GradientTransformation, params: Any):
        def step(grads: Any, params: Any, state: Any) -> tuple[Any, Any]:
            updates, state = tx.update(grads, state, params)
            return optax.apply_updates(params, updates), state

        self.params, self.state = params, jax.jit(tx.init)(params)
        self.grads = jax.tree.map(
            lambda leaf: jnp.asarray(np.random.default_rng(0).normal(size=leaf.shape), jnp.float32), params
        )
        began = time.perf_counter()
        traced = jax.jit(step, donate_argnums=(1, 2)).lower(self.grads, self.params, self.state)
        self.tracing = time.perf_counter() - began
        self.compiled = traced.compile()
        self.compiling = time.perf_counter() - began

    def __call__(self) -> float:
        began = time.perf_counter()
        self.params, self.state = self.compiled(self.grads, self.params, self.state)
        jax.block_until_ready((self.params, self.state))
        return time.perf_counter() - began


def compare(name: str, tree: str) -> None:
    compile_ratios, trace_ratios = [], []
    for _ in range(3):
        jax.clear_caches()
        ours = Step(PEERS[name][0], TREES[tree]())
        jax.clear_caches()
        theirs = Step(PEERS[name][1], TREES[tree]())
        compile_ratios.append(ours.compiling / theirs.compiling)
        trace_ratios.append(ours.tracing / theirs.tracing)
    pairs = [(ours(), theirs()) for _ in range(ROUNDS)]
    ratio = statistics.median(mine / other for mine, other in pairs)
    print(
        f"{name:<16}{tree:<30}{1e3 * statistics.median(mine for mine, _ in pairs):9.2f} ms"
        f"{ratio:8.2f} x Optax's {statistics.median(compile_ratios):8.2f} x to compile ({statistics.median(trace_ratios):.2f} tracing; {ours.compiling:.2f} s)",
        flush=True,
    )


if __name__ == "__main__":
    for name in sys.argv[1:] or PEERS:
        for tree in TREES:
            compare(name, tree)
