"""Every optimizer, rate and wrapper on parameters that a mesh of eight devices cuts; prints the faults as JSON.

Run it as a program: the number of devices is fixed when JAX starts. With `--quick` it asks less.
"""

import functools
import json
import os
import sys
import traceback
from typing import Any

if __name__ == "__main__":
    os.environ["XLA_FLAGS"] = f"{os.environ.get('XLA_FLAGS', '')} --xla_force_host_platform_device_count=8"

import jax
import jax.numpy as jnp
import numpy as np
import optax
from arguments import FACTORIES, calls, value_of
from jax.sharding import AxisType, NamedSharding
from jax.sharding import PartitionSpec as P
from laws.sharing import COMPILED, program
from mesh_units import LEFT_OUT, alone, extras, planted

from lropt_jax import optimizers
from lropt_jax._core.factory import Factory
from lropt_jax._core.refusal import Refused
from lropt_jax._core.values import Optimizer, SelfSettingRate

CUTS = {
    "both": ((8, 16), P("x", "y")),
    "rows": ((16, 8), P("y", None)),
    "columns": ((4, 16), P(None, "x")),
    "stack": ((2, 8, 4), P("x", None, "y")),
    "whole device": ((8, 4), P(("x", "y"), None)),
    "vector": ((8,), P("x")),
    "nowhere": ((3,), P()),
}
FEW = ("both", "stack", "vector")  # what the programs that run have
LAID_OUT = ("pack_small", "recover", "shampoo", "soap")  # they keep what is no parameter's, and jit hides layouts
NOISY = ("soap",)  # Adam in a basis of the null space, which is one of many, makes steps of rounding errors
MATRICES = {"torch.Muon": ("both", "rows", "columns", "whole device")}  # all that it takes


def loss(params: Any) -> jax.Array:
    return 1 + sum(jnp.sum(jnp.square(leaf)) for leaf in jax.tree.leaves(params))


def step(tx: Any, params: Any, state: Any) -> tuple[Any, Any]:
    """One update, with all that a rate or a wrapper may read."""
    value, grads = jax.value_and_grad(loss)(params)
    reads = {"value": value, "value_fn": loss, "grad": grads, "measured": value, "gradient": jax.grad(loss)}
    updates, state = tx.update(grads, state, params, **reads)
    return optax.apply_updates(params, updates), state


def parameters(mesh: Any, names: Any = CUTS) -> Any:
    random = np.random.default_rng(0)
    whole = {name: random.normal(size=shape).astype(np.float32) for name, (shape, _) in CUTS.items()}
    return {name: jax.device_put(whole[name], NamedSharding(mesh, CUTS[name][1])) for name in names}


def usual(factory: Factory, arguments: dict[str, Any]) -> Any:
    """The value of a call, as an optimizer. Wrappers go around one with slots."""
    value = value_of(factory, arguments)
    if isinstance(value, SelfSettingRate):
        return optimizers.sgd(value)
    inside = {
        "optimizer": optimizers.adam(0.1),
        "direction": optimizers.sgd(0.1, momentum=0.9),
        "norm_of": optimizers.adam(0.1),
        "optimizers": {"*": optimizers.adam(0.1)},
        "multipliers": {"*": 0.5},
        "groups": ("*",),
    }
    return value.replace(**{name: inside[name] for name in value.arguments if name in inside})


@functools.cache
def units() -> dict[str, list[Any]]:
    """The optimizers, rates and wrappers by name: as the defaults have it, and with all arguments given."""
    found: dict[str, list[Any]] = {}
    for name, factory in FACTORIES.items():
        for arguments in calls(factory)[:2]:
            try:
                value = usual(factory, arguments)
            except Refused:
                continue
            if isinstance(value, Optimizer):
                found.setdefault(name, []).append(value)
    return found | extras()


def differing(left: Any, right: Any, same: Any) -> list[str]:
    """The places where two trees differ."""
    pairs = zip(jax.tree_util.tree_leaves_with_path(left), jax.tree.leaves(right), strict=True)
    return [f"{jax.tree_util.keystr(place)}: {a} {b}" for (place, a), b in pairs if not same(a, b)]


def alike(a: jax.Array, b: jax.Array) -> bool:
    return (a.shape, a.dtype) == (b.shape, b.dtype) and a.sharding.is_equivalent_to(b.sharding, a.ndim)


def lays_out(tx: Any, params: Any, mesh: Any) -> list[str]:
    """Faults of `init`: the first state's layout, and that of shapes alone, or of a compiled `init`."""
    state = tx.init(params)
    of_shapes = tx.init(jax.tree.map(lambda p: jax.ShapeDtypeStruct(p.shape, p.dtype, sharding=p.sharding), params))
    kinds = {leaf.shape: leaf.sharding for leaf in params.values()}
    faults = [f"of shapes alone {fault[:200]}" for fault in differing(state, of_shapes, alike)]
    for place, leaf in jax.tree_util.tree_leaves_with_path(state):
        model = kinds.get(leaf.shape, NamedSharding(mesh, P()))
        if leaf.sharding.device_set != model.device_set:
            faults.append(f"init leaves {jax.tree_util.keystr(place)} at {leaf.sharding}")
        elif leaf.shape in kinds and not leaf.sharding.is_equivalent_to(model, leaf.ndim):
            faults.append(f"init lays {jax.tree_util.keystr(place)} out as {leaf.sharding}")
    return faults


def keeps_types(tx: Any, params: Any) -> list[str]:
    """Faults of an update on an explicit mesh, whose layouts are types: traced, not compiled."""
    before = jax.eval_shape(lambda *given: given, params, tx.init(params))
    after = jax.eval_shape(functools.partial(step, tx), *before)
    return differing(before, after, lambda a, b: typed(a) == typed(b))


def typed(struct: Any) -> tuple:
    """Shape, dtype and axes of the mesh. A number that depends on no parameter has no mesh, and lies on all of it."""
    axes = struct.sharding.spec if struct.sharding else ()
    return struct.shape, struct.dtype, [axis for axis in axes if axis]


def runs(tx: Any, mesh: Any, in_jit: bool) -> tuple[list[str], Any]:
    """Faults of three compiled updates, and the parameters after them; from a compiled `init` too, or not."""
    before = params = parameters(mesh, FEW)
    eager = tx.init(params)
    state = jax.jit(tx.init)(params) if in_jit else eager
    faults = [f"a compiled init has {fault[:200]}" for fault in differing(eager, state, alike)]
    update, compiled = program(functools.partial(step, tx)), len(COMPILED)
    for start in (eager, state):
        params, state = before, start
        for _ in range(3):
            params, state = update(params, state)
    programs = len(COMPILED) - compiled
    faults += [f"{programs} programs for one update"] if programs != 1 else []
    return [*faults, *differing(before, params, alike)], params


def on_one_device(tx: Any) -> Any:
    """The parameters after three updates without a mesh."""
    params = jax.tree.map(np.asarray, parameters(jax.make_mesh((1, 1), ("x", "y")), FEW))
    params = jax.device_put(params, jax.devices()[0])
    update, state = jax.jit(functools.partial(step, tx)), tx.init(params)
    for _ in range(3):
        params, state = update(params, state)
    return params


def faults_of(name: str, values: list[Any], meshes: dict[str, Any], quick: bool) -> list[str]:
    """Faults of a unit. Quick: from an eager state alone, and compared with nothing."""
    faults, names = [], MATRICES.get(name, tuple(CUTS))
    for tx in values:
        faults += [fault for mesh in meshes.values() for fault in lays_out(tx, parameters(mesh, names), mesh)]
        faults += keeps_types(tx, parameters(meshes["explicit"], names))
    if "." not in name:  # those under other libraries' names are ours
        in_jit = not quick and name.split()[0] not in LAID_OUT and name not in planted()
        outcomes = [runs(values[0], mesh, in_jit) for mesh in meshes.values()]
        faults += [fault for found, _ in outcomes for fault in found]
        first, *ends = [jax.tree.map(np.asarray, end) for _, end in outcomes]
        ends += [] if quick or name.split()[0] in NOISY else [jax.tree.map(np.asarray, on_one_device(values[0]))]
        for end in ends:
            faults += differing(first, end, lambda a, b: np.allclose(a, b, rtol=1e-4, atol=1e-5))
    return [fault.replace("\n", " ") for fault in faults]


def main(names: list[str], quick: bool) -> None:
    meshes = {
        kind: jax.make_mesh((2, 4), ("x", "y"), axis_types=(getattr(AxisType, kind.title()),) * 2)
        for kind in ("explicit", "auto")[: 1 if quick else 2]
    }
    asked = {name: functools.partial(faults_of, name, values, meshes, quick)
             for name, values in (units() | planted()).items()}  # fmt: skip
    asked |= {} if quick else alone()
    found = {}
    for name in names or [name for name in asked if name not in LEFT_OUT]:
        try:
            found[name] = asked[name]()
        except Exception:
            found[name] = [traceback.format_exc(limit=-4)]
    print(json.dumps(found))


if __name__ == "__main__":
    main([name for name in sys.argv[1:] if name != "--quick"], "--quick" in sys.argv)
