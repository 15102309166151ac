"""`tuning.auto` against a fully tuned linear decay: the validation loss over that of the best rate.

The best rate: 13 rates from 1e-5 to 10 from one seed, then 13 rates a tenth of a decade apart around the best, three
seeds each. `auto` runs from three other seeds. What was tuned is kept in the file that TUNED names.
`exponent` is the one that would have led from the probes to the tuned rate.

Run: python benchmarks/auto.py [STEPS] [TASK-OPTIMIZER ...]
"""

import json
import os
import sys
from pathlib import Path

import jax
import numpy as np
from auto_tasks import tasks

from lropt_jax.optimizers import adagrad, adam, adamw, lion, muon, nadam, rmsprop, sgd
from lropt_jax.tuning import auto, sweep

RULES = {
    "sgd": lambda rate: sgd(rate),
    "momentum": lambda rate: sgd(rate, momentum=0.9),
    "adam": lambda rate: adam(rate),
    "adamw": lambda rate: adamw(rate, weight_decay=0.01),
    "nadam": lambda rate: nadam(rate),
    "rmsprop": lambda rate: rmsprop(rate),
    "adagrad": lambda rate: adagrad(rate),
    "lion": lambda rate: lion(rate),
    "muon": lambda rate: muon(rate),
}
PAIRS = [
    "vae-adam", "vae-sgd", "vae-rmsprop", "softmax-sgd", "softmax-adam", "logistic-sgd", "logistic-adam",
    "wine-momentum", "mlp-sgd", "mlp-momentum", "mlp-adam", "mlp-lion", "mlp-muon", "deep-adamw",
    "deep-momentum", "diabetes-sgd", "autoencoder-adam", "autoencoder-adagrad", "convolution-adam",
    "convolution-momentum", "attention-adamw", "attention-lion", "attention-muon", "factorization-nadam",
    "factorization-sgd",
]  # fmt: skip
SEEDS = (11, 12, 13)


def gmean(rates):
    return np.exp(np.mean(np.log(rates)))


def tuned(problem, rule, steps):
    coarse = sweep(problem, rule, rates=np.logspace(-5, 1, 13), steps=steps, seeds=1).best().rate
    rates = coarse * 10 ** np.linspace(-0.6, 0.6, 13)
    best = sweep(problem, rule, rates=rates, steps=steps, seeds=3).best()
    return best.rate, best.validation


def main():
    steps = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    kept = Path(os.environ.get("TUNED", f"tuned-{steps}.json"))
    known = json.loads(kept.read_text()) if kept.exists() else {}
    ratios = []
    made = tasks()
    for pair in sys.argv[2:] or PAIRS:
        task, name = pair.split("-")
        problem, rule = made[task](), RULES[name]
        if pair not in known:
            known[pair] = tuned(problem, rule, steps)
            kept.write_text(json.dumps(known))
        rate, best = known[pair]
        runs = [auto(problem, rule, steps=steps, key=jax.random.key(seed)) for seed in SEEDS]
        key = jax.random.split(jax.random.key(0))[0]
        ends = [float(problem.validate(run.solution.params, run.solution.state, key)) for run in runs]
        ratio = np.mean(ends) / best
        ratios.append(ratio)
        rates = " ".join(f"{run.rate:.3g}" for run in runs)
        cost = np.mean([run.cost for run in runs])
        right = np.log(rate / gmean([run.found.rate for run in runs])) / np.log(steps / runs[0].found.steps)
        flags = {flag for run in runs for flag in run.flags}
        ours = f"auto {rates}; cost {cost:.2f}; exponent {right:.2f}"
        print(f"{pair:22} {ratio:.3f}  tuned {rate:.3g} -> {best:.4g}; {ours}", *flags, flush=True)
    print("median", np.median(ratios), "worst", max(ratios), len(ratios))


main()
