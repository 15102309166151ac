"""Specimens with a planted fault, and the law that must find it."""

import functools
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import pytest

from lropt_jax import lift
from lropt_jax._core.values import Value, _flatten, _flatten_with_keys, restore
from lropt_jax.optimizers import Direction, descent


class Fault(NamedTuple):
    """A specimen that breaks one law, and the error that this law then raises."""

    law: str
    specimen: Any
    error: type[BaseException] = AssertionError
    match: str | None = None


def broken(laws: type, fault: Fault, name: str = "specimen", **more: Any) -> Any:
    return type("Broken", (laws,), {name: fault.specimen} | more)()


def each(faults: list[Fault]) -> Any:
    """Parametrize a test with faults."""
    return pytest.mark.parametrize("fault", faults, ids=[fault.law.removeprefix("test_") for fault in faults])


def assert_found(laws: type, fault: Fault, **more: Any) -> None:
    """The law fails as it says, and in the law itself: an assertion of its own, or the error that the fault raises."""
    with pytest.raises(fault.error, match=fault.match):
        getattr(broken(laws, fault, **more), fault.law)()


def laws_of(*kinds: type) -> set[str]:
    return {name for kind in kinds for name in dir(kind) if name.startswith("test_")}


def of_kind(kind: type[Value], value: Value, flatten: Any = _flatten, unflatten: Any = None, keys: Any = None) -> Any:
    """The value as one of a faulty kind, which goes through JAX in a way of its own."""
    jax.tree_util.register_pytree_with_keys(
        kind, keys or _flatten_with_keys, unflatten or functools.partial(restore, kind), flatten
    )
    return restore(kind, (value.factory, tuple(value._sealed)), tuple(value._sealed.values()))


def of_each_number(kind: type[Value], value: Value) -> Any:
    """The value as a kind that has its first number in the tree's definition too: each is traced anew."""

    def definition(value: Value) -> tuple:
        first = next(iter(value._sealed.values()))
        return (*_flatten(value)[1], None if is_traced(first) else repr(first))

    return of_kind(
        kind,
        value,
        flatten=lambda value: (_flatten(value)[0], definition(value)),
        unflatten=lambda definition, sealed: restore(kind, definition[:2], sealed),
        keys=lambda value: (_flatten_with_keys(value)[0], definition(value)),
    )


class SlotState(NamedTuple):
    count: Any
    learning_rate: Any
    rate: Any
    slot: Any


def planted(init: Any, apply: Any) -> Any:
    """An optimizer with one slot."""

    @lift
    def faulty(learning_rate, scale):
        direction = Direction(SlotState, lambda params: {"slot": init(params)}, functools.partial(apply, scale))
        return descent(direction, learning_rate)

    return faulty(0.1, 0.5)


def keep(scale: Any, grads: Any, state: Any, params: Any) -> tuple[Any, Any]:
    """A sound direction: gradients times a number."""
    return jax.tree.map(lambda g: scale * g.astype(jnp.promote_types(g.dtype, jnp.float32)), grads), state


def first_lane(number: Any) -> Any:
    """A number; side by side, all lanes get that of the first."""

    @jax.custom_batching.custom_vmap
    def same(x):
        return x

    @same.def_vmap
    def _(size, batched, x):
        return jnp.broadcast_to(x[:1], x.shape), True

    return same(jnp.asarray(number, jnp.result_type(float)))


def is_traced(x: Any) -> bool:
    return isinstance(x, jax.core.Tracer)
