"""What slots in bf16 and in 8 bits cost and save: `small_state(adam(...))` beside `adam(...)` in float32.

Bytes a parameter are those of the state, and of what the compiled update needs beside its arguments and results, from
`memory_analysis`. Times are medians of interleaved rounds in one process. Losses are means over the last tenth of a
run, over five seeds, with their standard deviation.

Run: python benchmarks/small_state.py [cost] [loss]
"""

import inspect
import statistics
import sys
import tarfile
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from auto_tasks import classify
from sklearn.datasets import load_digits
from timing import interleaved

from lropt_jax.optimizers import adam
from lropt_jax.problems import Problem, vae
from lropt_jax.wrappers import small_state

ROUNDS, SEEDS = 25, 5
TREES = {
    "one leaf of 16M": {"w": (8192, 2048)},
    "64 leaves, 16M": {f"w{place}": (512, 512) for place in range(64)},
}


def forms(rate: Any) -> dict[str, Any]:
    return {"float32": adam(rate), "bf16": small_state(adam(rate)), "int8": small_state(adam(rate), "int8")}


def cost(shapes: dict[str, tuple[int, int]]) -> None:
    """Print what each form keeps, needs and takes."""
    params = {name: jnp.ones(shape) for name, shape in shapes.items()}
    grads = {name: jax.random.normal(jax.random.key(1), shape) for name, shape in shapes.items()}
    size, peers, needs = sum(map(jnp.size, params.values())), {}, {}
    for name, tx in forms(1e-3).items():
        state = tx.init(params)
        step = jax.jit(tx.update, donate_argnums=(0, 1)).lower(grads, state, params).compile()
        kept = sum(leaf.nbytes for leaf in jax.tree.leaves(state))
        needs[name] = kept / size, step.memory_analysis().temp_size_in_bytes / size
        peers[name] = stepper(step, [jax.tree.map(jnp.copy, grads), state], params)
    seconds = interleaved(peers, ROUNDS)
    for name, mine in seconds.items():
        ratios = [own / base for own, base in zip(mine, seconds["float32"], strict=True)]
        kept, temporary = needs[name]
        print(f"  {name:8} state {kept:5.3f} B, temporaries {temporary:5.3f} B a parameter;"
              f" {1e3 * statistics.median(mine):7.2f} ms, {statistics.median(ratios):.2f} x float32")  # fmt: skip


def stepper(step: Any, carry: list[Any], params: Any) -> Callable[[], None]:
    """A donated update: the last updates are the next gradients, so that nothing is allocated."""

    def run() -> None:
        carry[:] = step(carry[0], carry[1], params)
        jax.block_until_ready(carry)

    return run


def characters(held_out: int | None = None) -> Problem:
    """A transformer of one block that guesses the next character of the source of a module of Python's.

    `held_out`: so many of the 48-letter pieces, drawn at random, are for validation.
    """
    text = inspect.getsource(tarfile)
    alphabet = sorted(set(text))
    data = np.array([alphabet.index(letter) for letter in text], np.int32)
    width, length = 64, 48
    data = data[: len(data) // length * length].reshape(-1, length)
    validation = None
    if held_out is not None:
        data = data[np.random.default_rng(0).permutation(len(data))]
        validation, data = data[:held_out], data[held_out:]
    shapes = {"embed": (len(alphabet), width), "place": (length, width), "qkv": (width, 3 * width),
              "out": (width, width), "up": (width, 4 * width), "down": (4 * width, width),
              "read": (width, len(alphabet))}  # fmt: skip

    def init(key: jax.Array) -> Any:
        keys = jax.random.split(key, len(shapes))
        return {n: jax.random.normal(k, s) / np.sqrt(s[0]) for k, (n, s) in zip(keys, shapes.items(), strict=True)}

    def norm(x: jax.Array) -> jax.Array:
        return x / jnp.sqrt(jnp.mean(x**2, -1, keepdims=True) + 1e-6)

    def loss(params: Any, batch: Any) -> jax.Array:
        h = params["embed"][batch] + params["place"]
        q, k, v = (part.reshape(*batch.shape, 4, -1) for part in jnp.split(norm(h) @ params["qkv"], 3, -1))
        h = h + jax.nn.dot_product_attention(q, k, v, is_causal=True).reshape(h.shape) @ params["out"]
        h = h + jax.nn.relu(norm(h) @ params["up"]) @ params["down"]
        logits = norm(h) @ params["read"]
        return optax.softmax_cross_entropy_with_integer_labels(logits[:, :-1], batch[:, 1:]).mean()

    return Problem.from_loss(loss, init, data, batch_size=16, validation=validation, name="characters")


def losses(problem: Problem, tx: Any, steps: int) -> np.ndarray:
    """The loss over the last tenth of a run, for each seed."""

    def run(key: jax.Array) -> jax.Array:
        params, state = problem.init(jax.random.fold_in(key, 0))

        def body(carry: Any, step: jax.Array) -> Any:
            params, state, slots = carry
            grads, state, value = problem.field(params, state, jax.random.fold_in(key, step + 1))
            updates, slots = tx.update(grads, slots, params)
            return (optax.apply_updates(params, updates), state, slots), value

        _, values = jax.lax.scan(body, (params, state, tx.init(params)), jnp.arange(steps))
        return values[-steps // 10 :].mean()

    return np.asarray(jax.jit(lambda keys: jax.lax.map(run, keys))(jax.random.split(jax.random.key(0), SEEDS)))


def main() -> None:
    parts = sys.argv[1:] or ["cost", "loss"]
    if "cost" in parts:
        for title, shapes in TREES.items():
            print(title)
            cost(shapes)
    tasks = {
        "digits MLP 64-256-128-10": (classify(*load_digits(return_X_y=True), [256, 128], "mlp"), 3e-3, 600),
        "VAE on digits": (vae(), 1e-2, 600),
        "character transformer": (characters(), 3e-3, 600),
    }
    for title, (problem, rate, steps) in tasks.items() if "loss" in parts else ():
        found = {name: losses(problem, tx, steps) for name, tx in forms(rate).items()}
        exact = found["float32"]
        for name, values in found.items():
            apart = (values.mean() - exact.mean()) / exact.std(ddof=1)
            print(
                f"{title:26} {name:8} {values.mean():.4f} +- {values.std(ddof=1):.4f}   {apart:+.2f} deviations",
                flush=True,
            )


if __name__ == "__main__":
    main()
