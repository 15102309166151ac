"""24 rates of Adam through `sweep`, against what people do today: from nothing compiled, and once more.

(a) a Python loop over rates, `optax.adam(rate)` compiled anew for each, a jitted step at a time;
(b) the same loop with one compilation through `optax.inject_hyperparams`;
(c) one compiled `lax.scan` for a whole run, called for one rate after another.

Once more is other rates with all that can be compiled beforehand: everything but (a), which compiles for each rate.

Run: python benchmarks/sweep_speed.py [logistic] [mlp] [vae]
"""

import itertools
import sys
from collections.abc import Callable, Sequence

import jax
import jax.numpy as jnp
import numpy as np
import optax
from sklearn.datasets import load_digits
from timing import interleaved, report

from lropt_jax.optimizers import adam
from lropt_jax.problems import Problem, vae
from lropt_jax.tuning import log_rates, sweep

RATES = log_rates(1e-4, 1e-1, 24)
STEPS = 300
ROUNDS = 3


def digits() -> tuple[np.ndarray, np.ndarray]:
    data = load_digits()
    return (data.data / 16).astype(np.float32), data.target.astype(np.int32)


def classifier(name: str, sizes: list[int]) -> Problem:
    """Softmax regression or a multilayer perceptron on digits, batches of 128."""
    images, labels = digits()

    def init(key: jax.Array) -> list:
        keys = jax.random.split(key, len(sizes) - 1)
        shapes = list(itertools.pairwise(sizes))
        normal = jax.nn.initializers.glorot_normal()
        return [(normal(key, shape), jnp.zeros(shape[1])) for key, shape in zip(keys, shapes, strict=True)]

    def loss(params: list, batch: tuple) -> jax.Array:
        hidden, labels = batch
        for weights, bias in params[:-1]:
            hidden = jax.nn.relu(hidden @ weights + bias)
        logits = hidden @ params[-1][0] + params[-1][1]
        return optax.softmax_cross_entropy_with_integer_labels(logits, labels).mean()

    train, held_out = (images[:1437], labels[:1437]), (images[1437:], labels[1437:])
    return Problem.from_loss(loss, init, train, batch_size=128, validation=held_out, name=name)


def stepper(problem: Problem, tx: optax.GradientTransformation) -> Callable:
    @jax.jit
    def step(params, state, slots, key):
        gradient, state, loss = problem.field(params, state, key)
        updates, slots = tx.update(gradient, slots, params)
        return optax.apply_updates(params, updates), state, slots, loss

    return step


def loop_anew(problem: Problem, rates: Sequence[float] = RATES, steps: int = STEPS) -> Callable[[], None]:
    def loop() -> None:
        for rate in rates:
            tx = optax.adam(rate)
            run(problem, stepper(problem, tx), tx.init, steps)

    return loop


def loop_injected(problem: Problem) -> Callable[[], None]:
    step = stepper(problem, optax.inject_hyperparams(optax.adam)(learning_rate=0.1))

    def loop() -> None:
        for rate in RATES:
            run(problem, step, optax.inject_hyperparams(optax.adam)(learning_rate=rate).init)

    return loop


def run(problem: Problem, step: Callable, init: Callable, steps: int = STEPS) -> None:
    params, state = problem.init(jax.random.key(0))
    slots = init(params)
    for key in jax.random.split(jax.random.key(1), steps):
        params, state, slots, _ = step(params, state, slots, key)
    problem.validate(params, state, jax.random.key(2)).block_until_ready()


def whole_run(problem: Problem, steps: int = STEPS) -> Callable[[jax.Array, jax.Array], jax.Array]:
    """A run from a rate and a key to its validation loss, written by hand."""

    def whole(rate, key):
        tx = optax.adam(rate)
        params, state = problem.init(key)

        def body(carry, key):
            params, state, slots = carry
            gradient, state, loss = problem.field(params, state, key)
            updates, slots = tx.update(gradient, slots, params)
            return (optax.apply_updates(params, updates), state, slots), loss

        (params, state, _), _ = jax.lax.scan(body, (params, state, tx.init(params)), jax.random.split(key, steps))
        return problem.validate(params, state, key)

    return whole


def scans(problem: Problem) -> Callable[[], None]:
    whole = jax.jit(whole_run(problem))

    def loop() -> None:
        for rate in RATES:
            whole(rate, jax.random.key(0)).block_until_ready()

    return loop


def ours(problem: Problem) -> Callable[[], None]:
    def swept() -> None:
        factor = 1 + 0.1 * len(said)
        rates = [factor * rate for rate in RATES]
        said.append(sweep(problem, adam, rates=rates, steps=STEPS, seeds=1, schedule=None).engine["why"])

    return swept


said: list[str] = []

PEERS = {
    "sweep": ours,
    "(a) loop, optax.adam compiled for each rate": loop_anew,
    "(b) loop, inject_hyperparams, one compilation": loop_injected,
    "(c) one compiled scan, rate after rate": scans,
}


def main() -> None:
    problems = {
        "logistic": lambda: classifier("softmax regression 64-10", [64, 10]),
        "mlp": lambda: classifier("digits MLP 64-128-10", [64, 128, 10]),
        "vae": vae,
    }
    for name in sys.argv[1:] or problems:
        cold: dict[str, list[float]] = {peer: [] for peer in PEERS}
        warm: dict[str, list[float]] = {peer: [] for peer in PEERS}
        for _ in range(ROUNDS):
            for peer, prepare in PEERS.items():
                jax.clear_caches()
                again = prepare(problems[name]())
                cold[peer] += interleaved({peer: again}, 1)[peer]
                warm[peer] += cold[peer][-1:] if prepare is loop_anew else interleaved({peer: again}, 1)[peer]
        title = f"{problems[name]().name}: {len(RATES)} rates x {STEPS} steps"
        report(f"{title}, from nothing compiled", cold, ours="sweep")
        report(f"{title}, once more", warm, ours="sweep")
        print(f"  sweep chose one lane a program or many: {said[-1]}")


if __name__ == "__main__":
    main()
