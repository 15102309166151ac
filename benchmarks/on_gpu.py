"""All that an accelerator may change, in one command; on a CPU the same at smaller sizes.

It is meant to take less than five minutes on one GPU.

(a) `laws`: five steps of every optimizer, rate and wrapper on the default device against the CPU's numbers.
(b) `updates`: milliseconds, bytes moved and the share of the bandwidth, beside Optax and, where installed, torch.
(c) `lanes`: sweeps of 1, 8, 32 and 128 lanes against a loop over one compiled run.
(d) `state`: slots in bf16 and 8 bits, and the rows of an embedding.
(e) `tune`: `lropt tune` from nothing to its table.

Bytes moved are those that an update must move: gradients, parameters and state are read, the latter two written. The
bandwidth is that of a large array on the same device to which 1 is added in its place. Times are medians of interleaved
rounds.

Run: python benchmarks/on_gpu.py [laws] [updates] [lanes] [state] [tune] [--small]
"""

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from sparse_rows import Dense, ours
from sweep_speed import classifier, whole_run
from timing import interleaved
from torch_updates import torch_updates
from update_cost import Step, many_leaves, one_leaf, peers, transformer

from lropt_jax.optimizers import adam
from lropt_jax.problems import vae
from lropt_jax.tuning import log_rates, sweep
from lropt_jax.wrappers import small_state

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from meshed import loss, step, units

SMALL = jax.default_backend() == "cpu" or "--small" in sys.argv
ROUNDS = 3 if SMALL else 20
TREES: dict[str, Callable[[], Any]] = {
    f"one leaf of {'1M' if SMALL else '50M'}": lambda: one_leaf(1_000_000 if SMALL else 50_000_000),
    f"transformer, width {64 if SMALL else 448}": lambda: transformer(64 if SMALL else 448),
    f"transformer, width {128 if SMALL else 1440}": lambda: transformer(128 if SMALL else 1440),
    f"{50 if SMALL else 2000} leaves of 64": lambda: many_leaves(50 if SMALL else 2000),
}
SHOWN = ("sgd, momentum", "adam", "adamw", "lion")
LANES, STEPS = ((1, 8), 20) if SMALL else ((1, 8, 32, 128), 300)


def laws(names: Any = None) -> float:
    """The largest difference of parameters, relative to the largest of their leaf, for each unit."""
    worst = 0.0
    for name, values in units().items():
        if "." in name or (names and name not in names):  # those under other libraries' names are ours
            continue
        here, there = (after(values[0], device) for device in (jax.devices()[0], jax.devices("cpu")[0]))
        found = max(
            float(np.max(np.abs(a - b)) / max(np.max(np.abs(b)), 1e-30)) for a, b in zip(here, there, strict=True)
        )
        worst = max(worst, found) if found == found else found
        print(f"  {found:8.1e}  {name}", flush=True)
    print(f"  {worst:8.1e}  the largest")
    return worst


def after(tx: Any, device: jax.Device) -> list[np.ndarray]:
    """The parameters after five steps on a device."""
    random = np.random.default_rng(0)
    shapes = {"matrix": (16, 8), "stack": (2, 8, 4), "vector": (8,)}
    params = {name: jnp.asarray(random.normal(size=shape), jnp.float32) for name, shape in shapes.items()}
    with jax.default_device(device):
        params = jax.device_put(params, device)
        state, update = tx.init(params), jax.jit(lambda params, state: step(tx, params, state))
        for _ in range(5):
            params, state = update(params, state)
    assert np.isfinite(loss(params))
    return [np.asarray(leaf) for leaf in jax.tree.leaves(params)]


def bandwidth() -> float:
    """Bytes a second that are read and written where an array is changed in its place."""
    held, change = [jnp.ones(2**24 if SMALL else 2**28)], jax.jit(lambda x: x + 1, donate_argnums=0)

    def run() -> None:
        held[0] = change(held[0]).block_until_ready()

    run()
    return 2 * held[0].nbytes / statistics.median(interleaved({"change": run}, 20)["change"])


def moved(run: Step) -> int:
    """The bytes that an update cannot do without."""
    kept = sum(leaf.nbytes for leaf in jax.tree.leaves((run.params, run.state)))
    return 2 * kept + sum(leaf.nbytes for leaf in jax.tree.leaves(run.grads))


def show(title: str, runs: dict[str, Any], peak: float) -> None:
    """Print what each run takes beside the first one."""
    for run in runs.values():
        run()
    times = interleaved(runs, ROUNDS)
    first, *_ = times.values()
    for name, own in times.items():
        seconds, ratio = statistics.median(own), statistics.median(a / b for a, b in zip(own, first, strict=True))
        more = ""
        if isinstance(runs[name], Step):
            size = moved(runs[name])
            more = f"{size / 1e6:9.1f} MB  {100 * size / seconds / peak:5.1f}% of the bandwidth"
        print(f"  {title:<46} {name:<24} {1e3 * seconds:9.3f} ms {ratio:6.2f} x  {more}", flush=True)


def updates() -> None:
    peak, pairs = bandwidth(), peers(1e-3)
    print(f"  the bandwidth is {peak / 1e9:.1f} GB/s")
    for tree, make in TREES.items():
        for name in SHOWN:
            runs: dict[str, Any] = dict(zip(("ours", "Optax"), (Step(tx, make()) for tx in pairs[name]), strict=True))
            runs |= torch_updates(name, [leaf.shape for leaf in jax.tree.leaves(make())])
            show(f"{name}, {tree}", runs, peak)


def lanes() -> None:
    for problem in (classifier("digits MLP 64-128-10", [64, 128, 10]), vae()):
        whole = jax.jit(whole_run(problem, STEPS))
        for count in LANES:
            rates = log_rates(1e-4, 1e-1, count) if count > 1 else [1e-3]

            def swept(width: int | None, rates: Any = rates, problem: Any = problem) -> Any:
                return sweep(problem, adam, rates=rates, steps=STEPS, seeds=1, schedule=None, lanes_per_program=width)

            def loop(rates: Any = rates, whole: Any = whole) -> None:
                for rate in rates:
                    whole(rate, jax.random.key(0)).block_until_ready()

            chosen = swept(None).engine["why"]
            runs = {"sweep": lambda swept=swept: swept(None), "a loop of scans": loop}
            runs["all lanes in one program"] = lambda swept=swept, count=count: swept(count)
            show(f"{problem.name}, {count} lanes", runs, 1.0)
            print(f"    {chosen}")


def state() -> None:
    peak, make = bandwidth(), next(iter(TREES.values()))
    forms = {"float32": adam(1e-3), "bf16": small_state(adam(1e-3)), "int8": small_state(adam(1e-3), "int8")}
    show("adam, one leaf", {name: Step(tx, make()) for name, tx in forms.items()}, peak)
    height = 20_000 if SMALL else 1_000_000
    show(f"adam, {height:,} rows of 64", {"Optax, dense": Dense(height), **ours(height)}, peak)


def tune() -> None:
    words = ["tune", *(["--steps", "20"] if SMALL else []), "--out", tempfile.mkdtemp()]
    began = time.perf_counter()
    program = "import sys; from lropt_jax.cli import main; sys.exit(main())"
    done = subprocess.run([sys.executable, "-c", program, *words], capture_output=True, text=True, check=False)
    print(
        f"  lropt {' '.join(words)}: {time.perf_counter() - began:.1f} s, exit {done.returncode} {done.stderr[-300:]}"
    )


def main() -> None:
    print(f"{jax.devices()[0].device_kind}, JAX {jax.__version__}, Optax {optax.__version__}{', small' * SMALL}")
    parts = {"laws": laws, "updates": updates, "lanes": lanes, "state": state, "tune": tune}
    began = time.perf_counter()
    for name in [word for word in sys.argv[1:] if word in parts] or parts:
        print(f"\n{name}", flush=True)
        parts[name]()
    print(f"\n{time.perf_counter() - began:.0f} s in all")


if __name__ == "__main__":
    main()
