"""The greedy bias of `tuning.population`: its loss over that of the best `linear` and of the best constant rate.

24 lanes from the same start, rates from 1e-4 to 1, with 20 rounds and with 100. Beside it stands when the rate had
fallen to a tenth of its largest, as a share of the run. `linear` does so at 0.9.

Run: python benchmarks/population.py [STEPS] [TASK-OPTIMIZER ...]
"""

import functools
import sys

import jax
import numpy as np
from auto_tasks import tasks

from lropt_jax.optimizers import adam, sgd
from lropt_jax.tuning import population, sweep

RULES = {"sgd": sgd, "momentum": functools.partial(sgd, momentum=0.9), "adam": adam}
PAIRS = ["softmax-sgd", "mlp-adam", "autoencoder-adam", "factorization-sgd"]
SEEDS = (11, 12, 13)


def main():
    steps = int(sys.argv[1]) if len(sys.argv) > 1 else 900
    made = tasks()
    for pair in sys.argv[2:] or PAIRS:
        task, rule = pair.split("-")
        problem, how = made[task](), {"steps": steps, "seeds": SEEDS, "on_progress": None}
        best = sweep(problem, {rule: RULES[rule]}, **how).best().validation
        constant = sweep(problem, {rule: RULES[rule]}, schedule=None, **how).best().validation
        for rounds in (20, 100):
            runs = [
                population(problem, {rule: RULES[rule]}, steps=steps, key=jax.random.key(seed), every=steps // rounds)
                for seed in SEEDS
            ]
            end, tenths = np.mean([run.validation for run in runs]), []
            for run in runs:
                rates = np.asarray(run.schedule(np.arange(steps)))
                low = np.flatnonzero((rates <= rates.max() / 10) & (np.arange(steps) > rates.argmax()))
                tenths.append(f"{low[0] / steps:.2f}" if len(low) else "never")
            print(
                f"{pair:20} {rounds:3} rounds: {end / best:.3f} x linear, {end / constant:.3f} x constant "
                f"(linear {best:.4g}); a tenth at {' '.join(tenths)}",
                flush=True,
            )


main()
