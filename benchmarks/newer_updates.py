"""What an update of the newer optimizers and corrections costs beside adam's, Optax's and pytorch_optimizer's.

As second_order.py: processor time of medians on the matrices of one layer, ours and Optax's jitted and donated, torch's
eager. Run on one core, for a torch of one thread: taskset -c 0 python benchmarks/newer_updates.py
"""

import importlib.util
from typing import Any

import optax
from second_order import EVERY, Step, TorchStep, compare

from lropt_jax.optimizers import adam, adam_atan2, adamw, came, laprop, lion, qhadam, sgd, sm3, sophia
from lropt_jax.wrappers import cautious, grafted, mars

OURS = {
    "adam": adam(1e-3),
    "came": came(1e-3),
    "sm3": sm3(1e-3),
    "optax.sm3": optax.sm3(1e-3),
    "laprop": laprop(1e-3),
    "qhadam": qhadam(1e-3),
    "sgd(momentum=0.99, dampening=0.99, nu=0.7)": sgd(1e-3, momentum=0.99, dampening=0.99, nu=0.7),
    "adam_atan2": adam_atan2(1e-3),
    "adamw": adamw(1e-3),
    "adamw(clip_threshold=1)": adamw(1e-3, clip_threshold=1.0),
    "sophia, without an estimate": sophia(1e-3),
    "cautious(adamw)": cautious(adamw(1e-3)),
    "mars(adamw)": mars(adamw(1e-3)),
    "grafted(lion, adam)": grafted(lion(1.0), adam(1e-3)),
}
THEIRS: dict[str, tuple[str, dict[str, Any]]] = {
    f"pytorch_optimizer, {name}": (name, {})
    for name in ("CAME", "SM3", "LaProp", "QHAdam", "QHM", "StableAdamW", "MARS")
}


if __name__ == "__main__":
    steps: dict[str, Any] = {name: Step(tx) for name, tx in OURS.items()}
    if importlib.util.find_spec("pytorch_optimizer") and importlib.util.find_spec("torch"):
        import pytorch_optimizer

        steps |= {name: TorchStep(pytorch_optimizer, *which) for name, which in THEIRS.items()}
    compare(steps, "adam", EVERY)
