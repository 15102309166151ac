"""Read the record that `watch` keeps."""

from typing import Any

import numpy as np
import optax

from lropt_jax._core.checking import checked
from lropt_jax._core.limits import shown
from lropt_jax._core.refusal import Refused, WrongType
from lropt_jax._core.state import states_of
from lropt_jax._core.values import Value
from lropt_jax.diagnostics.ring import Record, unrolled
from lropt_jax.diagnostics.watch import WatchState


@checked
def record(state: optax.OptState) -> Any:
    """The rows that `watch` has kept, from a state of any nesting.

    Args:
        state: What `init` or `update` returned: the state of `watch`, or of anything around it.

    Returns:
        A dict of NumPy arrays with an entry for each row, in the order of steps. `step` is int32, (rows,). `rate`,
        `value`, `value_mean`, `value_std`, `grad_norm`, `update_norm`, `param_norm`, `ratio`, `cosine_grads`,
        `cosine_update`, `nonfinite`, `sharpness` and `limit` are (rows,). `group_ratio`, `group_grad_norm` and
        `group_param_norm` are (rows, groups), and `group_rate` is (rows, groups, 5). `groups` is the list of their
        names, and `lost` the number of older rows that newer ones have replaced. What is not known is NaN. A `vmap`ped
        state gives a list of such dicts, one for each lane: lanes may have different numbers of rows.

    Raises:
        ValueError: The state keeps no record, or several.

    Example:
        >>> import jax.numpy as jnp
        >>> from lropt_jax import chain
        >>> from lropt_jax.diagnostics import watch
        >>> from lropt_jax.optimizers import sgd
        >>> record(chain(watch(sgd(0.1))).init(jnp.ones(2)))["step"]
        array([], dtype=int32)
    """
    if isinstance(state, (Value, optax.GradientTransformation)):
        raise WrongType(f"state must be what init and update return, got {shown(state)}; give record(state).")
    found = states_of(WatchState, state)
    if not found:
        raise Refused("state must keep a record, got none; wrap the optimizer in watch(...).")
    if len(found) > 1:
        raise Refused(f"state must keep one record, got {len(found)}; put one watch(...) around the whole optimizer.")
    return _lanes(found[0].record)


def _lanes(kept: Record) -> Any:
    if np.ndim(kept.written) == 0:
        return unrolled(kept)

    def lane(place: int) -> Record:
        return Record(*(part if isinstance(part, dict) else part[place] for part in kept))  # type: ignore[arg-type]

    return [_lanes(lane(place)) for place in range(len(kept.written))]
