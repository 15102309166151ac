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
    for equation in jaxpr.eqns:
        for variable, result in zip(equation.outvars, _evaluate(jaxpr, equation, known), strict=True):
            known[variable] = jnp.where(go, result, held[variable]) if variable in held else result

    def choose(variable: Any, otherwise: Any) -> Any:
        if isinstance(variable, core.Literal):
            return jnp.where(go, variable.val, otherwise)
        return known[variable] if held.get(variable) is otherwise else jnp.where(go, known[variable], otherwise)

    updates = [choose(variable, 0) for variable in jaxpr.outvars[:made]]
    kept = [choose(variable, slot) for variable, slot in zip(jaxpr.outvars[made:], slots, strict=True)]
    return jax.tree.unflatten(jax.tree.structure(shapes), [*updates, *kept])


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


def _evaluate(jaxpr: core.Jaxpr, equation: core.JaxprEqn, known: dict[Any, Any]) -> list[Any]:
    """The results of one equation of a program, from the known values of its inputs."""
    inputs = list(dict.fromkeys(atom for atom in equation.invars if not isinstance(atom, core.Literal)))
    alone = jaxpr.replace(
        constvars=[], invars=inputs, outvars=equation.outvars, eqns=[equation], effects=equation.effects,
        debug_info=jaxpr.debug_info.with_unknown_names(),
    )  # fmt: skip
    return core.jaxpr_as_fun(core.ClosedJaxpr(alone, ()))(*(known[atom] for atom in inputs))
