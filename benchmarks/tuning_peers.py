"""1, 8, 32 and 128 rates of Adam through `sweep`, and in the ways that people do it, from nothing compiled and again.

(a) a Python loop over rates, `optax.adam(rate)` compiled anew for each, a jitted step at a time;
(b) one compiled `lax.scan` for a whole run, called for one rate after another;
(c) Optuna asks (b) for one rate after another, and is told the loss;
vmap, map: (b) for all rates in one program.

Above 8 rates (a) is not run: what stands there is its time at 8 rates, times as many. Again is other rates, with all
that can be compiled beforehand; (a) compiles again. Medians of interleaved rounds: three, but from nothing compiled
one for 32 and 128 rates. "records" times what progress, records and resuming add to a sweep.

Run: python benchmarks/tuning_peers.py [logistic] [digits] [vae] [wide] [records] [--share 1.0] [--rates 1,8,32,128]
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import optuna
from sweep_speed import classifier, loop_anew, whole_run
from timing import interleaved

from lropt_jax.optimizers import adam
from lropt_jax.problems import Problem, vae
from lropt_jax.tuning import log_rates, sweep

ROUNDS = 3
MEASURED = 8  # rates up to which (a) is run
KEY = jax.random.key(0)
TASKS = {
    "logistic": lambda: classifier("softmax regression 64-10", [64, 10]),
    "digits": lambda: classifier("digits MLP 64-128-10", [64, 128, 10]),
    "vae": vae,
    "wide": lambda: classifier("MLP 64-512-10", [64, 512, 10]),
}
STEPS = {"logistic": 500, "digits": 200, "vae": 100, "wide": 40, "records": 3000}
Peer = Callable[[list[float]], object]


def ours(problem: Problem, steps: int) -> Peer:
    return lambda rates: sweep(problem, adam, rates=rates, steps=steps, seeds=1, schedule=None, on_progress=None)


def anew(problem: Problem, steps: int) -> Peer:
    return lambda rates: loop_anew(problem, rates, steps)()


def sequence(problem: Problem, steps: int) -> Peer:
    run = jax.jit(whole_run(problem, steps))
    return lambda rates: [run(rate, KEY).block_until_ready() for rate in rates]


def asked(problem: Problem, steps: int) -> Peer:
    run = jax.jit(whole_run(problem, steps))

    def all_asked(rates: list[float]) -> None:
        study = optuna.create_study(sampler=optuna.samplers.GridSampler({"rate": rates}, seed=0))
        study.optimize(lambda trial: float(run(trial.suggest_float("rate", 1e-6, 10.0, log=True), KEY)), len(rates))

    return all_asked


def vmapped(problem: Problem, steps: int) -> Peer:
    run = jax.jit(jax.vmap(whole_run(problem, steps), (0, None)))
    return lambda rates: run(jnp.array(rates), KEY).block_until_ready()


def mapped(problem: Problem, steps: int) -> Peer:
    run = jax.jit(lambda rates: jax.lax.map(lambda rate: whole_run(problem, steps)(rate, KEY), rates))
    return lambda rates: run(jnp.array(rates)).block_until_ready()


PEERS = {
    "sweep": ours,
    "(a) compiled for each rate": anew,
    "(b) compiled once": sequence,
    "(c) Optuna drives (b)": asked,
    "vmap": vmapped,
    "map": mapped,
}
BEST_OF = ("(b) compiled once", "vmap", "map")


def timed(task: str, count: int, steps: int) -> tuple[dict[str, float], dict[str, float]]:
    """Median seconds of each peer from nothing compiled, and again."""
    cold: dict[str, list[float]] = {}
    ready: dict[str, Peer] = {}
    first, second = ([factor * rate for rate in log_rates(1e-4, 1e-1, max(2, count))[:count]] for factor in (1, 1.1))
    peers = {name: make for name, make in PEERS.items() if make is not anew or count <= MEASURED}
    for _ in range(ROUNDS if count <= MEASURED else 1):
        for name, make in peers.items():
            jax.clear_caches()
            ready[name] = make(TASKS[task](), steps)
            cold.setdefault(name, []).extend(interleaved({name: lambda name=name: ready[name](first)}, 1)[name])
    for name, run in ready.items():  # the last peer cleared what was compiled for those before
        if PEERS[name] is not anew:
            run(first[:1] if name.startswith("(") else first)
    again = {name: run for name, run in ready.items() if PEERS[name] is not anew}
    warm = interleaved({name: lambda run=run: run(second) for name, run in again.items()}, ROUNDS)
    found = [{name: statistics.median(each) for name, each in seconds.items()} for seconds in (cold, warm)]
    if count <= MEASURED:
        found[1]["(a) compiled for each rate"] = found[0]["(a) compiled for each rate"]
    return found[0], found[1]


def table(task: str, counts: list[int], steps: int) -> None:
    found = {count: timed(task, count, steps) for count in counts}
    largest = max([count for count in counts if count <= MEASURED], default=None)
    for place, title in enumerate(("from nothing compiled", "again, with other rates")):
        print(f"\n{TASKS[task]().name}, {steps} steps, {title}: seconds (times ours)")
        print("| | " + " | ".join(f"{count} rates" for count in counts) + " |")
        print("| --- |" + " --- |" * len(counts))
        for name in PEERS:
            cells = []
            for count in counts:
                seconds = found[count][place]
                guess = name not in seconds
                if guess and largest is None:
                    cells.append("-")
                    continue
                took = found[largest][place][name] * count / largest if guess else seconds[name]
                cells.append(f"{took:.2f} ({took / seconds['sweep']:.1f} x)" + ", extrapolated" * guess)
            print(f"| {name} | " + " | ".join(cells) + " |")
        best = {count: min(found[count][place][name] for name in BEST_OF) for count in counts}
        ratios = ", ".join(f"{found[count][place]['sweep'] / best[count]:.2f}" for count in counts)
        print(f"sweep over the best of {', '.join(BEST_OF)}: {ratios}")


def records(steps: int) -> None:
    """What a sweep of 8 rates takes with and without progress, records and a folder to resume from."""
    problem, told = vae(), []

    def run(progress: bool = False, kept: bool = False, resume: bool = False) -> None:
        rates = [rate * (1 + 1e-4 * len(told)) for rate in log_rates(1e-3, 1e-1, 8)]  # so that nothing is resumed
        told.append(rates)
        with tempfile.TemporaryDirectory() as folder:
            how = {"resume": folder} if resume else {}
            found = sweep(
                problem, adam, rates=rates, steps=steps, seeds=1, lanes_per_program=1,
                on_progress=(lambda now: told[-1]) if progress else None, **how,
            )  # fmt: skip
            if kept:
                found.write_jsonl(Path(folder) / "runs.jsonl")
                found.save(Path(folder) / "run")

    ways = {
        "alone": run,
        "with progress": lambda: run(progress=True),
        "with progress and records": lambda: run(progress=True, kept=True),
        "with progress, records and resume": lambda: run(progress=True, kept=True, resume=True),
    }
    run()
    seconds = interleaved(ways, 5, lambda: np.array([time.perf_counter(), time.process_time()]))  # type: ignore[arg-type]
    print(f"\nautoencoder, 8 rates, {steps} steps; medians over the sweep alone, of five interleaved rounds")
    for name in ways:
        took = np.median(seconds[name], axis=0)[0]
        over = np.median(np.divide(seconds[name], seconds["alone"]), axis=0) - 1
        print(f"  {name:<36} {took:7.3f} s  {over[0]:+.1%} of the time, {over[1]:+.1%} of the processor's")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("tasks", nargs="*", choices=[*TASKS, "records"], default=[*TASKS, "records"])
    parser.add_argument("--share", type=float, default=1.0, help="of the steps of each task")
    parser.add_argument("--rates", type=lambda text: [int(count) for count in text.split(",")], default=[1, 8, 32, 128])
    given = parser.parse_args()
    jax.config.update("jax_enable_compilation_cache", False)
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    for task in given.tasks:
        steps = max(1, round(given.share * STEPS[task]))
        if task == "records":
            records(steps)
        else:
            table(task, given.rates, steps)


if __name__ == "__main__":
    main()
