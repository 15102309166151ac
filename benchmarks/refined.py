"""A schedule refined by hypergradients against the tuned linear one, on four convex tasks.

The tuned one: the best of 17 rates for `linear`, a tenth of a decade apart, from 16 seeds. `refine` starts from it and
learns from other runs. Losses are means over 64 seeds that neither saw. "validation" is what was descended; "test" is
the same loss on data that nobody saw.

Run: python benchmarks/refined.py [STEPS] [TASK ...]
"""

import functools
import sys
import time

import jax
import jax.numpy as jnp
import numpy as np
import optax
from sklearn.datasets import load_breast_cancer, load_digits

from lropt_jax.optimizers import sgd
from lropt_jax.problems import Problem
from lropt_jax.schedules import linear
from lropt_jax.tuning import refine, sweep


def _split(x, y):
    order = np.random.default_rng(0).permutation(len(x))
    parts = np.split(order, [int(0.5 * len(x)), int(0.75 * len(x))])
    return [(x[part].astype(np.float32), y[part]) for part in parts]


def _problem(loss, init, x, y, name, batch_size):
    train, validation, test = _split(x, y)
    return Problem.from_loss(
        loss, init, train, batch_size=batch_size, validation=validation, test=test, name=name
    )  # fmt: skip


def logistic():
    x, y = load_breast_cancer(return_X_y=True)
    x = (x - x.mean(0)) / x.std(0)

    def loss(w, batch):
        return jnp.mean(optax.sigmoid_binary_cross_entropy(batch[0] @ w[:-1] + w[-1], batch[1]))

    return _problem(loss, lambda key: jnp.zeros(31), x, y.astype(np.float32), "logistic", 8)


def parity():
    """Is the digit odd?"""
    x, y = load_digits(return_X_y=True)

    def loss(w, batch):
        return jnp.mean(optax.sigmoid_binary_cross_entropy(batch[0] @ w[:-1] + w[-1], batch[1]))

    return _problem(loss, lambda key: jnp.zeros(65), x[:800] / 16, (y[:800] % 2).astype(np.float32), "parity", 8)


def squares():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(2000, 20)) * np.geomspace(1, 0.1, 20)
    y = (x @ rng.normal(size=20) + 0.3 * rng.normal(size=2000)).astype(np.float32)

    def loss(w, batch):
        return jnp.mean((batch[0] @ w - batch[1]) ** 2) / 2

    return _problem(loss, lambda key: jnp.zeros(20), x, y, "squares", 4)


def softmax():
    x, y = load_digits(return_X_y=True)

    def loss(w, batch):
        logits = batch[0] @ w["w"] + w["b"]
        return optax.softmax_cross_entropy_with_integer_labels(logits, batch[1]).mean()

    def init(key):
        return {"w": jnp.zeros((64, 10)), "b": jnp.zeros(10)}

    return _problem(loss, init, x[:800] / 16, y[:800], "softmax", 8)


TASKS = {"logistic": logistic, "parity": parity, "squares": squares, "softmax": softmax}


def _the(tx, rate):
    return tx


def main():
    steps = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    for name in sys.argv[2:] or TASKS:
        problem, how = TASKS[name](), {"steps": steps, "on_progress": None}
        coarse = sweep(problem, sgd, rates=np.logspace(-3, 1, 13), seeds=4, **how).best().rate
        rates = coarse * 10 ** np.linspace(-0.8, 0.8, 17)
        rate = sweep(problem, sgd, rates=rates, seeds=16, **how).best().rate
        tuned, began = sgd(linear(rate, steps)), time.perf_counter()
        found = refine(problem, tuned, steps=steps, key=jax.random.key(0))
        seconds = time.perf_counter() - began
        rules = {"tuned": functools.partial(_the, tuned), "refined": functools.partial(_the, found.tx)}
        ends = sweep(problem, rules, rates=[1.0], seeds=range(100, 164), schedule=None, **how)
        mine, theirs = (
            {of: getattr(ends, of)[ends.optimizer == which] for of in ("validation", "test")}
            for which in ("refined", "tuned")
        )
        for of in ("validation", "test"):
            ratio = mine[of].mean() / theirs[of].mean() - 1
            error = np.std(mine[of] - theirs[of], ddof=1) / 8 / theirs[of].mean()
            print(f"{name:9} {of:10} {ratio:+.1%} +- {error:.1%} of {theirs[of].mean():.4g}", flush=True)
        shape = " ".join(f"{rate:.3g}" for rate in np.asarray(found.schedule.schedule.rates))

        print(f"{'':9} peak {rate:.3g}; rates {shape}; {seconds:.0f} s", flush=True)


main()
