"""What an update costs beside Optax's, and what compiling it costs; jitted, parameters and state donated.

Both are under the same schedule, where both keep a count. At a constant rate Optax keeps none, and ours still does.
Ours also records the rate in the state; Optax does under `inject_hyperparams`, with which `--recorded` compares.

Run: python benchmarks/update_cost.py [--constant] [--recorded] [OPTIMIZER ...]
"""

import statistics
import sys
import time
from typing import Any

import jax
import jax.numpy as jnp
import optax

from lropt_jax.optimizers import adagrad, adam, adamw, lion, rmsprop, sgd
from lropt_jax.wrappers import accumulate, clip_norm, skip_nonfinite

ROUNDS = 20
SCHEDULE = optax.cosine_decay_schedule(1e-3, 10_000)
CONSTANT = 1e-3


def peers(rate: Any, recorded: bool = False) -> dict:
    """Ours and Optax's at the same rate, Optax's with or without a record of it."""

    def peer(factory: Any, **settings: Any) -> Any:
        if recorded:
            factory = optax.inject_hyperparams(factory, static_args=tuple(settings))
        return factory(rate, **settings)

    return {
        "sgd": (sgd(rate), peer(optax.sgd)),
        "sgd, momentum": (sgd(rate, momentum=0.9), peer(optax.sgd, momentum=0.9)),
        "adagrad": (adagrad(rate), peer(optax.adagrad)),
        "rmsprop": (rmsprop(rate), peer(optax.rmsprop)),
        "adam": (adam(rate), peer(optax.adam)),
        "adamw": (adamw(rate), peer(optax.adamw)),
        "lion": (lion(rate), peer(optax.lion, weight_decay=0.0)),
        "adamw, clipped": (
            clip_norm(adamw(rate), max_norm=1.0),
            optax.chain(optax.clip_by_global_norm(1.0), peer(optax.adamw)),
        ),
        "adam, accumulated": (
            accumulate(adam(rate), steps=4),
            optax.MultiSteps(peer(optax.adam), 4).gradient_transformation(),
        ),
        "adam, skipping": (skip_nonfinite(adam(rate)), optax.apply_if_finite(peer(optax.adam), 5)),
    }


def one_leaf(size: int = 50_000_000) -> Any:
    return jnp.ones(size)


def transformer(width: int = 448) -> Any:
    """30M parameters in 100 leaves: 12 layers of 8 leaves, two embeddings and a norm. 300M at a width of 1440."""
    layer = {
        "qkv": (width, 3 * width), "out": (width, width), "up": (width, 4 * width), "down": (4 * width, width),
        "norm1": (width,), "norm2": (width,), "bias1": (4 * width,), "bias2": (width,),
    }  # fmt: skip
    shapes = {"embedding": (2300, width), "position": (512, width), "norm": (width,), "bias": (2300,)}
    shapes |= {f"{number}/{name}": shape for number in range(12) for name, shape in layer.items()}
    return {name: jnp.ones(shape) for name, shape in shapes.items()}


def many_leaves(count: int = 2000) -> Any:
    return [jnp.ones(64) for _ in range(count)]


TREES = {  # and how often each is compiled
    "one leaf of 50M": (one_leaf, 15),
    "100 leaves, 30M": (transformer, 5),
    "2,000 leaves of 64": (many_leaves, 1),
}


class Step:
    """An update compiled from nothing, which is called again and again on its own parameters."""

    def __init__(self, tx: Any, params: Any):
        def step(grads: Any, params: Any, state: Any) -> tuple[Any, Any]:
            updates, state = tx.update(grads, state, params)
            return optax.apply_updates(params, updates), state

        self.params, self.state = params, jax.jit(tx.init)(params)
        keys = iter(jax.random.split(jax.random.key(0), len(jax.tree.leaves(params))))
        self.grads = jax.tree.map(lambda leaf: jax.random.normal(next(keys), leaf.shape), params)
        jax.clear_caches()
        began = time.process_time()
        self.program = jax.jit(step, donate_argnums=(1, 2)).lower(self.grads, self.params, self.state).compile()
        self.compiling = time.process_time() - began

    def __call__(self) -> float:
        """Seconds of one call."""
        began = time.perf_counter()
        self.params, self.state = self.program(self.grads, self.params, self.state)
        jax.block_until_ready((self.params, self.state))
        return time.perf_counter() - began


def compare(name: str, pair: tuple, tree: str) -> None:
    """Print the medians for one optimizer on one tree, and of the ratios to Optax's."""
    (params, times), compilations = TREES[tree], []
    for _ in range(times):
        ours, theirs = (Step(tx, params()) for tx in pair)
        compilations.append(ours.compiling / theirs.compiling)
    ours(), theirs()
    pairs = [(ours(), theirs()) for _ in range(ROUNDS)]
    milliseconds = 1e3 * statistics.median(mine for mine, _ in pairs)
    ratio = statistics.median(mine / other for mine, other in pairs)
    compiling = statistics.median(compilations)
    memory = [step.program.memory_analysis().temp_size_in_bytes / 1e6 for step in (ours, theirs)]
    print(
        f"{name:<19} {tree:<19} {milliseconds:8.2f} ms {ratio:6.2f} x   to compile {ours.compiling:6.2f} s "
        f"{compiling:6.2f} x   memory besides {memory[0]:4.0f} MB, Optax's {memory[1]:4.0f}",
        flush=True,
    )


if __name__ == "__main__":
    names = [word for word in sys.argv[1:] if not word.startswith("--")]
    pairs = peers(CONSTANT if "--constant" in sys.argv else SCHEDULE, "--recorded" in sys.argv)
    for name in names or pairs:
        for tree in TREES:
            compare(name, pairs[name], tree)
