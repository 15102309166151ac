"""Hold optimizers with the arguments of schedulefree against its own trajectories."""

from typing import Any

import numpy as np
from golden_values import trajectory
from torch_peer import assert_golden

from lropt_jax import learning_rate
from lropt_jax.wrappers import averaged


def assert_schedule_free(factory: Any, case: dict[str, Any]) -> None:
    """`y`, `z`, `x`, the rates and the sums of the weights are those of the library."""
    states = assert_golden(factory, case)
    extra, given = case["extra"], case["hyperparameters"]
    close = {"rtol": 0, "atol": 1e-9}
    for name, found in {"z": states.z, "x_eval": averaged(states)}.items():
        np.testing.assert_allclose(found, trajectory({"trajectory": [step[name] for step in extra]}), **close)
    np.testing.assert_allclose(learning_rate(states), [step["scheduled_lr"] for step in extra], **close)
    steps, power = np.arange(1, case["steps"] + 1), given.get("weight_lr_power", 2.0)
    weights = steps ** given.get("r", 0.0) * np.asarray(states.largest_rate) ** power
    np.testing.assert_allclose(np.asarray(states.weight_sum) * weights, [step["weight_sum"] for step in extra], **close)
