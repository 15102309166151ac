"""`small_state` on parameters that a mesh of eight devices cuts; `meshed.py` runs it.

`python tests/meshed.py "small_state bf16"` asks the other form; the tests have "int8" alone, whose blocks are what a
mesh could cut.
"""

import functools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax.sharding import AxisType, NamedSharding
from jax.sharding import PartitionSpec as P

from lropt_jax.optimizers import adam
from lropt_jax.wrappers import small_state

CUTS = {
    "both": ((16, 1024), P("x", "y")),
    "columns": ((4, 2400), P(None, ("x", "y"))),  # shards of 300: blocks of 150
    "odd": ((4, 1733), P("x", None)),  # a prime: the last block is shorter
    "nowhere": ((3,), P()),
}


def step(tx: Any, params: Any, state: Any) -> tuple[Any, Any]:
    grads = jax.tree.map(lambda p: p + 0.5 * jnp.sin(9 * p), params)
    updates, state = tx.update(grads, state, params)
    return optax.apply_updates(params, updates), state


def trained(tx: Any, params: Any) -> tuple[list[str], Any]:
    """Faults of three donated updates by one program, which takes one layout alone; and what they end with."""
    state = tx.init(params)
    program = jax.jit(functools.partial(step, tx), donate_argnums=(0, 1)).lower(params, state).compile()
    words = ("all-to-all(", "all-gather(", "all-reduce(", "collective-permute(")
    faults = [f"{word} of arrays" for word in words if word in program.as_text()]
    for place, leaf in jax.tree_util.tree_leaves_with_path(state.inner._replace(rate=())):
        if leaf.ndim and leaf.shape != (3,) and leaf.sharding.is_fully_replicated:
            faults.append(f"{jax.tree_util.keystr(place)} lies on every device")
    for _ in range(3):
        params, state = program(params, state)
    return faults, jax.tree.map(np.asarray, params)


def faults_of(form: str) -> list[str]:
    random, found = np.random.default_rng(7), []
    whole = {name: random.normal(size=shape).astype(np.float32) for name, (shape, _) in CUTS.items()}
    tx = small_state(adam(0.1), form)
    _, alone = trained(tx, {name: jax.device_put(leaf, jax.devices()[0]) for name, leaf in whole.items()})
    for kind in ("explicit", "auto"):
        mesh = jax.make_mesh((2, 4), ("x", "y"), axis_types=(getattr(AxisType, kind.title()),) * 2)
        params = {name: jax.device_put(whole[name], NamedSharding(mesh, spec)) for name, (_, spec) in CUTS.items()}
        faults, end = trained(tx, params)
        for name, leaf in end.items():  # XLA may contract products in another way, which moves a rounding, rarely
            other = np.mean(~np.isclose(leaf, alone[name], rtol=1e-4, atol=1e-5))
            # "columns" has other blocks on one device, for there it has no shards
            if other > 0.002 and (name, form) != ("columns", "int8"):
                faults.append(f"{name} differs from one device in {other:.4f} of its numbers")
        found += [f"{kind}: {fault}" for fault in faults]
    return found
