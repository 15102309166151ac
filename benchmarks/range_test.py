"""What `tuning.range_test` suggests, by each of its rules, against a grid by `tuning.sweep`.

Each pair of task and optimizer is trained with a linear decay, from three seeds, at 13 rates around those of the test
and at every suggested rate. Printed is the validation loss at a suggested rate over that of the best rate.

Run: python benchmarks/range_test.py [STEPS] [TASK-OPTIMIZER ...]
"""

import sys

import numpy as np
from auto_tasks import tasks

from lropt_jax.optimizers import adam, sgd
from lropt_jax.tuning import range_test, sweep

RULES = {"sgd": sgd, "momentum": lambda rate: sgd(rate, momentum=0.9), "adam": adam}
PAIRS = ["wine-momentum", "mlp-adam", "diabetes-sgd", "softmax-adam", "mlp-sgd"]
SEEDS = (11, 12, 13)


def main():
    steps = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    made = tasks()
    for pair in sys.argv[2:] or PAIRS:
        task, name = pair.split("-")
        problem, rule = made[task](), RULES[name]
        rising = range_test(problem, rule, seeds=SEEDS)
        beside = range_test(problem, rule, lanes=20, steps=50, low=1e-5, seeds=SEEDS)
        suggested = {f"rising {key}": rate for key, rate in rising.by_rule.items()}
        suggested |= {f"lanes {key}": rate for key, rate in beside.by_rule.items()}
        grid = [10.0**place for place in np.linspace(-4.5, 0.5, 16)]
        found = sweep(problem, rule, rates=sorted({*grid, *suggested.values()}), steps=steps, seeds=3, on_progress=None)
        losses = {choice.rate: choice.validation for choice in found.choices(found.optimizers[0])}
        best = min(losses, key=losses.get)
        print(f"{pair}: the best rate of the grid is {best:.3g}, validation loss {losses[best]:.4g}")
        for key, rate in suggested.items():
            ratio = losses.get(rate, np.inf) / losses[best]
            print(f"    {key:16} {rate:8.2g}  {np.log10(rate / best):+.1f} decades  {ratio:.2f} x", flush=True)
        for test in (rising, beside):
            if test.rate is None:
                print(f"    no rate: {test.reason}")


main()
