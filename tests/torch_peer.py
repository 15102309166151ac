"""Hold optimizers with PyTorch's arguments against its own trajectories."""

import functools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from golden_values import optimizer_cases, trajectory
from laws import OptimizerLaws, x64

from lropt_jax.schedules import sampled


def golden(*names: str, library: str = "torch") -> Any:
    """Parametrize a test with the golden cases of optimizers."""
    cases = [(name, *item) for name in names for item in optimizer_cases(name, library).items()]
    ids = [f"{name}-{case}" for name, case, _ in cases]
    return pytest.mark.parametrize("case", [case for _, _, case in cases], ids=ids)


def made(factory: Any, case: dict[str, Any]) -> Any:
    """The optimizer of a golden case: pairs are lists there, a schedule a list of rates."""
    arguments = {
        name: tuple(argument) if isinstance(argument, list) else argument
        for name, argument in case["hyperparameters"].items()
    }
    return factory(sampled(np.array(case["lrs"])), **arguments) if "lrs" in case else factory(**arguments)


@functools.partial(jax.jit, compiler_options={"xla_backend_optimization_level": 0})
def _run(tx: Any, start: Any, curvature: Any, minimum: Any, steps: Any) -> tuple[Any, Any]:
    def body(carry: Any, _: Any) -> Any:
        x, state = carry
        updates, state = tx.update(curvature * (x - minimum), state, x)
        x = optax.apply_updates(x, updates)
        return (x, state), (x, state)

    return jax.lax.scan(body, (start, tx.init(start)), steps)[1]


def assert_golden(factory: Any, case: dict[str, Any], atol: float = 1e-9) -> Any:
    """The parameters after every update are PyTorch's; returns the states after them."""
    given = case["given"]
    arrays = (np.array(given["params"]["x"]), np.array(given["h"]), np.array(given["m"]))
    with x64():
        path, states = _run(made(factory, case), *(jnp.asarray(array) for array in arrays), np.arange(case["steps"]))
    np.testing.assert_allclose(path, trajectory(case)[1:], rtol=0, atol=atol)
    return states


class TorchLaws(OptimizerLaws):
    """The laws of optimizers, for those whose rate is called `lr`."""

    rate_name = "lr"
