"""Update the rows of an embedding table that the batch has read, and no others."""

from typing import Literal

import optax

from lropt_jax._core.kinds import AnyOptimizer
from lropt_jax._core.lifting import lift
from lropt_jax._core.wrapping import extended
from lropt_jax.wrappers._by_rows import by_rows
from lropt_jax.wrappers._returning import Returning


@lift
def rows(optimizer: AnyOptimizer, *, mode: Literal["lazy", "exact"] = "lazy") -> optax.GradientTransformationExtraArgs:
    """Update the rows of a table that have a gradient, and read and write no others: for embeddings.

    The gradient of a table is `Rows(ids, values)`; `rows_grad(loss)` makes such gradients, and never a dense one. An id
    that stands several times gets the sum of its values, and padding is left out. Other parameters have dense
    gradients, and are updated as by `optimizer`. The time of an update does not depend on the height of the table.

    * "lazy": a row without a gradient stands still, and so do its moments. Averages of rare rows shrink more slowly
      than under the dense optimizer, and a row takes no step by its momentum alone (`torch.optim.SparseAdam`).
    * "exact": the next update of a row first makes the updates that it has missed, each with a gradient of 0, in one
      step: moments shrink, momentum and weight decay go on. Before the loss reads rows, call `caught_up`: then a run
      is that of the dense optimizer. Without this call the loss sees old rows.

    Choose it for tables of ten thousand rows or more of which a batch reads few. Take "exact" where rare rows matter,
    as in recommenders, or for weight decay; take "lazy" if speed counts most.

    In "exact", a parameter p that misses k updates after update T becomes
    `P * p - u * (P * F[T] - ratio^k * F[T + k])`. Here u is the direction of the row. P is the product of `1 - share`
    of the weight decay over the missed updates. F[t] is the sum of `rate * ratio^j` over all updates `t + j` that
    follow, with the corrections of the start. ratio is the momentum, or `b1 / sqrt(b2)` in Adam. How near this is to
    the dense optimizer:

    * Exact to rounding: sgd, adagrad and rmsprop, with or without momentum; adam and adamw with an `eps` far below the
      gradients; weight decay under any schedule or rate. Of a schedule of rates, 128 updates after the last one of a
      row are looked at one by one; after them the rate counts as constant, for a direction that has almost ended.
    * A bound: `eps` of adam is taken to shrink as the root of `nu`. The share of eps in the root, times 0.5% for
      `b2=0.999` late in a run, bounds how much of the momentum's way is wrong. A self-setting rate counts for the
      missed momentum as it was before and as it is now, and not as it was in between.

    Args:
        optimizer: Any of this library or of Optax that updates every row by itself. "exact" takes `sgd`, `adagrad`,
            `rmsprop`, `adam`, `adamw`, and a `Direction` of yours with `idle`, also inside of `clip_norm`, `clip_value`
            and `skip_nonfinite`. Wrappers go inside: `rows(clip_norm(adam(1e-3), 1.0))`.
        mode: One of the words above.

    Returns:
        An optimizer; its updates are `Rows` where gradients are, and `optax.apply_updates` adds them. State: for "lazy"
        that of `optimizer`, so checkpoints fit both ways. For "exact" `inner`, and `left`, `updated` and `marks`: 16
        bytes for each row of each parameter. Memory: that of the optimizer.

    Raises:
        TypeError: `optimizer` is not a gradient transformation, or ids are no whole numbers.
        ValueError: The update of `optimizer` mixes rows, as those of `lamb`, `muon`, `adafactor` and the rate `dog` do;
            it gathers gradients over calls; "exact" does not know it; or rows do not fit their parameter.

    Call the update under `jax.jit` and donate parameters and state: it then writes in place. It works inside `scan`,
    under `vmap`, and for tables that a mesh cuts along either axis. Sums over all gradients, as in `clip_norm`, are
    those of the dense gradients.

    Example:
        >>> import jax, jax.numpy as jnp, optax
        >>> from lropt_jax.optimizers import sgd
        >>> from lropt_jax.wrappers import rows_grad
        >>> params = {"table": jnp.zeros((1000, 2)), "w": jnp.ones(2)}
        >>> def loss(params, ids):
        ...     return jnp.sum((params["table"][ids] - 1) ** 2 * params["w"])
        >>> tx = rows(sgd(0.25))
        >>> grads = rows_grad(loss)(params, jnp.array([7, 9, 7]))
        >>> updates, state = tx.update(grads, tx.init(params), params)
        >>> optax.apply_updates(params, updates)["table"][6:10]
        Array([[0. , 0. ],
               [1. , 1. ],
               [0. , 0. ],
               [0.5, 0.5]], dtype=float32)
    """
    if mode == "lazy":
        return by_rows(extended(optimizer))
    whole = Returning(optimizer)
    return by_rows(optax.GradientTransformationExtraArgs(whole.init, whole.update))
