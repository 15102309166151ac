"""`rows` on tables that a mesh of eight devices cuts; `meshed.py` runs it."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax.sharding import AxisType, NamedSharding
from jax.sharding import PartitionSpec as P

from lropt_jax.optimizers import adamw
from lropt_jax.wrappers import Rows, caught_up, rows

CUTS = {AxisType.Auto: P(("x", "y"), None), AxisType.Explicit: P("x", "y")}
RANDOM = np.random.default_rng(0)
TABLE, BATCHES = RANDOM.normal(size=(64, 8)).astype("f"), RANDOM.integers(-2, 66, (3, 16))
GRADIENTS = RANDOM.normal(size=(16, 8)).astype("f")


def run(tx, place, whole):
    """The table after three updates and a look at all of it, and the faults of the way there."""

    def step(table, state, grads):
        updates, state = tx.update(grads, state, table)
        return optax.apply_updates(table, updates), state

    table, faults = jax.device_put(jnp.asarray(TABLE), place), []
    state = tx.init(table)
    batches = [jax.device_put(Rows(jnp.asarray(ids), jnp.asarray(GRADIENTS)), whole) for ids in BATCHES]
    program = jax.jit(step).lower(table, state, batches[0]).compile()  # it takes one layout alone
    layouts = [(leaf.shape, leaf.sharding) for leaf in jax.tree.leaves((table, state))]
    for grads in batches:
        table, state = program(table, state, grads)
    for leaf, (shape, layout) in zip(jax.tree.leaves((table, state)), layouts, strict=True):
        if not leaf.sharding.is_equivalent_to(layout, len(shape)):
            faults.append(f"{shape} from {layout} to {leaf.sharding}")
    faults += [line.strip() for line in program.as_text().splitlines() if " all-gather(" in line]

    @jax.jit
    def up_to_date(table, state, ids):
        table, state = caught_up(tx, state, table, {"": ids})
        return caught_up(tx, state, table)[0]

    return faults, np.asarray(up_to_date(table, state, grads.ids))


def faults_of(mode):
    tx, alone, found = rows(adamw(0.1), mode=mode), jax.devices()[0], []
    expected = run(tx, alone, alone)[1]
    for kind, cut in CUTS.items():
        mesh = jax.make_mesh((4, 2), ("x", "y"), axis_types=(kind,) * 2)
        faults, table = run(tx, NamedSharding(mesh, cut), NamedSharding(mesh, P()))
        faults += [] if np.allclose(table, expected, rtol=0, atol=1e-6) else ["another table"]
        found += [f"{kind} {cut}: {fault}" for fault in faults]
    return found
