"""Small tasks on which verdicts of the learning rate are held against the truth; the last two are not tuned to."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from auto_tasks import classify, factorization, regress
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_linnerud, load_wine

from lropt_jax.optimizers import adam, lion, sgd
from lropt_jax.problems import Problem, vae

RULES = {
    "momentum": lambda rate: sgd(rate, momentum=0.9),
    "adam": lambda rate: adam(rate),
    "lion": lambda rate: lion(rate),
}
RATES = {"momentum": np.logspace(-4, 1, 16), "adam": np.logspace(-5, 0, 16), "lion": np.logspace(-6, -1, 16)}
HELD_OUT = ("factorization", "autoencoder")
STEPS = dict.fromkeys(("softmax", "mlp", "convolution", "cancer", "characters", *HELD_OUT), 500) | {"vae": 1000}


def convolution(batch: int = 16) -> Problem:
    """Two convolutions of stride 2 and a dense layer on digits."""
    x, y = load_digits(return_X_y=True)
    x, y = (x.reshape(-1, 8, 8, 1) / 16).astype(np.float32), y.astype(np.int32)

    def init(key: jax.Array) -> Any:
        a, b, c = jax.random.split(key, 3)
        return {
            "a": jax.random.normal(a, (3, 3, 1, 8)) / 3,
            "b": jax.random.normal(b, (3, 3, 8, 16)) / 8,
            "c": jax.random.normal(c, (64, 10)) / 8,
        }

    def loss(params: Any, batch: Any) -> jax.Array:
        h = batch[0]
        for name in ("a", "b"):
            h = jax.nn.relu(
                jax.lax.conv_general_dilated(
                    h, params[name], (2, 2), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC")
                )
            )
        logits = h.reshape(len(h), -1) @ params["c"]
        return optax.softmax_cross_entropy_with_integer_labels(logits, batch[1]).mean()

    train, valid = (x[360:], y[360:]), (x[:360], y[:360])
    return Problem.from_loss(loss, init, train, batch_size=batch, validation=valid, name="convolution")


def characters() -> Problem:
    """One block of self-attention that predicts the next character of the descriptions of scikit-learn's data."""
    loads = (load_breast_cancer, load_diabetes, load_digits, load_linnerud, load_wine)
    text = "".join(load()["DESCR"] for load in loads).lower()
    letters = sorted(set(text))
    codes = np.array([letters.index(each) for each in text], np.int32)
    width, length, tokens = 24, 16, len(letters)
    rows = codes[: len(codes) // length * length].reshape(-1, length)
    rows = rows[np.random.default_rng(0).permutation(len(rows))]
    sizes = {"embed": (tokens, width), "place": (length, width), "qkv": (width, 3 * width), "out": (width, width),
             "up": (width, 48), "down": (48, width), "read": (width, tokens)}  # fmt: skip

    def init(key: jax.Array) -> Any:
        keys = jax.random.split(key, len(sizes))
        return {n: jax.random.normal(k, s) / np.sqrt(s[0]) for k, (n, s) in zip(keys, sizes.items(), strict=True)}

    def norm(x: jax.Array) -> jax.Array:
        return x / jnp.sqrt(jnp.mean(x**2, -1, keepdims=True) + 1e-6)

    def loss(params: Any, batch: Any) -> jax.Array:
        h = params["embed"][batch] + params["place"]
        q, k, v = jnp.split(norm(h) @ params["qkv"], 3, -1)
        scores = q @ k.swapaxes(-1, -2) / np.sqrt(width) + jnp.where(jnp.tri(length), 0, -1e9)
        h = h + jax.nn.softmax(scores) @ v @ params["out"]
        h = h + jax.nn.relu(norm(h) @ params["up"]) @ params["down"]
        logits = norm(h) @ params["read"]
        return optax.softmax_cross_entropy_with_integer_labels(logits[:, :-1], batch[:, 1:]).mean()

    return Problem.from_loss(loss, init, rows[128:], batch_size=16, validation=rows[:128], name="characters")


def tasks() -> dict[str, Callable[[], Problem]]:
    """All tasks by name."""
    digits, cancer = load_digits(return_X_y=True), load_breast_cancer(return_X_y=True)
    pixels = (digits[0] / 16).astype(np.float32)
    standard = ((cancer[0] - cancer[0].mean(0)) / cancer[0].std(0)).astype(np.float32)
    return {
        "softmax": lambda: classify(pixels, digits[1], [], "softmax", 32),
        "mlp": lambda: classify(pixels, digits[1], [32, 32], "mlp", 32),
        "vae": lambda: vae(hidden=32, latent=4, batch_size=32, samples=4),
        "convolution": convolution,
        "cancer": lambda: classify(standard, cancer[1], [16], "cancer", 32),
        "characters": characters,
        "factorization": factorization,
        "autoencoder": lambda: regress(pixels, pixels, [24, 8, 24], "autoencoder", 32),
    }
