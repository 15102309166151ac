"""How near rates that set themselves come to the minimum, beside an Adam that was tuned.

Softmax regression with an L2 penalty on scikit-learn's breast cancer and wine, standardised, and digits, in units of 16
grey levels; 1,000 steps of batches of 16, five seeds, f* by L-BFGS. Printed is the mean gap to f* over that of Adam at
the best of 10 rates under linear decay: 1.0 is as good as tuning. Averages are evaluated where a rule keeps one.

Run: python benchmarks/convex_gap.py [RULE ...]
"""

import sys
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from sklearn import datasets

from lropt_jax import lift, tuning
from lropt_jax.optimizers import adam, cocob, dadapt_adam, dadapt_lion, dadapt_sgd, lion, prodigy, sgd
from lropt_jax.problems import Problem, solve
from lropt_jax.rates import ali_g, dog, dowg, hypergradient, mechanic, momo, ngn, polyak
from lropt_jax.schedules import linear, product, warmup
from lropt_jax.wrappers import averaged, per_leaf, polyak_ruppert, schedule_free

STEPS, BATCH, SEEDS, L2 = 1000, 16, 5, 1e-3
DECAY = linear(1.0, STEPS)
RULES = {
    "prodigy, linear": prodigy(DECAY),
    "prodigy, linear, corrected": prodigy(DECAY, bias_correction=True),
    "dadapt_adam, linear": dadapt_adam(DECAY),
    "dadapt_sgd, linear": dadapt_sgd(DECAY),
    "dadapt_lion, linear": dadapt_lion(DECAY),
    "dog": sgd(dog()),
    "dog, averaged": polyak_ruppert(sgd(dog()), power=8),
    "dog, linear": sgd(product(dog(), DECAY)),
    "dog per leaf, averaged": polyak_ruppert(per_leaf(sgd(dog())), power=8),
    "dowg, averaged": polyak_ruppert(sgd(dowg()), power=8),
    "dowg, linear": sgd(product(dowg(), DECAY)),
    "adam of dowg, linear": adam(product(dowg(), DECAY)),
    "mechanic of sgd, linear": sgd(mechanic(DECAY)),
    "mechanic of adam, linear": adam(mechanic(DECAY)),
    "mechanic of lion, linear": lion(mechanic(DECAY)),
    "cocob": cocob(),
    "cocob, averaged": polyak_ruppert(cocob()),
    "polyak, at most 1": sgd(polyak(1.0)),
    "ali_g, at most 1": sgd(ali_g(1.0)),
    "ngn, at most 1": sgd(ngn(1.0)),
    "momo, at most 1": sgd(momo(1.0, bias_correction=True), momentum=0.9, dampening=0.9),
    "momo of adam, at most 1e-2": adam(momo(1e-2)),
    "hypergradient of adam, from 1e-3": adam(hypergradient(1e-3, beta=0.02)),
    "schedule_free sgd 1": schedule_free(sgd(warmup(lambda step: 1.0, 50))),
    "schedule_free adam 1e-2": schedule_free(adam(warmup(lambda step: 1e-2, 50), b1=0.0)),
    "schedule_free prodigy": schedule_free(prodigy(b1=0.0), point="z"),
    "adam 1e-3": adam(1e-3),
    "optax: prodigy, linear": lift(optax.contrib.prodigy)(DECAY),
    "optax: dadapt_adamw, linear": lift(optax.contrib.dadapt_adamw)(DECAY),
    "optax: dowg, averaged": polyak_ruppert(lift(optax.contrib.dowg)(), power=8),
    "optax: mechanize of adam, linear": lift(optax.contrib.mechanize, static=["num_betas"])(adam(DECAY)),
    "optax: momo_adam, at most 1e-2": lift(optax.contrib.momo_adam)(1e-2),
    "optax: cocob": lift(optax.contrib.cocob)(),
}


def softmax_regression(load: Any, unit: float | None = None) -> tuple[Problem, Problem]:
    """The problem in batches, and the same with all data at each step."""
    data, labels = load(return_X_y=True)
    features = ((data - data.mean(axis=0)) / (data.std(axis=0) if unit is None else unit)).astype(np.float32)

    def loss(params: Any, batch: Any) -> jax.Array:
        x, y = batch
        log_likelihood = jax.nn.log_softmax(x @ params["kernel"] + params["bias"])
        fit = -jnp.mean(jnp.take_along_axis(log_likelihood, y[:, None], axis=1))
        return fit + L2 / 2 * optax.tree.norm(params, squared=True)

    def init(key: jax.Array) -> Any:
        return {"kernel": jnp.zeros((features.shape[1], labels.max() + 1)), "bias": jnp.zeros(labels.max() + 1)}

    whole = (features, labels.astype(np.int32))
    batches = Problem.from_loss(loss, init, whole, batch_size=BATCH, validation=whole)
    return batches, Problem.from_loss(loss, init, whole, validation=whole)


def minimum(problem: Problem) -> float:
    return float(jnp.min(solve(problem, optax.lbfgs(), jax.random.key(0), 300).values))


@jax.jit
def losses(problem: Problem, tx: Any) -> jax.Array:
    """The loss over all data that each seed ends with."""

    def one(seed: jax.Array) -> jax.Array:
        solution = solve(problem, tx, jax.random.key(seed), STEPS)
        try:
            params = averaged(solution.optimizer_state)
        except ValueError:  # keeps no average
            params = solution.params
        return problem.validate(params, (), jax.random.key(0))

    return jax.vmap(one)(jnp.arange(SEEDS))


if __name__ == "__main__":
    names = sys.argv[1:] or list(RULES)
    problems = {
        "breast cancer": softmax_regression(datasets.load_breast_cancer),
        "wine": softmax_regression(datasets.load_wine),
        "digits": softmax_regression(datasets.load_digits, unit=16),
    }
    best = {}
    for name, (batches, whole) in problems.items():
        least = minimum(whole)
        gaps = {rate: float(jnp.mean(losses(batches, adam(linear(rate, STEPS))))) - least
                for rate in tuning.log_rates(1e-3, 1.0, 10)}  # fmt: skip
        rate = min(gaps, key=gaps.__getitem__)
        best[name] = least, gaps[rate]
        print(f"{name}: f* {least:.6f}, Adam at {rate:.3g} {gaps[rate]:.2e} above it", flush=True)
    for rule in names:
        ratios = [(float(jnp.mean(losses(problems[name][0], RULES[rule]))) - best[name][0]) / best[name][1]
                  for name in problems]  # fmt: skip
        print(f"{rule:<34} " + "  ".join(f"{name} {ratio:8.2f}" for name, ratio in zip(problems, ratios, strict=True)),
              flush=True)  # fmt: skip
