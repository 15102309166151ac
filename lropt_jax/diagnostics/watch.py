"""Keep a record of what the learning rate does, inside the compiled step."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax

from lropt_jax._core.accumulators import zeros
from lropt_jax._core.kinds import Size, WatchedOptimizer
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import real
from lropt_jax._core.wrapping import extended
from lropt_jax.diagnostics._branches import branch
from lropt_jax.diagnostics._curve import Curve, check_loss, limit_of
from lropt_jax.diagnostics._groups import members
from lropt_jax.diagnostics._losses import begun, gathered, number, of_losses
from lropt_jax.diagnostics._measure import Seen, measured, numbers, rate_of, rates_of, still
from lropt_jax.diagnostics.ring import Record, Row, empty, written


class WatchState(NamedTuple):
    """State of `watch`."""

    updates_made: jax.Array
    record: Record
    losses: jax.Array
    before: optax.Updates | None
    vector: optax.Updates | None
    inner: Any


@lift
def watch(
    optimizer: WatchedOptimizer,
    every: Size = 100,
    *,
    keep: Size = 256,
    groups: Sequence[str] | None = None,
    cosine: bool = True,
    sharpness: Any = None,
    sharpness_every: Size = 1,
    sharpness_steps: Size = 4,
) -> optax.GradientTransformationExtraArgs:
    """Keep a record of the rate, the loss, the gradients and the updates, a row every `every` steps.

    `diagnostics.record(state)` gives the rows. `update` returns the updates of the optimizer, bit for bit. Where XLA
    compiles it together with more, as in a `scan` over steps, it may round the sum of parameters and updates in another
    way: then two runs differ in last bits, as after any change of a program. A row is measured inside the compiled
    step, in a branch that runs on these steps alone. So it works in `jit`, `scan` and `vmap` and on meshes, and nothing
    is called back.

    Choose it for every run that you may have to explain. Put it around all other wrappers, so that it sees the
    gradients that you give and the updates that you add.

    A row says of its update: `step`; `rate`, which the optimizer records, the largest of several; `value`, the loss
    that was passed as `value`, and `value_mean` and `value_std`, the mean and the spread of the losses since the row
    before; `grad_norm`, `update_norm`, `param_norm`, and `ratio`, the update's over the parameters'; `cosine_update`,
    between the update and the negative gradient; `cosine_grads`, between the gradient and the one before;
    `nonfinite`, the share of gradient entries that are NaN or infinite; `sharpness` and `limit`. For each group it says
    `group_ratio`, `group_grad_norm`, `group_param_norm`, and in `group_rate` the quantiles 0, 1/4, 1/2, 3/4 and 1 of
    the effective rate of its parameters: the rate times the optimizer's own scale. The smallest and the largest are
    exact; in a group of more than 512 parameters the others are those of a sample of 256 to 512, at equal distances. An
    optimizer that has no such scale, and one of Optax's, gets an estimate, `|update| / |gradient|` where the gradient
    is not 0; momentum makes it rough. What is not known is NaN.

    Args:
        optimizer: Any, of this library or of Optax. Its updates are not changed.
        every: Steps from one row to the next, a whole number >= 1. Step 0 has the first row.
        keep: Rows that are kept, a whole number >= 1. When they are full, each new row takes the place of the oldest.
        groups: Patterns of paths, as in `multiply`; "*" takes the parameters that no other pattern takes. None: the
            parameters of one module each. Where there are more than 64 modules, those of one top-level module.
        cosine: Measure `cosine_grads`. It keeps the gradient before each row.
        sharpness: A function of the parameters alone whose `diagnostics.sharpness` is measured, in the optimizer's
            scale if it says one: the loss on one fixed batch. Or True: the `value_fn` that `update` gets, which `solve`
            passes; on another batch each time, what changes may be the batch. None: no sharpness.
        sharpness_every: Rows from one sharpness to the next, a whole number >= 1.
        sharpness_steps: Hessian-vector products for each, a whole number >= 1. Each measurement goes on from the vector
            of the last one, so few suffice. The first values are lower bounds: take 10 products if they matter.

    Returns:
        An optimizer. State: `updates_made` () int32; `record`, `keep * (56 + 32 * groups)` bytes and 4; `losses`, how
        many since the last row, their sums and what they are counted from, (4,) float32; `before`, the gradient
        before a row (None without `cosine`); `vector`, where the loss curves most (None without `sharpness`); `inner`.
        Memory: the record; with `cosine` 1 x params, float32, and with `sharpness` as much again. For the time of a
        row, the update and one more array like the parameters. Time: a few numbers at each step, which keep count of
        the losses; at a row another update and about 8 sums over the parameters.

    Raises:
        TypeError: `optimizer` is not a gradient transformation, or `sharpness` is no function of the parameters.
        ValueError: `every`, `keep` or another count is below 1 or not whole, a pattern matches no parameter, a
            parameter matches several, `value` is no number, or `update` is called without the `params` or the
            `value_fn` that `sharpness` needs.

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
    curve = Curve(sharpness, sharpness_every, sharpness_steps)

    def init(params: optax.Params) -> WatchState:
        before, vector = zeros(params) if cosine else None, None if sharpness is None else zeros(params)
        record, losses = empty(keep, tuple(members(params, groups))), jnp.zeros(4, real(0).dtype)
        return WatchState(jnp.zeros((), jnp.int32), record, losses, before, vector, inner.init(params))

    def update(grads: optax.Updates, state: WatchState, params: optax.Params | None = None, **extra: Any) -> tuple:
        value, loss = number(extra.get("value")), curve.loss(params, extra)

        def row(state: WatchState, due: jax.Array) -> WatchState:
            updates, moved = inner.update(grads, state.inner, params, **extra)
            parts: Any = map(still, (grads, updates, params, state.before, rates_of(inner, moved, updates)))
            known, by_group = measured(Seen(*parts), members(updates, groups))
            steep, vector = curve.measured(loss, inner, moved, params, state.vector, state.record.written, due)
            known |= {"rate": rate_of(moved), "limit": limit_of(inner, moved), "sharpness": steep}
            known |= of_losses(gathered(state.losses, value), value)
            new = Row(state.updates_made, numbers(**known), by_group)
            losses = begun(state.losses, value, due)
            return state._replace(record=written(state.record, new, due), losses=losses, vector=vector)

        state = branch(state, every, row, grads)
        updates, moved = inner.update(grads, state.inner, params, **extra)
        made = optax.safe_increment(state.updates_made)
        return updates, state._replace(updates_made=made, losses=gathered(state.losses, value), inner=moved)

    return optax.GradientTransformationExtraArgs(init, update)


@watch.requires
def _(sharpness: Any) -> None:
    check_loss(sharpness)
