"""`tuning.halving` against the whole grid at full length: the loss of the rate that it chose over that of the best.

Both train 24 rates from 1e-4 to 1 from the same three seeds. "forks": constant, then a linear fall over the last 30%.
"linear anew": `linear`, for which every rung begins anew. "linear cut": the same, but the short rungs are cut out of
the long run, as halving is usually done. A ratio compares losses of the grid, so it is that of the choice alone.

Run: python benchmarks/halving.py [STEPS] [TASK-OPTIMIZER ...]
"""

import functools
import sys
import time

import numpy as np
from auto_tasks import tasks

from lropt_jax.optimizers import adam, adamw, lion, rmsprop, sgd
from lropt_jax.schedules import linear, wsd
from lropt_jax.tuning import halving, sweep

RULES = {
    "sgd": sgd,
    "momentum": functools.partial(sgd, momentum=0.9),
    "adam": adam,
    "adamw": adamw,
    "rmsprop": rmsprop,
    "lion": lion,
}
PAIRS = ["softmax-sgd", "logistic-adam", "wine-momentum", "mlp-adam", "autoencoder-adam", "factorization-sgd"]
SEEDS = 3


def stable(rate, steps):
    return wsd(rate, steps, warmup_steps=0, cooldown_steps=max(1, round(0.3 * steps)))


def report(name, grid, found, seconds):
    best, rate = grid.best(), found.best().rate
    mine = next((choice for choice in grid.choices(grid.optimizers[0]) if choice.rate == rate), None)
    ratio = mine.validation / best.validation if mine else np.nan
    print(
        f"{name:28} {ratio:6.3f}  chosen {rate:.4g}, best {best.rate:.4g} -> {best.validation:.4g} +- "
        f"{best.validation_spread:.2g}; cost {found.cost:.1f} of {len(grid.rate)}; {seconds:.0f} s",
        flush=True,
    )
    return ratio


def main():
    steps = int(sys.argv[1]) if len(sys.argv) > 1 else 900
    made, ratios = tasks(), {}
    for pair in sys.argv[2:] or PAIRS:
        task, rule = pair.split("-")
        problem, optimizer = made[task](), RULES[rule]
        long = {"schedule": lambda rate, _: linear(rate, steps)}
        for schedule, tries in (
            (stable, {"forks": {}}),
            (linear, {"linear anew": {"schedule": linear}, "linear cut": long}),
        ):
            how = {"steps": steps, "seeds": SEEDS, "on_progress": None}
            grid = sweep(problem, {rule: optimizer}, schedule=schedule, **how)
            for name, own in tries.items():
                began = time.perf_counter()
                found = halving(problem, {rule: optimizer}, **how, **own)
                ratio = report(f"{pair} {name}", grid, found, time.perf_counter() - began)
                ratios.setdefault(name, []).append(ratio)
    for name, all_of in ratios.items():
        print(f"{name}: median {np.median(all_of):.3f}, worst {np.max(all_of):.3f}, {len(all_of)} pairs")


main()
