"""Make the updates that rows have missed, before they are read."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import optax

from lropt_jax._core.limits import shown
from lropt_jax._core.paths import by_path
from lropt_jax._core.refusal import Refused, WrongType, naming
from lropt_jax._core.rows import whole_ids
from lropt_jax._core.values import Optimizer
from lropt_jax._core.wrapping import like
from lropt_jax.wrappers._by_rows import put, taken
from lropt_jax.wrappers._returning import Returning
from lropt_jax.wrappers._row_slots import Table, laid_out, table_of


def caught_up(
    tx: Optimizer, state: Any, params: optax.Params, ids: Mapping[str, Any] | None = None
) -> tuple[optax.Params, Any]:
    """Parameters and state after the updates that rows have missed under `rows(..., mode="exact")`.

    Call it in two places: before the loss reads rows, with their `ids`, and before anything reads a whole table, as an
    evaluation or a checkpoint for another program does, without `ids`. What missed nothing stays as it is, bit by bit.

    Args:
        tx: The optimizer, `rows(...)`. With `mode="lazy"` parameters and state are given back as they are.
        state: Its state.
        params: The parameters.
        ids: For each table the ids whose rows the loss reads, in any shape: a dict from paths such as
            "encoder/embedding". None: all rows of all parameters.

    Returns:
        `(params, state)`.

    Raises:
        TypeError: `tx` is not `rows(...)`, `ids` is no dict, or some are no whole numbers.
        ValueError: A path is that of no parameter with rows.

    Example:
        >>> import jax.numpy as jnp
        >>> from lropt_jax.optimizers import sgd
        >>> from lropt_jax.wrappers import Rows, rows
        >>> tx, params = rows(sgd(1.0, momentum=0.5), mode="exact"), jnp.zeros(3)
        >>> state = tx.init(params)
        >>> for row in (0, 1, 1):
        ...     updates, state = tx.update(Rows(jnp.array([row]), jnp.ones(1)), state, params)
        ...     params = params + updates
        >>> params, caught_up(tx, state, params)[0]
        (Array([-1. , -2.5,  0. ], dtype=float32), Array([-1.75, -2.5 ,  0.  ], dtype=float32))
    """
    with naming("caught_up"):
        if not isinstance(tx, Optimizer) or tx.factory.name != "rows":
            raise WrongType(f"tx must be rows(...), got {shown(tx)}.")
        if ids is not None and not isinstance(ids, Mapping):
            raise WrongType(f"ids must be a dict from paths of tables, got {shown(ids)}.")
        if tx.mode == "lazy":
            return params, state
        whole = Returning(tx.optimizer)
        if ids is None:
            there, after = whole.current(state, params)
            return like(there, params), after
        tables = _tables(ids, params)
        layout = laid_out(whole.init, params, state, tables)
        part = taken(params, tables)
        there, after = whole.current(layout.gathered(state, tables), part)
        return put(params, like(there, part), tables), layout.scattered(state, after, tables)


def _tables(ids: Mapping[str, Any], params: optax.Params) -> list[Table]:
    known = {place: (index, np.shape(leaf)) for index, (place, leaf) in enumerate(by_path(params).items())}
    tables = []
    for place, given in ids.items():
        index, shape = known.get(place, (0, ()))
        if not shape:
            raise Refused(f"ids must have paths of parameters with rows, got {place!r}; there are {shown([*known])}.")
        tables.append(table_of(index, shape[0], whole_ids(given).ravel())[0])
    return tables
