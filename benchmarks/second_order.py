"""What an update of soap and shampoo costs beside those of adam, muon and pytorch_optimizer's, on one layer's matrices.

Processor time, amortised over `every` steps, 10 here: the mean of all 10, and the longest of them, in medians over
rounds in which the optimizers take turns. Ours is jitted and donated. With `stagger=False` all bases turn in one step.
Where pytorch_optimizer and torch are not installed, ours run alone. pytorch_optimizer's Shampoo takes its roots from
singular values, its ScalableShampoo, like ours, from Newton iterations in blocks, here with the length of
RMSprop's step.

Run on one core, for a torch of one thread: taskset -c 0 python benchmarks/second_order.py
"""

import importlib.util
import statistics
import time
from collections.abc import Callable
from typing import Any

import jax
import optax

from lropt_jax.optimizers import adam, muon, shampoo, soap

EVERY, ROUNDS = 10, 5
SHAPES = {
    "qkv": (128, 384), "out": (128, 128), "up": (128, 512), "down": (512, 128), "square": (256, 256),
    "bias": (512,), "norm": (128,),
}  # fmt: skip
OURS = {
    "adam": adam(1e-3),
    "muon": muon(1e-3),
    "soap": soap(1e-3),
    "soap, stagger=False": soap(1e-3, stagger=False),
    "shampoo": shampoo(1e-3),
    "shampoo, stagger=False": shampoo(1e-3, stagger=False),
}
THEIRS = {
    "pytorch_optimizer, SOAP": ("SOAP", {"precondition_frequency": EVERY}),
    "pytorch_optimizer, Shampoo": ("Shampoo", {"preconditioning_compute_steps": EVERY}),
    "pytorch_optimizer, ScalableShampoo": ("ScalableShampoo", {
        "preconditioning_compute_steps": EVERY, "start_preconditioning_step": 1, "block_size": 128, "graft_type": 3,
    }),
}  # fmt: skip


def numbers(seed: int) -> dict[str, jax.Array]:
    """Arrays of all shapes."""
    keys = jax.random.split(jax.random.key(seed), len(SHAPES))
    return {name: jax.random.normal(key, shape) for key, (name, shape) in zip(keys, SHAPES.items(), strict=True)}


class Step:
    """A compiled update, which is called again and again on its own parameters."""

    def __init__(self, tx: Any):
        def step(grads: Any, params: Any, state: Any) -> tuple[Any, Any]:
            updates, state = tx.update(grads, state, params)
            return optax.apply_updates(params, updates), state

        self.grads, self.params = numbers(1), numbers(0)
        self.state = jax.jit(tx.init)(self.params)
        began = time.process_time()
        self.program = jax.jit(step, donate_argnums=(1, 2)).lower(self.grads, self.params, self.state).compile()
        self.compiling = time.process_time() - began
        self.bytes = sum(leaf.nbytes for leaf in jax.tree.leaves(self.state))

    def __call__(self) -> None:
        """An update."""
        self.params, self.state = self.program(self.grads, self.params, self.state)
        jax.block_until_ready((self.params, self.state))


class TorchStep:
    """The same of an optimizer of PyTorch's kind, by its name in `module`."""

    compiling = 0.0

    def __init__(self, module: Any, name: str, settings: dict[str, Any]):
        import numpy as np
        import torch

        torch.set_num_threads(1)
        self.params = [torch.nn.Parameter(torch.tensor(np.asarray(leaf))) for leaf in numbers(0).values()]
        self.grads = [torch.tensor(np.asarray(leaf)) for leaf in numbers(1).values()]
        self.tx = getattr(module, name)(self.params, lr=1e-3, **settings)

    def __call__(self) -> None:
        """An update."""
        for param, grad in zip(self.params, self.grads, strict=True):
            param.grad = grad.clone()
        self.tx.step()

    @property
    def bytes(self) -> int:
        """Of all tensors in the state."""
        return sum(map(_bytes, self.tx.state.values()))


def _bytes(held: Any) -> int:
    if hasattr(held, "nelement"):
        return held.nelement() * held.element_size()
    if isinstance(held, (int, float, str)):
        return 0
    inside = held.values() if isinstance(held, dict) else held if isinstance(held, (list, tuple)) else []
    return sum(map(_bytes, inside)) + sum(map(_bytes, getattr(held, "__dict__", {}).values()))


def peers() -> dict[str, Callable[[], None]]:
    """All steps by name."""
    found: dict[str, Any] = {name: Step(tx) for name, tx in OURS.items()}
    if not (importlib.util.find_spec("pytorch_optimizer") and importlib.util.find_spec("torch")):
        print("pytorch_optimizer and torch are not installed: ours alone\n")
        return found
    import pytorch_optimizer

    return found | {name: TorchStep(pytorch_optimizer, *which) for name, which in THEIRS.items()}


def timed(step: Callable[[], None]) -> float:
    """Processor milliseconds of a call."""
    began = time.process_time()
    step()
    return 1e3 * (time.process_time() - began)


def compare(steps: dict[str, Any], base: str, every: int) -> None:
    """Print the table: each beside `base`."""
    rounds: dict[str, list[list[float]]] = {name: [] for name in steps}
    for step in steps.values():
        step()  # the first step finds all bases
        step()
    for _ in range(ROUNDS):
        for name, step in steps.items():
            rounds[name].append([timed(step) for _ in range(every)])
    size = sum(map(jax.numpy.size, numbers(0).values()))
    print("| | a step | beside adam | longest | bytes a parameter | to compile |\n" + "| --- " * 6 + "|")
    for name, times in rounds.items():
        mean, longest = statistics.median(map(statistics.mean, times)), statistics.median(map(max, times))
        ratio = statistics.median(sum(mine) / sum(other) for mine, other in zip(times, rounds[base], strict=True))
        compiling = f"{steps[name].compiling:.1f} s" if steps[name].compiling else ""
        print(f"| `{name}` | {mean:.2f} ms | {ratio:.1f} x | {longest:.2f} ms | {steps[name].bytes / size:.1f} "
              f"| {compiling} |", flush=True)  # fmt: skip


if __name__ == "__main__":
    compare(peers(), "adam", EVERY)
