"""Gradients of a loss in which parameters that are only looked up by ids get `Rows`."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import optax

from lropt_jax._core.absent import completed
from lropt_jax._core.learned import learned
from lropt_jax._core.masks import chosen
from lropt_jax._core.paths import by_path
from lropt_jax._core.refusal import Refused, WrongType, naming
from lropt_jax._core.rows import Rows
from lropt_jax.wrappers._lookups import Lookup, as_rows, run, uses


def rows_grad(loss: Callable[..., Any], tables: Any = None, *, has_aux: bool = False) -> Callable[..., Any]:
    """The gradient of a loss, with `Rows` for parameters that it only looks up by ids; no dense one is made for them.

    `loss` stays as it is: `table[ids]`, `jnp.take(table, ids, axis=0)`, `nnx.Embed`, `nn.Embed` of Linen and
    `eqx.nn.Embedding` under `jax.vmap` are all found in its program. It may look a table up several times. The ids that
    a batch reads are those of all lookups, one after another.

    Choose it for tables of which a batch reads few rows, with the optimizer `wrappers.rows`.

    Args:
        loss: A function `loss(params, *args, **kwargs)` that gives a number.
        tables: Which parameters get `Rows`: a pattern of paths such as "*embedding", a sequence of patterns, a tree of
            bools like the parameters, or a function of them that gives one of these. Each must be looked up and used in
            no other way. None: all that are.
        has_aux: `loss` gives `(number, aux)`, with arrays in `aux`.

    Returns:
        A function of the arguments of `loss` that gives the gradients, or `(gradients, aux)`. They have the tree of
        `params`: None for what has no gradient, as whole numbers and functions of an Equinox module.

    Raises:
        TypeError: `loss` is not a function.
        ValueError: A parameter in `tables` is used otherwise. A table that is read inside of `jax.lax.scan` or
            `jax.checkpoint`, one that also gives the logits, or one in a penalty of all weights, has a dense gradient.

    With `tables=None` a parameter that is also used otherwise gets a dense gradient without a word, so name large
    tables. A lookup that an explicit mesh needs `out_sharding` for is not found; make `Rows` by hand there: the
    gradient with respect to `table[ids]`.

    Example:
        >>> import jax.numpy as jnp
        >>> params = {"table": jnp.zeros((1000, 2)), "w": jnp.ones(2)}
        >>> loss = lambda params, ids: jnp.sum(params["table"][ids] @ params["w"])
        >>> grads = rows_grad(loss)(params, jnp.array([7, 9]))
        >>> grads["table"]
        Rows(ids=[7 9], values=[[1. 1.]
         [1. 1.]])
    """
    both = _value_and_grad("rows_grad", loss, tables, has_aux)

    def grad(params: optax.Params, *args: Any, **kwargs: Any) -> Any:
        value, grads = both(params, *args, **kwargs)
        return (grads, value[1]) if has_aux else grads

    return grad


def rows_value_and_grad(
    loss: Callable[..., Any], tables: Any = None, *, has_aux: bool = False
) -> Callable[..., tuple[Any, optax.Updates]]:
    """A loss and its gradient, with `Rows` for parameters that it only looks up by ids: `rows_grad` with the value.

    Choose it in a training step, where the loss is wanted too.

    Args:
        loss: A function `loss(params, *args, **kwargs)` that gives a number.
        tables: Which parameters get `Rows`, as in `rows_grad`. None: all that are only looked up.
        has_aux: `loss` gives `(number, aux)`, with arrays in `aux`.

    Returns:
        A function of the arguments of `loss` that gives `(value, gradients)`, or `((value, aux), gradients)`.

    Raises:
        TypeError: `loss` is not a function.
        ValueError: A parameter in `tables` is used otherwise.

    Example:
        >>> import jax.numpy as jnp
        >>> both = rows_value_and_grad(lambda table, ids: jnp.sum(table[ids]))
        >>> both(jnp.ones((1000, 2)), jnp.array([7, 9]))[0]
        Array(4., dtype=float32)
    """
    return _value_and_grad("rows_value_and_grad", loss, tables, has_aux)


def _value_and_grad(owner: str, loss: Any, tables: Any, has_aux: bool) -> Callable[..., tuple[Any, optax.Updates]]:
    if not callable(loss):
        raise WrongType(f"{owner}: loss must be a function, got {loss!r}.")

    def both(params: optax.Params, *args: Any, **kwargs: Any) -> tuple[Any, optax.Updates]:
        with naming(owner):
            part = learned(params)
            leaves, tree = jax.tree.flatten(part)

            def of_leaves(leaves: list[Any]) -> Any:
                return loss(completed(jax.tree.unflatten(tree, leaves), params), *args, **kwargs)

            closed, shape = jax.make_jaxpr(of_leaves, return_shape=True)(leaves)
            found = uses(closed.jaxpr)
            arrays, lookups = _tables(tables, part, leaves, found.lookups, found.others)

            def of_parts(dense: list[Any], added: list[jax.Array]) -> tuple[Any, Any]:
                inputs = [
                    None if leaf in arrays else next(rest) for rest in [iter(dense)] for leaf in range(len(leaves))
                ]
                outputs, ids = run(closed, inputs, iter(added), arrays)
                result = jax.tree.unflatten(jax.tree.structure(shape), outputs)
                value, aux = result if has_aux else (result, None)
                return value, (ids, aux)

            dense = [leaf for index, leaf in enumerate(leaves) if index not in arrays]
            added = [jnp.zeros(lookup.equation.outvars[0].aval.shape, arrays[lookup.leaf].dtype) for lookup in lookups]
            (value, (ids, aux)), (grads, rows) = jax.value_and_grad(of_parts, (0, 1), has_aux=True)(dense, added)
            grads, rest = dict(enumerate(leaves)), iter(grads)
            for index in grads:
                grads[index] = _joined(index, lookups, ids, rows) if index in arrays else next(rest)
            return ((value, aux) if has_aux else value), jax.tree.unflatten(tree, [*grads.values()])

    return both


def _tables(
    tables: Any, part: Any, leaves: list[Any], lookups: list[Lookup], others: dict[int, str]
) -> tuple[dict[int, Any], list[Lookup]]:
    """The parameters that are tables, by the numbers of their leaves, and the lookups in them."""
    looked_up = {lookup.leaf for lookup in lookups}
    if tables is None:
        wanted = looked_up - others.keys()
    else:
        wanted = {index for index, yes in enumerate(jax.tree.leaves(chosen("tables", tables, part))) if yes}
        for index in sorted(wanted - (looked_up - others.keys())):
            place = [*by_path(part)][index]
            what = f"`{others[index]}` of it" if index in others else "no lookup"
            raise Refused(
                f"tables must be parameters that loss only looks up, table[ids], got {what} for {place!r}; "
                "leave it out of tables, and it gets a dense gradient."
            )
    return {index: leaves[index] for index in wanted}, [lookup for lookup in lookups if lookup.leaf in wanted]


def _joined(leaf: int, lookups: list[Lookup], ids: list[jax.Array], gradients: list[jax.Array]) -> Rows:
    """The rows of all lookups in a table."""
    parts = [
        as_rows(lookup, each, gradient)
        for lookup, each, gradient in zip(lookups, ids, gradients, strict=True)
        if lookup.leaf == leaf
    ]
    if len(parts) == 1:
        return parts[0]
    return Rows(jnp.concatenate([part.ids for part in parts]), jnp.concatenate([part.values for part in parts]))
