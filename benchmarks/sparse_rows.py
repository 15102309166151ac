"""What an update of an embedding table costs: Optax's dense Adam, `torch.optim.SparseAdam`, and `rows(adam)`.

A batch reads 4,096 rows of 64 numbers; their gradients are at hand, as `Rows`, as a sparse tensor, or as a dense array.
Each round updates with all peers, one after the other. Ours and Optax's are compiled, with parameters and state
donated. Torch is left out where it is not installed. Then ours alone, on tables of several heights.

The clock is the wall's, or with `--processor` the processor's, which other work on the machine disturbs less.

Run: python benchmarks/sparse_rows.py [ROUNDS] [--processor]
"""

import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from timing import interleaved, report

from lropt_jax.optimizers import adam
from lropt_jax.wrappers import Rows, caught_up, rows

try:
    import torch
except ImportError:
    torch = None

WIDTH, IDS, HEIGHT = 64, 4096, 1_000_000
HEIGHTS = (100_000, HEIGHT, 2_000_000)
LAZY, EXACT, BOTH = "rows(adam), lazy", "rows(adam), exact", "rows(adam), exact, with caught_up"


def batches(height: int) -> list[tuple[np.ndarray, np.ndarray]]:
    random = np.random.default_rng(0)
    draw = [random.integers(0, height, IDS).astype(np.int32) for _ in range(8)]
    return [(ids, random.normal(size=(IDS, WIDTH)).astype(np.float32)) for ids in draw]


class Compiled:
    """An update of a table, compiled, called again and again with other rows."""

    def __init__(self, tx: Any, height: int, given: Callable[..., Any], before: bool = False):
        def step(table: Any, state: Any, ids: Any, values: Any) -> tuple[Any, Any]:
            if before:
                table, state = caught_up(tx, state, table, {"": ids})
            updates, state = tx.update(given(ids, values), state, table)
            return optax.apply_updates(table, updates), state

        self.kept = (jnp.zeros((height, WIDTH)), jax.jit(tx.init)(jnp.zeros((height, WIDTH))))
        self.batches = [tuple(map(jnp.asarray, batch)) for batch in self.drawn(height)]
        self.program = jax.jit(step, donate_argnums=(0, 1)).lower(*self.kept, *self.batches[0]).compile()
        self.calls = 0

    def drawn(self, height: int) -> list[tuple[np.ndarray, np.ndarray]]:
        """What the updates get, one after the other."""
        return batches(height)

    def __call__(self) -> None:
        """One update."""
        self.kept = self.program(*self.kept, *self.batches[self.calls % len(self.batches)])
        self.calls += 1
        jax.block_until_ready(self.kept)

    @property
    def besides(self) -> float:
        """Megabytes that the program needs besides the table, its slots and the batch."""
        return self.program.memory_analysis().temp_size_in_bytes / 1e6

    @property
    def copies(self) -> int:
        """Copies of arrays of the table's height in the program."""
        height = f"[{len(self.kept[0])}"
        return sum(height in line and " copy(" in line for line in self.program.as_text().splitlines())


class Dense(Compiled):
    """An update with a dense gradient, which is at hand."""

    def __init__(self, height: int):
        super().__init__(optax.adam(1e-3), height, lambda _, gradient: gradient)

    def drawn(self, height: int) -> list[tuple[np.ndarray, np.ndarray]]:
        """One dense gradient."""
        ids, values = batches(height)[0]
        gradient = np.zeros((height, WIDTH), np.float32)
        np.add.at(gradient, ids, values)
        return [(ids, gradient)]


class OfTorch:
    """An update of `torch.optim.SparseAdam`."""

    def __init__(self, height: int):
        self.table = torch.nn.Parameter(torch.zeros(height, WIDTH))
        self.tx = torch.optim.SparseAdam([self.table], lr=1e-3)
        self.batches = [(torch.from_numpy(ids)[None].long(), torch.from_numpy(v)) for ids, v in batches(height)]
        self.calls = 0

    def __call__(self) -> None:
        """One update, and the sparse tensor that it gets."""
        ids, values = self.batches[self.calls % len(self.batches)]
        self.table.grad = torch.sparse_coo_tensor(ids, values, self.table.shape, check_invariants=False)
        self.tx.step()
        self.calls += 1


def ours(height: int) -> dict[str, Compiled]:
    lazy, exact = rows(adam(1e-3)), rows(adam(1e-3), mode="exact")
    return {
        LAZY: Compiled(lazy, height, Rows),
        EXACT: Compiled(exact, height, Rows),
        BOTH: Compiled(exact, height, Rows, before=True),
    }


def main(rounds: int, clock: Callable[[], float]) -> None:
    peers: dict[str, Any] = {"optax.adam, dense": Dense(HEIGHT)}
    if torch is not None:
        peers["torch.optim.SparseAdam"] = OfTorch(HEIGHT)
    peers |= ours(HEIGHT)
    for run in peers.values():
        run()
    seconds = interleaved(peers, rounds, clock)
    for name in (LAZY, EXACT, BOTH):
        report(f"a table of {HEIGHT:,} x {WIDTH}, {IDS:,} ids", seconds, name)
    for name, run in peers.items():
        memory = isinstance(run, Compiled)
        more = f", {run.besides:.1f} MB besides the table, {run.copies} copies of its height" if memory else ""
        print(f"  {name:<36} least {1e3 * min(seconds[name]):7.2f} ms{more}")
    del peers
    tables = {f"{name}, {height:,} rows": run for height in HEIGHTS for name, run in ours(height).items()}
    for run in tables.values():
        run()
    print("\nby the height of the table, milliseconds")
    for name, times in interleaved(tables, rounds, clock).items():
        print(f"  {name:<50} {1e3 * statistics.median(times):8.3f}   least {1e3 * min(times):8.3f}")


if __name__ == "__main__":
    given = [word for word in sys.argv[1:] if word.isdigit()]
    main(int(given[0]) if given else 40, time.process_time if "--processor" in sys.argv else time.perf_counter)
