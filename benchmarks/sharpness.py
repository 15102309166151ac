"""What one `sharpness` with a warm start costs, in training steps, and how many products it needs for 5%.

An MLP and the VAE on digits, trained by adam; every 100 steps the sharpness is measured in adam's scale on the batch,
from the vector of the time before. What is exact is taken from 40 products, which go on from the best of these: from a
random vector 60 are not enough in adam's scale, which spans decades.

Run: python benchmarks/sharpness.py
"""

import statistics
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from timing import interleaved

from lropt_jax.diagnostics import scale_of, sharpness
from lropt_jax.optimizers import adam
from lropt_jax.problems import vae

EVERY, TIMES, ROUNDS = 100, 5, 9
PRODUCTS = (3, 5, 8, 12)
MANY = 40


def mlp() -> tuple[Any, Any]:
    """784-256-256-10 on a batch of 128: the loss and its parameters."""
    widths = (784, 256, 256, 10)
    keys = jax.random.split(jax.random.key(0), 5)
    params = [
        {"w": jax.random.normal(key, (m, n)) * np.sqrt(2 / m), "b": jnp.zeros(n)}
        for key, m, n in zip(keys, widths[:-1], widths[1:], strict=False)
    ]
    x = jax.random.normal(keys[3], (128, 784))
    labels = jnp.argmax(x @ jax.random.normal(keys[4], (784, 10)), 1)

    def loss(params: Any) -> jax.Array:
        hidden = x
        for layer in params[:-1]:
            hidden = jax.nn.relu(hidden @ layer["w"] + layer["b"])
        logits = hidden @ params[-1]["w"] + params[-1]["b"]
        return jnp.mean(jax.nn.logsumexp(logits, 1) - jnp.take_along_axis(logits, labels[:, None], 1)[:, 0])

    return loss, params


def digits() -> tuple[Any, Any]:
    """The VAE of the suite, on one batch with one draw of noise."""
    problem = vae()
    params, state = problem.init(jax.random.key(0))

    def loss(params: Any) -> jax.Array:
        return problem.field(params, state, jax.random.key(1))[2]

    return loss, params


def measured(name: str, loss: Any, params: Any) -> None:
    tx = adam(1e-3)

    def step(held: Any, _: None) -> tuple[Any, None]:
        params, state = held
        updates, state = tx.update(jax.grad(loss)(params), state, params)
        return (jax.tree.map(jnp.add, params, updates), state), None

    train = jax.jit(lambda held: jax.lax.scan(step, held, length=EVERY)[0])
    one = jax.jit(lambda held: step(held, None)[0])
    # the scale is that of the state, so it is measured as `watch` would measure it
    sharp = jax.jit(
        lambda held, vector, steps: sharpness(
            loss, held[0], scale=scale_of(tx, held[1], held[0]), vector=vector, steps=steps
        ),
        static_argnums=2,
    )
    held = train((params, tx.init(params)))
    first = sharp(held, None, MANY).vector
    vectors = dict.fromkeys(PRODUCTS, first)
    best = first
    errors: dict[int, list[float]] = {count: [] for count in PRODUCTS}
    for _ in range(TIMES):
        held = train(held)
        exact = sharp(held, best, MANY)
        best = exact.vector
        for count in PRODUCTS:
            found = sharp(held, vectors[count], count)
            vectors[count] = found.vector
            errors[count].append(abs(float(found.value / exact.value) - 1))
    print(f"\n{name}: {sum(leaf.size for leaf in jax.tree.leaves(params)):,} parameters, every {EVERY} steps")
    run = {f"{n} products": lambda n=n: jax.block_until_ready(sharp(held, vectors[n], n)) for n in PRODUCTS}
    seconds = interleaved({"a step": lambda: jax.block_until_ready(one(held)), **run}, ROUNDS)
    for count in PRODUCTS:
        ratio = statistics.median(a / b for a, b in zip(seconds[f"{count} products"], seconds["a step"], strict=True))
        print(f"  {count:3} products: off by {100 * max(errors[count]):5.1f}% at most, {ratio:5.1f} steps", flush=True)


if __name__ == "__main__":
    measured("MLP", *mlp())
    measured("VAE", *digits())
