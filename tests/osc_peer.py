"""Hold optimizers against other libraries' trajectories on the golden problem "osc": a matrix W and a vector b."""

import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from golden_values import trajectory
from laws import x64

_ROW, _COL, _J = *np.mgrid[:2, :3], np.arange(3)


def gradients(params: Any, t: Any) -> dict[str, jax.Array]:
    """What the golden files write as gW and gb."""
    w = jnp.sin(0.7 * t + _ROW + 2 * _COL) + 0.05 * params["W"]
    b = 0.3 * jnp.cos(1.3 * t + _J) * (1 + 0.1 * _J) + 0.02 * params["b"]
    return {"W": w, "b": b * ((_J < 2) | (t >= 3))}


def hessians(t: Any) -> dict[str, jax.Array]:
    """What the file of SophiaH writes as hW and hb."""
    return {"W": 1 + 2 * jnp.cos(0.9 * t + _ROW - _COL), "b": jnp.sin(1.1 * t + _J)}


def assert_osc(
    tx: Any, case: dict[str, Any], atol: float = 1e-9, arrays: str = "Wb", more: Callable[[Any], dict] = lambda t: {}
) -> None:
    """The parameters after every update are those of the case; `more(t)` goes to `update` too."""
    theirs = {name: trajectory(case, name) for name in "Wb"}
    with x64():
        ours = _path(tx, {name: jnp.asarray(path[0]) for name, path in theirs.items()}, np.arange(case["steps"]), more)
    for name in arrays:
        np.testing.assert_allclose(ours[name], theirs[name][1:], rtol=0, atol=atol, err_msg=name)


def updates_along(tx: Any, case: dict[str, Any]) -> tuple[dict, dict]:
    """Our updates at the parameters of the case, and the case's own."""
    path = {name: trajectory(case, name) for name in "Wb"}
    with x64():
        ours = _updates(tx, {name: jnp.asarray(each[:-1]) for name, each in path.items()}, np.arange(case["steps"]))
    return jax.tree.map(np.asarray, ours), {name: np.diff(each, axis=0) for name, each in path.items()}


_quickly = functools.partial(jax.jit, compiler_options={"xla_backend_optimization_level": 0})


@functools.partial(_quickly, static_argnums=3)
def _path(tx: Any, start: Any, steps: Any, more: Callable[[Any], dict]) -> Any:
    def body(carry: Any, t: Any) -> Any:
        params, state = carry
        updates, state = tx.update(gradients(params, t), state, params, **more(t))
        params = optax.apply_updates(params, updates)
        return (params, state), params

    return jax.lax.scan(body, (start, tx.init(start)), steps)[1]


@_quickly
def _updates(tx: Any, path: Any, steps: Any) -> Any:
    def body(state: Any, at: Any) -> Any:
        params, t = at
        updates, state = tx.update(gradients(params, t), state, params)
        return state, updates

    return jax.lax.scan(body, tx.init(jax.tree.map(lambda leaf: leaf[0], path)), (path, steps))[1]
