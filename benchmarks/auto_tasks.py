"""Tasks on which `tuning.auto` is held against a tuned rate: small networks on scikit-learn's data and made-up ones."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_wine

from lropt_jax.problems import Problem, vae


def _split(x: np.ndarray, y: np.ndarray) -> tuple[tuple, tuple]:
    order = np.random.default_rng(0).permutation(len(x))
    x, y = x[order], y[order]
    held_out = len(x) // 5
    return (x[held_out:], y[held_out:]), (x[:held_out], y[:held_out])


def _standard(x: np.ndarray) -> np.ndarray:
    return ((x - x.mean(0)) / (x.std(0) + 1e-6)).astype(np.float32)


def _dense(key: jax.Array, sizes: list[int]) -> list[dict[str, jax.Array]]:
    keys = jax.random.split(key, len(sizes))
    return [
        {"w": jax.random.normal(key, (m, n)) * np.sqrt(2 / m), "b": jnp.zeros(n)}
        for key, m, n in zip(keys, sizes[:-1], sizes[1:], strict=False)
    ]


def _forward(layers: list[dict[str, jax.Array]], x: jax.Array, between: Callable = jax.nn.relu) -> jax.Array:
    for layer in layers[:-1]:
        x = between(x @ layer["w"] + layer["b"])
    return x @ layers[-1]["w"] + layers[-1]["b"]


def classify(x: np.ndarray, y: np.ndarray, hidden: list[int], name: str, batch: int = 64, between: Any = jax.nn.relu):
    """A multilayer perceptron with cross entropy. No hidden layer: softmax regression."""
    train, valid = _split(x, y.astype(np.int32))
    sizes = [x.shape[1], *hidden, int(y.max()) + 1]

    def loss(params: Any, batch: Any) -> jax.Array:
        logits = _forward(params, batch[0], between)
        return optax.softmax_cross_entropy_with_integer_labels(logits, batch[1]).mean()

    batch = min(batch, len(train[0]))
    return Problem.from_loss(loss, lambda key: _dense(key, sizes), train, batch_size=batch, validation=valid, name=name)


def regress(x: np.ndarray, y: np.ndarray, hidden: list[int], name: str, batch: int = 64):
    """A multilayer perceptron with squared error."""
    train, valid = _split(x, y.astype(np.float32))
    sizes = [x.shape[1], *hidden, y.shape[1]]

    def loss(params: Any, batch: Any) -> jax.Array:
        return jnp.mean((_forward(params, batch[0], jnp.tanh) - batch[1]) ** 2)

    return Problem.from_loss(loss, lambda key: _dense(key, sizes), train, batch_size=batch, validation=valid, name=name)


def convolution() -> Problem:
    """Two convolutions and a dense layer on digits."""
    x, y = load_digits(return_X_y=True)
    train, valid = _split((x.reshape(-1, 8, 8, 1) / 16).astype(np.float32), y.astype(np.int32))

    def init(key: jax.Array) -> Any:
        a, b, c = jax.random.split(key, 3)
        return {
            "a": jax.random.normal(a, (3, 3, 1, 16)) / 3,
            "b": jax.random.normal(b, (3, 3, 16, 16)) / 12,
            "c": jax.random.normal(c, (16, 10)) / 4,
        }

    def loss(params: Any, batch: Any) -> jax.Array:
        h = batch[0]
        for name in ("a", "b"):
            h = jax.nn.relu(
                jax.lax.conv_general_dilated(
                    h, params[name], (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC")
                )
            )
        return optax.softmax_cross_entropy_with_integer_labels(h.mean((1, 2)) @ params["c"], batch[1]).mean()

    return Problem.from_loss(loss, init, train, batch_size=64, validation=valid, name="convolution")


def attention() -> Problem:
    """One block of self-attention that learns to copy the token before a marker."""
    width, length, tokens = 32, 16, 12

    def init(key: jax.Array) -> Any:
        names = {"embed": (tokens, width), "place": (length, width), "qkv": (width, 3 * width), "out": (width, width),
                 "up": (width, 64), "down": (64, width), "read": (width, tokens)}  # fmt: skip
        keys = jax.random.split(key, len(names))
        return {n: jax.random.normal(k, s) / np.sqrt(s[0]) for k, (n, s) in zip(keys, names.items(), strict=True)}

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

    rng = np.random.default_rng(0)
    transitions = rng.dirichlet(np.full(tokens, 0.3), (tokens, tokens))
    data = rng.integers(0, tokens, (2560, length))
    for place in range(2, length):
        cumulative = transitions[data[:, place - 2], data[:, place - 1]].cumsum(-1)
        data[:, place] = np.minimum((rng.random((len(data), 1)) > cumulative).sum(-1), tokens - 1)
    data = data.astype(np.int32)
    return Problem.from_loss(loss, init, data[512:], batch_size=32, validation=data[:512], name="attention")


def factorization() -> Problem:
    """Two thin matrices whose product is a noisy one."""
    rng = np.random.default_rng(0)
    truth = rng.normal(size=(60, 4)) @ rng.normal(size=(4, 50)) / 2
    rows, columns = np.meshgrid(np.arange(60), np.arange(50), indexing="ij")
    seen = (truth + 0.5 * rng.normal(size=truth.shape)).astype(np.float32)
    cells = np.stack([rows.ravel(), columns.ravel()], 1).astype(np.int32)
    train, valid = _split(cells, seen.ravel())

    def loss(params: Any, batch: Any) -> jax.Array:
        (i, j), y = batch[0].T, batch[1]
        return jnp.mean((jnp.sum(params["u"][i] * params["v"][j], -1) - y) ** 2)

    def init(key: jax.Array) -> Any:
        a, b = jax.random.split(key)
        return {"u": jax.random.normal(a, (60, 4)) / 2, "v": jax.random.normal(b, (50, 4)) / 2}

    return Problem.from_loss(loss, init, train, batch_size=64, validation=valid, name="factorization")


def tasks() -> dict[str, Callable[[], Problem]]:
    """All tasks by name."""
    digits, cancer, wine = (load(return_X_y=True) for load in (load_digits, load_breast_cancer, load_wine))
    pixels = (digits[0] / 16).astype(np.float32)
    diabetes = load_diabetes(return_X_y=True)
    target = _standard(diabetes[1][:, None])
    return {
        "vae": vae,
        "softmax": lambda: classify(pixels, digits[1], [], "softmax"),
        "logistic": lambda: classify(_standard(cancer[0]), cancer[1], [], "logistic", 32),
        "wine": lambda: classify(_standard(wine[0]), wine[1], [16], "wine", 32),
        "mlp": lambda: classify(pixels, digits[1], [128], "mlp"),
        "deep": lambda: classify(pixels, digits[1], [64, 64, 64], "deep", 64, jnp.tanh),
        "diabetes": lambda: regress(_standard(diabetes[0]), target, [32], "diabetes"),
        "autoencoder": lambda: regress(pixels, pixels, [32, 8, 32], "autoencoder"),
        "convolution": convolution,
        "attention": attention,
        "factorization": factorization,
    }
