"""The scorecard's probes: each takes an entrant and gives what stands in the table, True where it passes."""

import contextlib
import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from entrants import STEPS, Entrant, bowl, finite, spoiled, start
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from lropt_jax.wrappers import skip_nonfinite


def donation(entrant: Entrant) -> bool:
    """Parameters and the state of `init`, eager or jitted, can be donated together: they share no buffer."""
    tx, shared = entrant.make(), 0
    for init in (tx.init, jax.jit(tx.init)):
        params = start()
        state = init(params)
        buffers = [leaf.unsafe_buffer_pointer() for leaf in jax.tree.leaves((params, state))]
        shared += len(buffers) - len(set(buffers))
        params, state, _ = entrant.step(tx, params, state, bowl(params))
    return not shared and finite(params, state)


def zero_gradients(entrant: Entrant) -> bool:
    """After two first gradients of 0, as of unused parts of a model, all is finite. Only decay has moved anything."""
    params = start()
    after, state, updates = entrant.run(entrant.make(), params, lambda p: jax.tree.map(jnp.zeros_like, p), 2)
    lost = 1 - np.concatenate([np.ravel(after[name] / params[name]) for name in params])
    decay = 2 * entrant.rate * (entrant.defaults.get("weight_decay") or 0)
    return finite(after, state, updates) and bool(np.all((lost > -1e-6) & (lost < decay + 1e-6)))


def one_nan(entrant: Entrant) -> bool:
    """Inside `skip_nonfinite` or its like, a NaN among good gradients changes no bit of state and parameters."""
    tx = skip_nonfinite(entrant.make()) if entrant.ours else _if_finite(entrant.make())

    def bits(params: Any, state: Any) -> list[bytes]:
        return [np.asarray(leaf).tobytes() for leaf in jax.tree.leaves((params, state[-1]))]  # the state inside

    params, state, _ = entrant.run(tx, start(), bowl, 1)
    before = bits(params, state)
    params, state, _ = entrant.step(tx, params, state, spoiled(params))
    after = bits(params, state)
    params, state, _ = entrant.step(tx, params, state, bowl(params))
    return before == after != bits(params, state) and finite(params, state)


_if_finite = functools.cache(lambda tx: optax.apply_if_finite(tx, 10))


def bf16_rates(entrant: Entrant) -> int:
    """Distinct rates recorded in 400 steps of a cosine with bf16 parameters. At 400 no rate is rounded away."""
    return len(set(_recorded(entrant)))


@functools.cache
def _recorded(entrant: Entrant) -> list[float]:
    tx = entrant.make() if entrant.ours else entrant.inject("learning_rate")
    rates: list[float] = []

    def read(state: Any) -> None:
        rates.append(float(state.learning_rate if entrant.ours else state.hyperparams["learning_rate"]))

    entrant.run(tx, start(jnp.bfloat16), bowl, STEPS, see=read)
    return rates


def bf16_numbers(entrant: Entrant) -> bool:
    """Numbers given as arrays, such as a `b2` of 0.999 that is 1 in bf16, make a finite step with bf16 parameters."""

    def passes(tx: Any) -> bool:
        with contextlib.suppress(TypeError):
            return finite(entrant.run(tx, start(jnp.bfloat16), bowl, 1))
        return False

    if entrant.ours:
        return passes(entrant.make())
    names = [name for name in ("learning_rate", "b2") if name in entrant.defaults]
    return any(passes(entrant.inject(*names, dtype=dtype)) for dtype in (jnp.float32, None))


def bf16_memory(entrant: Entrant) -> bool:
    """A gradient of 8 fades in bf16 as in float32: after 2,000 of 1/128 the updates agree to a quarter."""
    tx = entrant.make(falling=False)

    def last(params: Any) -> Any:
        def again(state: Any, step: Any) -> Any:
            updates, state = tx.update(jnp.full_like(params, jnp.where(step, 1 / 128, 8)), state, params)
            return state, updates[0]

        return jax.lax.scan(again, tx.init(params), jnp.arange(2_001))[1][-1]

    low, high = (float(jax.jit(last)(jnp.ones(1, dtype))) for dtype in (jnp.bfloat16, jnp.float32))
    return abs(low / high - 1) < 0.25


def bf16_descent(entrant: Entrant) -> bool:
    """400 steps of a cosine bring bf16 parameters near a minimum: by 4/5 of float32's decades, or by five decades."""

    def decades(dtype: Any) -> float:
        near, far = entrant.run(entrant.make(), start(dtype), bowl, STEPS)[0], start()
        return -np.log10(max(np.linalg.norm(near["w"]) / np.linalg.norm(far["w"]), 1e-5))

    return bool(decades(jnp.bfloat16) >= 0.8 * decades(jnp.float32))


def f16_squares(entrant: Entrant) -> bool:
    """Gradients from 300 to 60,000 in float16, whose squares are infinite there, leave updates and state finite."""

    def large(params: Any) -> Any:
        return jax.tree.map(lambda p: jnp.geomspace(300, 6e4, p.size).reshape(p.shape).astype(p.dtype), params)

    _, state, updates = entrant.run(entrant.make(), start(jnp.float16), large, 2)
    return finite(state, updates)


def empty_tree(entrant: Entrant) -> bool:
    """A model without parameters, `{}`, goes through `init` and `update` under `jit`."""
    tx = entrant.make()
    return jax.jit(lambda: tx.update({}, tx.init({}), {})[0])() == {}


def strict_dtypes(entrant: Entrant) -> bool:
    """`init` and `update` trace where JAX refuses to promote dtypes: for float32 parameters, with x64 and without."""

    def traced(params: Any) -> Any:
        tx = entrant.make(falling=False)
        return tx.update(params, tx.init(params), params)

    for x64 in (False, True):
        with _x64(x64), jax.numpy_dtype_promotion("strict"):
            jax.eval_shape(traced, jax.eval_shape(start))
    return True


def _x64(on: bool) -> contextlib.AbstractContextManager:
    if hasattr(jax, "enable_x64"):
        return jax.enable_x64(on)
    from jax.experimental import enable_x64

    return enable_x64(on)


def mesh_compiles(entrant: Entrant) -> int:
    """Programs that XLA compiles for three steps on a mesh, from a state that is laid out as the parameters are."""
    mesh = Mesh(np.array(jax.devices()), ("data",))
    split, whole = NamedSharding(mesh, PartitionSpec("data")), NamedSharding(mesh, PartitionSpec())
    params, tx = jax.device_put(start(), split), entrant.make()
    shapes = [leaf.shape for leaf in jax.tree.leaves(params)]
    layout = jax.tree.map(lambda leaf: split if leaf.shape in shapes else whole, jax.eval_shape(tx.init, params))
    state, grads = jax.jit(tx.init, out_shardings=layout)(params), bowl(params)
    before = len(_compiled)
    for _ in range(3):
        params, state, _ = entrant.step(tx, params, state, grads)
    return len(_compiled) - before


_compiled: list[str] = []
jax.monitoring.register_event_duration_secs_listener(
    lambda event, *_, **__: _compiled.append(event) if event.endswith("/backend_compile_duration") else None
)


def number_or_schedule(entrant: Entrant) -> bool:
    """The state is the same tree for a number and for a schedule: a run can go on under either."""
    fixed, moving = (jax.eval_shape(entrant.make(falling).init, start()) for falling in (False, True))
    return jax.tree.structure(fixed) == jax.tree.structure(moving)


def rate_readable(entrant: Entrant) -> bool:
    """The rate of the last update is in the state: over 400 steps it is the schedule's at each."""
    schedule = optax.cosine_decay_schedule(entrant.rate, STEPS)
    return np.allclose(_recorded(entrant), schedule(np.arange(STEPS)), rtol=1e-4, atol=1e-7)


PROBES: dict[Callable[[Entrant], Any], Any] = {  # each with what passes
    donation: True,
    zero_gradients: True,
    one_nan: True,
    bf16_rates: STEPS,
    bf16_numbers: True,
    bf16_memory: True,
    bf16_descent: True,
    f16_squares: True,
    empty_tree: True,
    strict_dtypes: True,
    mesh_compiles: 1,
    number_or_schedule: True,
    rate_readable: True,
}
