"""Keep a record of what the learning rate does, inside the compiled step."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
from jax.typing import ArrayLike

from lropt_jax._core.accumulators import wide, zeros
from lropt_jax._core.anywhere import anywhere
from lropt_jax._core.effective import effective_rates, with_rates
from lropt_jax._core.kinds import Size, WatchedOptimizer
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import real
from lropt_jax._core.refusal import Refused
from lropt_jax._core.state import recorded
from lropt_jax._core.wrapping import extended
from lropt_jax.diagnostics._groups import members
from lropt_jax.diagnostics._measure import Seen, measured, numbers
from lropt_jax.diagnostics.ring import Record, Row, empty, written


class WatchState(NamedTuple):
    """State of `watch`."""

    updates_made: jax.Array
    record: Record
    losses: jax.Array
    before: optax.Updates | None
    inner: Any


@lift
def watch(
    optimizer: WatchedOptimizer,
    every: Size = 100,
    *,
    keep: Size = 256,
    groups: Sequence[str] | None = None,
    cosine: bool = True,
) -> optax.GradientTransformationExtraArgs:
    """Keep a record of the rate, the loss, the gradients and the updates, a row every `every` steps.

    `diagnostics.record(state)` gives the rows. The updates are not changed, bit for bit. A row is measured inside the
    compiled step, in a branch that runs on these steps alone. So it works in `jit`, `scan` and `vmap` and on meshes,
    and nothing is called back.

    Choose it for every run that you may have to explain. Put it around all other wrappers, so that it sees the
    gradients that you give and the updates that you add.

    A row says of its update: `step`; `rate`, which the optimizer records, the largest of several; `value`, the loss
    that was passed as `value`, and `value_mean` and `value_std`, the mean and the spread of the losses since the row
    before; `grad_norm`, `update_norm`, `param_norm`, and `ratio`, the update's over the parameters'; `cosine_update`,
    between the update and the negative gradient; `cosine_grads`, between the gradient and the one before;
    `nonfinite`, the share of gradient entries that are NaN or infinite; `sharpness` and `limit`. For each group it says
    `group_ratio`, `group_grad_norm`, `group_param_norm`, and in `group_rate` the quantiles 0, 1/4, 1/2, 3/4 and 1 of
    the effective rate of its parameters: the rate times the optimizer's own scale. An optimizer that has no such scale,
    and one of Optax's, gets an estimate, `|update| / |gradient|` where the gradient is not 0; momentum makes it rough.
    What is not known is NaN.

    Args:
        optimizer: Any, of this library or of Optax. Its updates are not changed.
        every: Steps from one row to the next, a whole number >= 1. Step 0 has the first row.
        keep: Rows that are kept, a whole number >= 1. When they are full, each new row takes the place of the oldest.
        groups: Patterns of paths, as in `multiply`; "*" takes the parameters that no other pattern takes. None: the
            parameters of one module each. Where there are more than 64 modules, those of one top-level module.
        cosine: Measure `cosine_grads`. It keeps the gradient before each row.

    Returns:
        An optimizer. State: `updates_made` () int32; `record`, `keep * (56 + 32 * groups)` bytes and 4; `losses`, how
        many since the last row, their mean and their sum of squares about it, (3,) float32; `before`, the gradient
        before a row (None without `cosine`); `inner`. Memory: the record, and with `cosine` 1 x params, float32.

    Raises:
        TypeError: `optimizer` is not a gradient transformation.
        ValueError: `every` or `keep` is below 1 or not whole, a pattern matches no parameter, or a parameter matches
            several.

    Example:
        >>> import jax.numpy as jnp
        >>> from lropt_jax.diagnostics import record
        >>> from lropt_jax.optimizers import sgd
        >>> tx, params = watch(sgd(0.5), every=1), jnp.array([3.0, 4.0])
        >>> _, state = tx.update(params, tx.init(params), params, value=12.5)
        >>> rows = record(state)
        >>> rows["rate"], rows["grad_norm"], rows["ratio"]
        (array([0.5], dtype=float32), array([5.], dtype=float32), array([0.5], dtype=float32))
    """
    inner = extended(optimizer)

    def init(params: optax.Params) -> WatchState:
        record = empty(keep, tuple(members(params, groups)))
        before = zeros(params) if cosine else None
        return WatchState(jnp.zeros((), jnp.int32), record, jnp.zeros(3, real(0).dtype), before, inner.init(params))

    def update(grads: optax.Updates, state: WatchState, params: optax.Params | None = None, **extra: Any) -> tuple:
        updates, moved = inner.update(grads, state.inner, params, **extra)
        due, count = state.updates_made % every == 0, optax.safe_increment(state.updates_made)
        losses = _gathered(state.losses, extra.get("value"))

        def row(record: Record) -> Record:
            rates = effective_rates(inner, moved, updates)
            known = (None if tree is None else _still(tree) for tree in (params, state.before, rates))
            facts, by_group = measured(Seen(_still(grads), _still(updates), *known), members(updates, groups))
            facts["cosine_grads"] = jnp.where(count > 1, facts.get("cosine_grads", jnp.nan), jnp.nan)
            facts |= {"rate": _rate(moved)} | _of_losses(losses, extra.get("value"))
            return written(record, Row(state.updates_made, numbers(**facts), by_group), due)

        updates, record, before = _branch(due, row, updates, state.record, state.before)
        before = _before(grads, before, count % every == 0)
        return updates, WatchState(count, record, jnp.where(due, 0, losses), before, moved)

    return with_rates(
        optax.GradientTransformationExtraArgs(init, update),
        lambda state, grads: effective_rates(inner, state.inner, grads),
    )


def _branch(go: jax.Array, row: Callable[[Record], Record], updates: Any, record: Record, before: Any) -> tuple:
    """The record with a row more where `go`. The updates and the gradient before go through, unchanged.

    Without that, nothing says that the row must be measured before the updates are added to the parameters and the
    gradient is replaced: XLA would copy all of them at every step. The barriers hide from JAX that they are unchanged.
    """

    def work(updates: Any, record: Record, before: Any) -> tuple:
        updates, before = jax.lax.optimization_barrier((updates, before))
        return updates, row(record), before

    return jax.lax.cond(anywhere(go), work, lambda *same: same, updates, record, before)


def _before(grads: optax.Updates, before: optax.Updates | None, go: jax.Array) -> optax.Updates | None:
    """The gradient of this step, if the next one has a row; else what was there."""
    if before is None:
        return None

    def fresh(kept: optax.Updates) -> optax.Updates:
        return jax.tree.map(lambda old, g: jnp.where(go, wide(jax.lax.stop_gradient(g)), old), kept, grads)

    return jax.lax.cond(anywhere(go), fresh, lambda kept: kept, before)


def _gathered(losses: jax.Array, value: ArrayLike | None) -> jax.Array:
    """How many losses there were since the last row, their mean, and their sum of squares about it (Welford 1962)."""
    if value is None:
        return losses
    if jnp.shape(value) != ():
        raise Refused(f"value must have the shape (), got {jnp.shape(value)}.")
    loss, (many, mean, squares) = jax.lax.stop_gradient(real(value)), losses
    moved = mean + (loss - mean) / (many + 1)
    return jnp.stack([many + 1, moved, squares + (loss - mean) * (loss - moved)])


def _of_losses(losses: jax.Array, value: ArrayLike | None) -> dict[str, jax.Array]:
    many, mean, squares = losses
    spread = jnp.where(many > 1, jnp.sqrt(squares / jnp.maximum(many - 1, 1)), jnp.nan)
    known = {} if value is None else {"value": jax.lax.stop_gradient(real(value))}
    return known | {"value_mean": jnp.where(many > 0, mean, jnp.nan), "value_std": spread}


def _rate(state: Any) -> jax.Array:
    """The rate that a state records, the largest of several; NaN without one."""
    rates = [real(jnp.max(rate)) for rate in recorded(state).values()]
    return jax.lax.stop_gradient(jnp.max(jnp.stack(rates))) if rates else real(jnp.nan)


def _still(tree: Any) -> list[jax.Array]:
    return [jax.lax.stop_gradient(jnp.asarray(leaf)) for leaf in jax.tree.leaves(tree)]
