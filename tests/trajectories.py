"""Runs of optimizers in float64, to hold against golden values and transcriptions of papers."""

import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from laws import x64

from lropt_jax._core.values import Value
from lropt_jax.wrappers import averaged


def trajectory(tx: Any, start: Any, gradient: Callable[[Any, int], Any], steps: int) -> np.ndarray:
    """Parameters after 0, 1, ..., `steps` updates of a transformation, (steps + 1, ...), in float64."""
    update = functools.partial(_update, tx) if isinstance(tx, Value) else jax.jit(tx.update)
    with x64():
        params = jnp.asarray(start, jnp.float64)
        state, path = tx.init(params), [np.asarray(params)]
        for step in range(steps):
            updates, state = update(jnp.asarray(gradient(path[-1], step)), state, params)
            params = optax.apply_updates(params, updates)
            path.append(np.asarray(params))
    return np.array(path)


@jax.jit
def _update(tx: Any, *given: Any) -> Any:
    """Values that differ in their numbers alone are compiled once."""
    return tx.update(*given)


def golden_trajectory(tx: Any, case: dict[str, Any]) -> np.ndarray:
    """The same on a golden case's quadratic, `g = h (x - m)`."""
    given = case["given"]
    curvature, minimum = np.array(given["h"]), np.array(given["m"])
    return trajectory(tx, given["params"]["x"], lambda x, step: curvature * (x - minimum), case["steps"])


def noisy(x: np.ndarray, step: int) -> np.ndarray:
    """Gradients of a bowl with noise that is the same in every run, zero in one coordinate for the first steps."""
    gradient = x + np.random.default_rng(step).normal(size=x.shape)
    gradient[-1] *= step >= 3
    return gradient


START = np.array([2.0, -1.5, 0.3, 1.0])


def as_schedule(rates: np.ndarray) -> Callable[[Any], Any]:
    """A list of rates as a schedule."""
    return lambda step: jnp.asarray(rates)[step]


def averages(tx: Any, steps: int) -> tuple[np.ndarray, np.ndarray]:
    """The parameters after each update with noisy gradients, and the average then."""
    with x64():
        params = jnp.asarray(START)
        state, path, kept, update = tx.init(params), [], [], jax.jit(tx.update)
        for step in range(steps):
            updates, state = update(jnp.asarray(noisy(np.asarray(params), step)), state, params)
            params = optax.apply_updates(params, updates)
            path.append(np.asarray(params))
            kept.append(np.asarray(averaged(state)))
    return np.array(path), np.array(kept)
