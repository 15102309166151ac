"""`tuning.auto` and `tuning.halving` against a fully tuned linear decay, on the same starts and batches.

The tuned rate: 13 rates from 1e-5 to 10 from one seed, then 13 rates a tenth of a decade apart around the best, three
seeds each; the lowest validation loss. What was tuned is kept in the file that TUNED names. `halving` chooses one of 30
rates from 1e-4 to 10 with one seed.

Then five other seeds: each trains at the tuned rate, with `auto`, and at the rate that halving chose. A ratio is the
mean validation loss over that at the tuned rate, +- half of the 95% interval of the mean difference, seed by seed.
`exponent` is the one that would have led from the probes of `auto` to the tuned rate.

Run: python benchmarks/auto.py [STEPS] [TASK-OPTIMIZER ...]
"""

import json
import os
import sys
from pathlib import Path
from typing import NamedTuple

import jax
import numpy as np
from auto_tasks import tasks
from scipy.stats import t as student

from lropt_jax.optimizers import adagrad, adam, adamw, lion, muon, nadam, rmsprop, sgd
from lropt_jax.problems import solve
from lropt_jax.schedules import linear
from lropt_jax.tuning import auto, halving, sweep

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
    "deep-momentum", "diabetes-sgd", "autoencoder-adam", "autoencoder-adagrad",
]  # fmt: skip
HELD_OUT = [  # nobody chose a constant of `auto` on these
    "convolution-adam", "convolution-momentum", "attention-adamw", "attention-lion", "attention-muon",
    "factorization-nadam", "factorization-sgd",
]  # fmt: skip
SEEDS = (11, 12, 13, 14, 15)


class Row(NamedTuple):
    """One pair: what was lost against the tuned rate."""

    auto: float
    halving: float


def tuned(problem, rule, steps):
    coarse = sweep(problem, rule, rates=np.logspace(-5, 1, 13), steps=steps, seeds=1, on_progress=None).best().rate
    rates = coarse * 10 ** np.linspace(-0.6, 0.6, 13)
    best = sweep(problem, rule, rates=rates, steps=steps, seeds=3, on_progress=None).best()
    return best.rate, best.validation


def end(problem, solution):
    return float(problem.validate(solution.params, solution.state, jax.random.key(0)))


def against(ends, of_tuned):
    """The ratio of the means, and half of the 95% interval of the paired difference over the tuned mean.

    A seed whose run at the tuned rate diverged counts for nobody.
    """
    ends, of_tuned = np.array([ends, of_tuned])[:, np.isfinite(of_tuned)]
    differences = np.subtract(ends, of_tuned)
    error = differences.std(ddof=1) / np.sqrt(len(differences)) * student.ppf(0.975, len(differences) - 1)
    return np.mean(ends) / np.mean(of_tuned), error / np.mean(of_tuned)


def compare(pair, problem, rule, rate, steps):
    def at(peak):
        return [end(problem, solve(problem, rule(linear(peak, steps)), jax.random.key(s), steps)) for s in SEEDS]

    runs = [auto(problem, rule, steps=steps, key=jax.random.key(seed), on_progress=None) for seed in SEEDS]
    rates = np.logspace(-4, 1, 30)
    halved = halving(problem, {"own": rule}, steps=steps, rates=rates, seeds=1, schedule=linear, on_progress=None)
    of_tuned, chosen = at(rate), halved.best().rate
    ours, error = against([end(problem, run.solution) for run in runs], of_tuned)
    theirs, other = against(at(chosen), of_tuned)
    found = np.exp(np.mean(np.log([run.found.rate for run in runs])))
    exponent = np.log(rate / found) / np.log(steps / runs[0].found.steps)
    rates = " ".join(f"{run.rate:.3g}" for run in runs)
    cost = np.mean([run.cost for run in runs])
    print(
        f"{pair:22} tuned {rate:.3g} -> {np.nanmean(of_tuned):.4g}, diverged {np.sum(~np.isfinite(of_tuned))}",
        f"| auto {ours:.3f} +- {error:.3f}, cost {cost:.2f}, rates {rates}, exponent {exponent:.2f}",
        f"| halving {theirs:.3f} +- {other:.3f}, cost {halved.cost:.1f}, rate {chosen:.3g} |",
        *{flag for run in runs for flag in run.flags},
        flush=True,
    )
    return Row(ours, theirs)


def main():
    steps = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    kept = Path(os.environ.get("TUNED", f"tuned-{steps}.json"))
    known = json.loads(kept.read_text()) if kept.exists() else {}
    made, rows = tasks(), {}
    for pair in sys.argv[2:] or PAIRS + HELD_OUT:
        task, name = pair.split("-")
        problem, rule = made[task](), RULES[name]
        if pair not in known:
            known[pair] = tuned(problem, rule, steps)
            kept.write_text(json.dumps(known))
        rows[pair] = compare(pair, problem, rule, known[pair][0], steps)
    for label, some in (("all", rows), ("held out", {pair: rows[pair] for pair in HELD_OUT if pair in rows})):
        for method in Row._fields:
            ratios = [getattr(row, method) for row in some.values()]
            if ratios:
                print(
                    f"{label}: {method} median {np.median(ratios):.3f}, worst {np.max(ratios):.3f}, {len(ratios)} pairs"
                )


main()
