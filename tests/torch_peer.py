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

from lropt_jax import learning_rate
from lropt_jax.schedules import linear, sampled


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

    def test_the_state_records_the_rate_of_the_last_update(self):
        schedule, params = linear(0.1, 4), self.tree()
        tx = self.specimen.replace(lr=schedule)
        state = tx.init(params)
        assert learning_rate(state) == schedule(0)
        for step in range(6):
            _, state = tx.update(self.grads(params, step), state, params)
            assert learning_rate(state) == schedule(step)

    def test_a_number_and_a_schedule_have_the_same_state(self):
        fixed, falling = (self.specimen.replace(lr=rate).init(self.tree()) for rate in (0.1, linear(0.1, 10)))
        assert jax.tree.structure(fixed) == jax.tree.structure(falling)

    def test_the_update_is_proportional_to_the_rate(self):
        params = self.tree()
        one, two = (self.specimen.replace(lr=rate) for rate in (0.1, 0.2))
        updates = [tx.update(self.grads(params, 0), tx.init(params), params)[0] for tx in (one, two)]
        self.close(jax.tree.map(lambda u: 2 * u, updates[0]), updates[1], 1e-6)

    def test_negative_rates_are_refused(self):
        with pytest.raises(ValueError, match="lr must be finite and >= 0, got -0.1"):
            self.specimen.replace(lr=-0.1)
