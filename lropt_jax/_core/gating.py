"""An update that happens or not, as a scalar says, in place."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import optax
from jax.extend import core


def gated(
    go: jax.Array, update: Callable[..., tuple[optax.Updates, Any]], grads: optax.Updates, state: Any, params: Any
) -> tuple[optax.Updates, Any]:
    """`update(grads, state, params)` where `go`; else updates of 0 and the state as it was.

    With a branch, XLA writes the updates out and adds them in a second pass. With a choice between the whole old state
    and the whole new one, XLA copies the old one, because the updates are fused with it. So this runs the program of
    the update equation by equation, and holds each slot back as soon as it is made, before anything reads it. Values
    computed from a held-back slot do not matter: they only enter updates that are set to 0.
    """
    inputs, tree = jax.tree.flatten((grads, state, params))
    closed, shapes = jax.make_jaxpr(lambda *inputs: update(*jax.tree.unflatten(tree, inputs)), return_shape=True)(
        *inputs
    )
    jaxpr, slots = closed.jaxpr, jax.tree.leaves(state)
    made = len(jaxpr.outvars) - len(slots)
    known = dict(zip([*jaxpr.constvars, *jaxpr.invars], [*closed.consts, *inputs], strict=True))
    held = {
        variable: slot
        for variable, slot in zip(jaxpr.outvars[made:], slots, strict=True)
        if not isinstance(variable, core.Literal) and variable not in known
    }
    _run(jaxpr, known, lambda variable, result: jnp.where(go, result, held[variable]) if variable in held else result)

    def choose(variable: Any, otherwise: Any) -> Any:
        if isinstance(variable, core.Literal):
            return jnp.where(go, variable.val, otherwise)
        return known[variable] if held.get(variable) is otherwise else jnp.where(go, known[variable], otherwise)

    updates = [choose(variable, 0) for variable in jaxpr.outvars[:made]]
    kept = [choose(variable, slot) for variable, slot in zip(jaxpr.outvars[made:], slots, strict=True)]
    return jax.tree.unflatten(jax.tree.structure(shapes), [*updates, *kept])


def changed(
    update: Callable[..., tuple[optax.Updates, Any]],
    grads: optax.Updates,
    state: Any,
    params: Any,
    change: Callable[[int, Any], Any],
) -> optax.Updates:
    """The updates of `update(grads, state, params)`, of slots that change as soon as they are made.

    `change(index, slot)` gets each leaf of the new state, and what it gives is read in its place. So XLA need not make
    a slot twice, or keep it, where it is stored in another form than the update computes with.
    """
    inputs, tree = jax.tree.flatten((grads, state, params))
    closed, shapes = jax.make_jaxpr(lambda *inputs: update(*jax.tree.unflatten(tree, inputs)), return_shape=True)(
        *inputs
    )
    jaxpr, slots = closed.jaxpr, len(jax.tree.leaves(state))
    outputs = jaxpr.outvars[len(jaxpr.outvars) - slots :]
    known = dict(zip([*jaxpr.constvars, *jaxpr.invars], [*closed.consts, *inputs], strict=True))
    waiting: dict[Any, int] = {
        variable: index
        for index, variable in enumerate(outputs)
        if not isinstance(variable, core.Literal) and variable not in known
    }
    rest = set(range(slots)) - set(waiting.values())
    _run(jaxpr, known, lambda variable, made: change(waiting[variable], made) if variable in waiting else made)

    def value(variable: Any) -> Any:
        return jnp.asarray(variable.val) if isinstance(variable, core.Literal) else known[variable]

    for index in sorted(rest):
        change(index, value(outputs[index]))
    return jax.tree.unflatten(jax.tree.structure(shapes[0]), map(value, jaxpr.outvars[: len(jaxpr.outvars) - slots]))


def _run(jaxpr: core.Jaxpr, known: dict[Any, Any], change: Callable[[Any, Any], Any]) -> None:
    """Evaluate a program equation by equation; `change(variable, result)` is read in the place of each result."""
    for equation in jaxpr.eqns:
        for variable, result in zip(equation.outvars, evaluated(jaxpr, equation, known), strict=True):
            known[variable] = change(variable, result)


def replaced(go: jax.Array, new: Any, old: Any) -> Any:
    """A tree where `go`, else another one, in whose place it is: in a branch, so that it costs nothing where not.

    What `new` is made of is read in place only if all that is later written over it depends on the result.
    """
    return jax.lax.cond(go, _written, _old, go, new, old)


def _written(go: jax.Array, new: Any, old: Any) -> Any:
    """The new tree, written out. If a branch gives on what it got, XLA copies that in all branches."""
    return jax.tree.map(lambda a, b: jnp.where(go, a, b), new, old)


def _old(go: jax.Array, new: Any, old: Any) -> Any:
    return old


def evaluated(jaxpr: core.Jaxpr, equation: core.JaxprEqn, known: dict[Any, Any]) -> list[Any]:
    """The results of one equation of a program, from the known values of its inputs."""
    inputs = list(dict.fromkeys(atom for atom in equation.invars if not isinstance(atom, core.Literal)))
    alone = jaxpr.replace(
        constvars=[], invars=inputs, outvars=equation.outvars, eqns=[equation], effects=equation.effects,
        debug_info=jaxpr.debug_info.with_unknown_names(),
    )  # fmt: skip
    return core.jaxpr_as_fun(core.ClosedJaxpr(alone, ()))(*(known[atom] for atom in inputs))
