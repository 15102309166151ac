"""The record of a run: a ring of rows of fixed size, inside the state of the optimizer."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from lropt_jax._core.numbers import counted, real

NUMBERS = (
    "rate", "value", "value_mean", "value_std", "grad_norm", "update_norm", "param_norm", "ratio", "cosine_grads",
    "cosine_update", "nonfinite", "sharpness", "limit",
)  # fmt: skip
SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)  # the quantiles of the effective rate
OF_GROUPS = ("group_ratio", "group_grad_norm", "group_param_norm")


class Record(NamedTuple):
    """Rows of what was measured. Row `written % keep` is the next one to be written.

    `rows` has a column for each of `NUMBERS`, and then for each group those of `OF_GROUPS` and the quantiles: one
    array, because each costs something at every step.
    """

    written: jax.Array  # () int32: rows written so far
    step: jax.Array  # (keep,) int32
    rows: jax.Array  # (keep, 13 + 8 * groups)
    groups: dict[str, tuple[()]]  # the names of the groups, in the order of the columns


class Row(NamedTuple):
    """One row."""

    step: jax.Array  # () int32
    numbers: jax.Array  # (13,)
    by_group: jax.Array  # (groups, 8)


def empty(keep: int, names: tuple[str, ...]) -> Record:
    """A record without rows."""
    width = len(NUMBERS) + len(names) * (len(OF_GROUPS) + len(SHARES))
    rows = jnp.full((keep, width), real(jnp.nan))
    return Record(jnp.zeros((), jnp.int32), jnp.zeros(keep, jnp.int32), rows, dict.fromkeys(sorted(names), ()))


def written(record: Record, row: Row, go: jax.Array) -> Record:
    """The record with one more row, which takes the place of the oldest one in a full ring; where not `go`, as it was.

    Only the row is chosen, so XLA writes it in place.
    """
    at = record.written % record.step.shape[0]

    def put(ring: jax.Array, new: jax.Array) -> jax.Array:
        return ring.at[at].set(jnp.where(go, new.astype(ring.dtype), ring[at]))

    return record._replace(
        written=counted(record.written, go),
        step=put(record.step, row.step),
        rows=put(record.rows, jnp.concatenate([row.numbers, row.by_group.ravel()])),
    )


def unrolled(record: Record) -> dict[str, Any]:
    """The rows of one lane by name, in the order of steps."""
    made, keep = int(record.written), len(record.step)
    order = np.arange(max(0, made - keep), made) % keep
    numbers, by_group = np.split(np.asarray(record.rows)[order], [len(NUMBERS)], axis=1)
    by_group = by_group.reshape(len(order), len(record.groups), len(OF_GROUPS) + len(SHARES))
    found: dict[str, Any] = {"step": np.asarray(record.step)[order]}
    found |= {name: numbers[:, place] for place, name in enumerate(NUMBERS)}
    found |= {name: by_group[:, :, place] for place, name in enumerate(OF_GROUPS)}
    found["group_rate"] = by_group[:, :, len(OF_GROUPS) :]
    return found | {"groups": list(record.groups), "lost": max(0, made - keep)}
