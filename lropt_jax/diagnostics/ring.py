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

    `numbers` has a column for each of `NUMBERS`, `groups` for each group those of `OF_GROUPS` and the quantiles.
    """

    written: jax.Array  # () int32: rows written so far
    step: jax.Array  # (keep,) int32
    numbers: jax.Array  # (keep, 13)
    groups: dict[str, tuple[()]]  # the names of the groups, in the order of the columns
    by_group: jax.Array  # (keep, groups, 8)


class Row(NamedTuple):
    """One row."""

    step: jax.Array
    numbers: jax.Array
    by_group: jax.Array


def empty(keep: int, names: tuple[str, ...]) -> Record:
    """A record without rows."""
    unknown, width = real(jnp.nan), len(OF_GROUPS) + len(SHARES)
    return Record(
        jnp.zeros((), jnp.int32),
        jnp.zeros(keep, jnp.int32),
        jnp.full((keep, len(NUMBERS)), unknown),
        dict.fromkeys(sorted(names), ()),
        jnp.full((keep, len(names), width), unknown),
    )


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
        numbers=put(record.numbers, row.numbers),
        by_group=put(record.by_group, row.by_group),
    )


def unrolled(record: Record) -> dict[str, Any]:
    """The rows of one lane by name, in the order of steps."""
    made, keep = int(record.written), len(record.step)
    order = np.arange(max(0, made - keep), made) % keep
    numbers, by_group = np.asarray(record.numbers)[order], np.asarray(record.by_group)[order]
    found: dict[str, Any] = {"step": np.asarray(record.step)[order]}
    found |= {name: numbers[:, place] for place, name in enumerate(NUMBERS)}
    found |= {name: by_group[:, :, place] for place, name in enumerate(OF_GROUPS)}
    found["group_rate"] = by_group[:, :, len(OF_GROUPS) :]
    return found | {"groups": list(record.groups), "lost": max(0, made - keep)}
