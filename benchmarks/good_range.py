"""How wide the range of good rates is: decades of rate at which a network on digits reaches 95% validation accuracy.

An MLP 64-128-10 with ReLU on scikit-learn's digits, 600 steps of batches of 64, constant rates, four a decade from 1e-7
to 1e5. For rules that set themselves the "rate" is the number they are given, or are multiplied by.

Run: python benchmarks/good_range.py [RULE ...]
"""

import sys
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from sklearn.datasets import load_digits

from lropt_jax.optimizers import (
    adam,
    cocob,
    dadapt_adagrad,
    dadapt_adam,
    dadapt_adan,
    dadapt_lion,
    dadapt_sgd,
    lion,
    prodigy,
    sgd,
)
from lropt_jax.problems import Problem, solve
from lropt_jax.rates import (
    adgd,
    ali_g,
    barzilai_borwein,
    dog,
    dowg,
    gen,
    hypergradient,
    line_search,
    mechanic,
    momo,
    ngn,
    polyak,
)
from lropt_jax.schedules import product
from lropt_jax.wrappers import averaged, per_leaf, polyak_ruppert, schedule_free

STEPS, BATCH, A_DECADE = 600, 64, 4
RATES = np.logspace(-7, 5, 12 * A_DECADE + 1)
RULES = {
    "sgd": lambda rate: sgd(rate),
    "adam": lambda rate: adam(rate),
    "sgd, polyak at most": lambda rate: sgd(polyak(rate)),
    "sgd, ali_g at most": lambda rate: sgd(ali_g(rate)),
    "sgd, ngn": lambda rate: sgd(ngn(rate)),
    "sgd, momo": lambda rate: sgd(momo(rate), momentum=0.9, dampening=0.9),
    "adam, momo": lambda rate: adam(momo(rate)),
    "sgd, hypergradient from": lambda rate: sgd(hypergradient(rate, beta=0.02)),
    "adam, hypergradient from": lambda rate: adam(hypergradient(rate, beta=0.02)),
    "sgd, mechanic of": lambda rate: sgd(mechanic(rate)),
    "adam, mechanic of": lambda rate: adam(mechanic(rate)),
    "lion, mechanic of": lambda rate: lion(mechanic(rate)),
    "sgd, dog times": lambda rate: sgd(product(dog(), rate)),
    "sgd, dog times, averaged": lambda rate: polyak_ruppert(sgd(product(dog(), rate)), power=8),
    "sgd, dog per leaf times, averaged": lambda rate: polyak_ruppert(per_leaf(sgd(product(dog(), rate))), power=8),
    "sgd, dowg times": lambda rate: sgd(product(dowg(), rate)),
    "adam, dowg times": lambda rate: adam(product(dowg(), rate)),
    "sgd, adgd from": lambda rate: sgd(adgd(rate)),
    "sgd, barzilai_borwein from": lambda rate: sgd(barzilai_borwein(rate)),
    "sgd, gen from": lambda rate: sgd(gen(rate)),
    "adam, gen from": lambda rate: adam(gen(rate)),
    "sgd, line_search from": lambda rate: sgd(line_search(rate)),
    "prodigy times": lambda rate: prodigy(rate),
    "dadapt_adam times": lambda rate: dadapt_adam(rate),
    "dadapt_adan times": lambda rate: dadapt_adan(rate),
    "dadapt_adagrad times": lambda rate: dadapt_adagrad(rate),
    "dadapt_lion times": lambda rate: dadapt_lion(rate),
    "dadapt_sgd times": lambda rate: dadapt_sgd(rate),
    "cocob times": lambda rate: cocob(rate),
    "schedule_free sgd": lambda rate: schedule_free(sgd(rate)),
    "schedule_free adam": lambda rate: schedule_free(adam(rate, b1=0.0)),
}


def digits() -> Problem:
    """Classify digits; validation gives the share of errors on 360 images that training does not see."""
    data, labels = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(data))
    x, y = (data[order] / 16).astype(np.float32), labels[order].astype(np.int32)

    def logits(params: Any, x: jax.Array) -> jax.Array:
        return jax.nn.relu(x @ params["in"] + params["b"]) @ params["out"] + params["c"]

    def loss(params: Any, batch: Any) -> jax.Array:
        x, y = batch
        return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(logits(params, x)), y[:, None], axis=1))

    def init(key: jax.Array) -> Any:
        he, (first, second) = jax.nn.initializers.he_normal(), jax.random.split(key)
        return {"in": he(first, (64, 128)), "b": jnp.zeros(128), "out": he(second, (128, 10)), "c": jnp.zeros(10)}

    def errors(params: Any, state: Any, key: jax.Array) -> jax.Array:
        return jnp.mean(jnp.argmax(logits(params, x[1437:]), axis=1) != y[1437:])

    training = Problem.from_loss(loss, init, (x[:1437], y[:1437]), batch_size=BATCH)
    return Problem(training.init, training.field, validate=errors, name="digits")


PROBLEM = digits()


@jax.jit
def accuracies(txs: Any) -> jax.Array:
    """The validation accuracy that each lane ends with, 0 for what is not finite."""

    def one(tx: Any) -> jax.Array:
        solution = solve(PROBLEM, tx, jax.random.key(0), STEPS)
        try:
            params = averaged(solution.optimizer_state)
        except ValueError:  # keeps no average
            params = solution.params
        finite = jnp.all(jnp.array([jnp.all(jnp.isfinite(leaf)) for leaf in jax.tree.leaves(params)]))
        return jnp.where(finite, 1 - PROBLEM.validate(params, (), jax.random.key(0)), 0)

    return jax.lax.map(one, txs, batch_size=16)


if __name__ == "__main__":
    for name in sys.argv[1:] or RULES:
        txs = jax.tree.map(lambda *leaves: jnp.stack(leaves), *[RULES[name](float(rate)) for rate in RATES])
        found = np.asarray(accuracies(txs))
        good = RATES[found >= 0.95]
        reach = f"from {good[0]:.1e} to {good[-1]:.1e}" if len(good) else ""
        print(f"{name:<34} {len(good) / A_DECADE:5.2f} decades {reach}   best {found.max():.3f}", flush=True)
