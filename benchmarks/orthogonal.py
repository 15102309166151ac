"""`orthogonal(adam)` beside Adam and AdamW: on addition modulo 31, where it is to generalise, and on digits.

Addition: an MLP 62-128-31 learns 60% of the sums in full batches at a constant rate. Printed is the share of held-out
sums that is wrong after each sixth of the run, for three seeds. Digits: the lowest mean validation loss over 4 rates of
a linear schedule, three seeds, with its standard deviation. "polar" takes the orthogonal factor of each matrix of
gradients in the place of the gradient (Tuddenham et al. 2022, arXiv:2202.07052, with one matrix for each layer).

Run: python benchmarks/orthogonal.py [addition] [digits] [--steps N]
"""

import argparse
import dataclasses
import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from auto_tasks import _dense, _forward, tasks
from looks import looked

from lropt_jax import lift
from lropt_jax.optimizers import adam, adamw
from lropt_jax.problems import Problem
from lropt_jax.schedules import linear
from lropt_jax.wrappers import orthogonal

SEEDS, LOOKS, MODULUS = (11, 12, 13), 6, 31


@lift
def polar(optimizer: Any) -> optax.GradientTransformationExtraArgs:
    """An optimizer that gets the orthogonal factor of each matrix."""

    def factor(grad: jax.Array) -> jax.Array:
        left, _, right = jnp.linalg.svd(grad, full_matrices=False)
        return left @ right

    def update(grads: Any, state: Any, params: Any = None, **extra: Any) -> tuple:
        given = jax.tree.map(lambda grad: factor(grad) if grad.ndim == 2 else grad, grads)
        return optimizer.update(given, state, params, **extra)

    return optax.GradientTransformationExtraArgs(optimizer.init, update)


def addition() -> Problem:
    """Sums modulo `MODULUS`; validation is the share of wrong answers."""
    pairs = np.stack(np.meshgrid(*[np.arange(MODULUS)] * 2), -1).reshape(-1, 2).astype(np.int32)
    pairs = pairs[np.random.default_rng(0).permutation(len(pairs))]
    sums, size = (pairs.sum(1) % MODULUS).astype(np.int32), int(0.6 * len(pairs))

    def logits(params: Any, pairs: Any) -> jax.Array:
        return _forward(params, jax.nn.one_hot(pairs, MODULUS).reshape(len(pairs), -1))

    def loss(params: Any, batch: Any) -> jax.Array:
        return optax.softmax_cross_entropy_with_integer_labels(logits(params, batch[0]), batch[1]).mean()

    def wrong(params: Any, state: Any, key: jax.Array) -> jax.Array:
        return jnp.mean(jnp.argmax(logits(params, pairs[size:]), -1) != sums[size:])

    train = (pairs[:size], sums[:size])
    problem = Problem.from_loss(loss, lambda key: _dense(key, [2 * MODULUS, 128, MODULUS]), train, batch_size=size)
    return dataclasses.replace(problem, validate=wrong)


def held_out(problem: Problem, params: Any, state: Any, slots: Any) -> jax.Array:
    """What validation says."""
    return problem.validate(params, state, jax.random.key(0))  # type: ignore[misc]


def runs(problem: Problem, tx: Any, steps: int) -> np.ndarray:
    """What validation says after each of `LOOKS` parts, for all seeds."""
    keys = map(jax.random.key, SEEDS)
    return np.array([looked(problem, tx, key, looks=LOOKS, every=steps // LOOKS, see=held_out) for key in keys])


def learn_addition(steps: int) -> None:
    """Print the shares of wrong sums."""
    problem = addition()
    rules: dict[str, Callable] = {"adam": adam, "orthogonal(adam)": lambda rate: orthogonal(adam(rate)),
             "adamw, decay 1": functools.partial(adamw, weight_decay=1.0)}  # fmt: skip
    for name, make in rules.items():
        for rate in (0.01, 0.03):
            wrong = runs(problem, make(rate), steps).mean(0)
            print(f"addition  {name:18} rate {rate:<5} wrong {' '.join(f'{share:.3f}' for share in wrong)}", flush=True)


def learn_digits(steps: int) -> None:
    """Print the lowest losses."""
    problem = tasks()["mlp"]()
    rules: dict[str, Callable] = {"adam": lambda tx: tx, "orthogonal(adam)": orthogonal, "polar(adam)": polar}
    for name, around in rules.items():
        losses = {
            rate: runs(problem, around(adam(linear(rate, steps))), steps)[:, -1] for rate in (1e-3, 3e-3, 1e-2, 3e-2)
        }
        best = min(losses, key=lambda rate: losses[rate].mean())
        each = " ".join(f"{rate:g}: {loss.mean():.3f}" for rate, loss in losses.items())
        deviation = losses[best].std(ddof=1)
        print(f"digits    {name:18} {losses[best].mean():.4f} +- {deviation:.4f} at {best:g}; {each}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("parts", nargs="*", default=["addition", "digits"])
    parser.add_argument("--steps", type=int)
    given = parser.parse_args()
    if "addition" in given.parts:
        learn_addition(given.steps or 6000)
    if "digits" in given.parts:
        learn_digits(given.steps or 1000)


if __name__ == "__main__":
    main()
