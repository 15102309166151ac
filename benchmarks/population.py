"""The greedy bias of `tuning.population`: its loss over that of the best `linear` and of the best constant rate.

24 lanes from the same start, rates from 1e-4 to 1 (SGD: 1e-3 to 10), with 20 rounds and with 100. "quadratic" has
curvatures from 1 to 1/1000 and noise of the same covariance: its steep directions converge at once, and then its loss
falls fastest if the rate falls. Beside it stands when the rate had
fallen to a tenth of its largest, as a share of the run. `linear` does so at 0.9.

Run: python benchmarks/population.py [STEPS] [TASK-OPTIMIZER ...]
"""

import functools
import sys

import jax
import numpy as np
from auto_tasks import tasks

from lropt_jax.optimizers import adam, sgd
from lropt_jax.problems import Problem
from lropt_jax.tuning import log_rates, population, sweep

RULES = {"sgd": sgd, "momentum": functools.partial(sgd, momentum=0.9), "adam": adam}
PAIRS = ["quadratic-sgd", "softmax-sgd", "mlp-adam", "autoencoder-adam", "factorization-sgd"]
CURVATURES = np.geomspace(1, 1e-3, 30)
SEEDS = (11, 12, 13)


def quadratic():
    """A noisy quadratic with an exact loss (Wu et al. 2018, arXiv:1803.02021)."""

    def field(x, state, key):
        noise = jax.random.normal(key, x.shape) * CURVATURES**0.5
        return CURVATURES * x + noise, state, x @ (CURVATURES * x) / 2

    def judge(x, state):
        return x @ (CURVATURES * x) / 2

    return Problem(lambda key: (10 * jax.random.normal(key, (30,)), ()), field, judge=judge, name="quadratic")


def main():
    steps = int(sys.argv[1]) if len(sys.argv) > 1 else 900
    made = tasks() | {"quadratic": quadratic}
    for pair in sys.argv[2:] or PAIRS:
        task, rule = pair.split("-")
        problem, rates = made[task](), log_rates(1e-4, 1.0) if rule == "adam" else log_rates(1e-3, 10.0)
        how = {"steps": steps, "seeds": SEEDS, "rates": rates, "on_progress": None}
        best = sweep(problem, {rule: RULES[rule]}, **how).best().validation
        constant = sweep(problem, {rule: RULES[rule]}, schedule=None, **how).best().validation
        for rounds in (20, 100):
            runs = [
                population(
                    problem,
                    {rule: RULES[rule]},
                    steps=steps,
                    key=jax.random.key(seed),
                    rates=rates,
                    every=steps // rounds,
                )
                for seed in SEEDS
            ]
            end, tenths = np.mean([run.validation for run in runs]), []
            for run in runs:
                own = np.asarray(run.schedule(np.arange(steps)))
                low = np.flatnonzero((own <= own.max() / 10) & (np.arange(steps) > own.argmax()))
                tenths.append(f"{low[0] / steps:.2f}" if len(low) else "never")
            print(
                f"{pair:20} {rounds:3} rounds: {end / best:.3f} x linear, {end / constant:.3f} x constant "
                f"(linear {best:.4g}); a tenth at {' '.join(tenths)}",
                flush=True,
            )


main()
