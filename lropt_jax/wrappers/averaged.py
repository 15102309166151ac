"""The parameters to evaluate with, from the state of what averages them."""

from typing import Any

import jax
import optax

from lropt_jax._core.absent import completed, is_absent, is_single
from lropt_jax._core.checking import checked
from lropt_jax._core.learned import learned
from lropt_jax._core.paths import is_masked
from lropt_jax._core.refusal import Refused
from lropt_jax._core.state import states_of
from lropt_jax._core.wrapping import widened
from lropt_jax.wrappers._averaging import AveragingState
from lropt_jax.wrappers.schedule_free import ScheduleFreeState


@checked
def averaged(state: optax.OptState, params: optax.Params | None = None) -> optax.Params:
    """The parameters to evaluate with, from a state that keeps an average of them, however deep it is nested.

    Args:
        state: The state of `ema`, `polyak_ruppert` or `schedule_free`, or of anything around them, such as `groups`.
        params: The parameters themselves, for those that have no average, as in groups that are `frozen`, and for what
            else a whole model holds. None: all parameters must have one, and a model has None in the place of the rest.

    Returns:
        The average, a tree like the parameters, float32 or wider.

    Raises:
        ValueError: The state keeps no average, or several of one parameter. Or some parameters have none, and `params`
            is None.

    Example:
        >>> import jax.numpy as jnp
        >>> from lropt_jax import chain
        >>> from lropt_jax.optimizers import sgd
        >>> from lropt_jax.wrappers import ema
        >>> averaged(chain(ema(sgd(0.1))).init(jnp.ones(2)))
        Array([1., 1.], dtype=float32)
    """
    found = [node.average for node in states_of((AveragingState, ScheduleFreeState), state)]
    if not found:
        raise Refused("state must keep an average, got none; wrap the optimizer in `ema`.")
    average = jax.tree.map(_only, *found, is_leaf=is_single)
    if params is not None:
        return completed(average, completed(widened(learned(params)), params))
    if any(map(is_masked, jax.tree.leaves(average, is_leaf=is_masked))):
        raise Refused("params must be given where not all are averaged; call averaged(state, params).")
    return average


def _only(*averages: Any) -> Any:
    """The one average of a parameter: in the states of other groups it is masked out."""
    there = [average for average in averages if not is_absent(average)]
    if len(there) > 1:
        raise Refused(
            f"state must keep one average of a parameter, got {len(there)}; "
            "one wrapper goes around all, as in ema(per_leaf(...))."
        )
    return there[0] if there else averages[0]
