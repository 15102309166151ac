"""What docs/from_optax.md says is the same: both columns of each row, for 20 random steps in float64.

The parameters are a matrix of 130 x 128 and a vector, the gradients those of a bowl whose minimum jumps at every step,
the rate falls linearly from 0.1. For a schedule: its rates at 60 steps. Printed is the largest difference.

Run: python benchmarks/from_optax.py
"""

import re
import sys
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from lropt_jax import compat, lift, optimizers, rates, schedules, wrappers

PAGE = Path(__file__).parents[1] / "docs" / "from_optax.md"
STEPS, SCHEDULE_STEPS = 20, 60
ROOMS = (wrappers, schedules, rates, optimizers)
NAMES = {name: getattr(room, name) for room in ROOMS for name in room.__all__}
NAMES |= {"optax": optax, "compat": compat, "lift": lift, "r": schedules.linear(0.1, 30), "w": 0.1}


def rows() -> list[tuple[str, str]]:
    """The two calls of each row whose third cell begins with "same"."""
    tables = re.findall(r"^\| `([^`]+)` \| `([^`]+)` \| same\b", PAGE.read_text(), re.MULTILINE)
    return [(theirs, ours) for theirs, ours in tables]


def path(tx: optax.GradientTransformation, matrices: bool = False) -> Any:
    """The parameters after each step, or the matrix alone."""
    normal = np.random.default_rng(0).normal
    params = {"kernel": jnp.asarray(normal(size=(130, 128))), "bias": jnp.asarray(normal(size=128))}
    params = {"kernel": params["kernel"]} if matrices else params
    targets = jax.tree.map(lambda p: jnp.asarray(normal(size=(STEPS, *p.shape))), params)

    def step(carry: Any, target: Any) -> Any:
        def loss(params: Any) -> jax.Array:
            return optax.tree.norm(optax.tree.sub(params, target), squared=True) / 2

        params, state = carry
        value, grads = jax.value_and_grad(loss)(params)
        told = {"value": value, "value_fn": loss, "grad": grads}
        updates, state = optax.with_extra_args_support(tx).update(grads, state, params, **told)
        params = optax.apply_updates(params, updates)
        return (params, state), params

    return jax.jit(lambda: jax.lax.scan(step, (params, tx.init(params)), targets)[1])()


def difference(theirs: str, ours: str) -> float:
    """How far the two calls are apart."""
    made = [eval(call, dict(NAMES)) for call in (theirs, ours)]  # our own page
    if isinstance(made[0], optax.GradientTransformation):
        found = [path(tx) for tx in made]
    else:
        found = [jax.vmap(lambda t, rule=rule: jnp.asarray(rule(t)))(jnp.arange(SCHEDULE_STEPS)) for rule in made]
    apart = jax.tree.map(lambda a, b: float(jnp.max(jnp.abs(a - b))), *found)
    return max(jax.tree.leaves(apart))


def main() -> None:
    worst = 0.0
    for theirs, ours in rows():
        found = difference(theirs, ours)
        worst = max(worst, found) if found == found else found
        print(f"{found:8.1e}  {theirs}  {ours}", flush=True)
    print(f"{worst:8.1e}  the largest")


if __name__ == "__main__":
    jax.config.update("jax_enable_x64", True)
    sys.exit(main())
