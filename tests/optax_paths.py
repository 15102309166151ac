"""Compare optimizers with Optax's own, many at once."""

import inspect
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from laws import x64

from lropt_jax import compat
from lropt_jax.schedules import linear

LANES, STEPS = 12, 60
QUICK = {"xla_backend_optimization_level": 0}  # to compile: each program runs once
RANGES = {
    "learning_rate": (1e-3, 0.1), "b1": (0.0, 0.95), "b2": (0.5, 0.999), "b3": (0.9, 0.9999), "alpha": (0.0, 8.0),
    "momentum": (0.0, 0.95), "beta": (0.0, 0.95), "decay": (0.5, 0.99), "rho": (0.5, 0.99), "decay_rate": (0.3, 1.0),
    "eps": (1e-8, 1e-2), "eps_root": (1e-12, 1e-3), "weight_decay": (0.0, 0.3), "weight_decay_rate": (0.0, 0.01),
    "initial_accumulator_value": (1e-3, 1.0), "initial_scale": (0.0, 1.0), "threshold": (4.0, 6.0),
    "trust_coefficient": (1e-3, 0.1), "clipping_threshold": (0.5, 2.0), "adam_b1": (0.0, 0.95),
    "adam_b2": (0.5, 0.999), "adam_weight_decay": (0.0, 0.3), "adam_learning_rate": (1e-3, 0.1),
}  # fmt: skip


def theirs(name: str) -> Callable[..., Any] | None:
    """Optax's optimizer of this name; None where this Optax has none."""
    return getattr(optax, name, None) or getattr(optax.contrib, name, None)


def drawn(name: str, fixed: dict[str, Any], ranges: dict[str, tuple[float, float]]) -> dict[str, np.ndarray]:
    """Numbers for each lane, for every number that our optimizer takes; the first lane has the low ends."""
    generator, within = np.random.default_rng(len(name)), RANGES | ranges
    numbers = {}
    for argument in inspect.signature(getattr(compat.optax, name)).parameters:
        if argument in within and argument not in fixed:
            low, high = within[argument]
            spread = np.r_[0.0, generator.uniform(size=LANES - 1)]
            numbers[argument] = low * (high / low) ** spread if low and high / low > 20 else low + (high - low) * spread
    return numbers


START = np.random.default_rng(3).normal(size=(3, 2))


def paths(factory: Callable[..., Any], numbers: dict[str, np.ndarray], fixed: dict[str, Any], begin: Any = None) -> Any:
    """The parameters after each of `STEPS` updates on a noisy bowl, a lane for each of the numbers.

    Rates fall to a fifth, but stay in odd lanes. `begin` makes the first state of the one that the optimizer gives.
    """
    noise = np.random.default_rng(4).normal(size=(STEPS, *START.shape))
    noise[:3, 0, 0] = -START[0, 0]  # a gradient that is 0 at first

    def step(tx: Any, carry: Any, swing: Any) -> Any:
        params, state = carry
        updates, state = tx.update(params + swing, state, params)
        params = optax.apply_updates(params, updates)
        return (params, state), params

    def path(lane: Any, numbers: Any) -> Any:
        rates = {
            name: linear(number, 75, floor=jnp.where(lane % 2, number, 0.0))
            for name, number in numbers.items() if name.endswith("learning_rate")
        }  # fmt: skip
        tx = factory(**(numbers | rates), **fixed)
        params = jnp.asarray(START)
        state = tx.init(params)
        state = state if begin is None else begin(state)
        return jax.lax.scan(lambda carry, swing: step(tx, carry, swing), (params, state), jnp.asarray(noise))[1]

    return jax.jit(jax.vmap(path), compiler_options=QUICK)(np.arange(LANES), numbers)


def assert_same_paths(name: str, fixed: Any = (), *, atol: float = 1e-12, begin: Any = None, **ranges: Any) -> None:
    """In float64 the optimizers of this name go the same way from one start."""
    fixed = dict(fixed)
    peer = theirs(name)
    if peer is None or not fixed.keys() <= inspect.signature(peer).parameters.keys():
        pytest.skip(f"optax {optax.__version__} has no such {name}")
    numbers = drawn(name, fixed, ranges)
    numbers = {argument: numbers[argument] for argument in numbers if argument in inspect.signature(peer).parameters}
    with x64():
        ours, expected = paths(getattr(compat.optax, name), numbers, fixed), paths(peer, numbers, fixed, begin)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=0, atol=atol), ours, expected)
