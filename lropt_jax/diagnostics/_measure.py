"""What one row of a record says: norms, cosines and effective rates of one update."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax

from lropt_jax._core.accumulators import times, wide
from lropt_jax._core.numbers import real
from lropt_jax._core.state import recorded
from lropt_jax.diagnostics._curve import known
from lropt_jax.diagnostics._lengths import UNKNOWN, kinds_of, of_vectors, share
from lropt_jax.diagnostics._quantiles import quantiles
from lropt_jax.diagnostics._sums import sums
from lropt_jax.diagnostics.limit import scale_of
from lropt_jax.diagnostics.ring import NUMBERS, SHARES


def still(tree: Any) -> list[jax.Array] | None:
    """The leaves of a tree, of which no slopes are known: nothing that is learned depends on a record."""
    return None if tree is None else [jax.lax.stop_gradient(jnp.asarray(leaf)) for leaf in jax.tree.leaves(tree)]


def rate_of(state: Any) -> jax.Array:
    """The rate that a state records, the largest of several; NaN without one."""
    rates = [real(jnp.max(rate)) for rate in recorded(state).values()]
    return jax.lax.stop_gradient(jnp.max(jnp.stack(rates))) if rates else real(UNKNOWN)


def rates_of(tx: Any, state: Any, updates: optax.Updates) -> optax.Updates | None:
    """The effective rates of all parameters, if the optimizer says its scale and has one rate; else None."""
    rates, scale = recorded(state), known(scale_of, tx, state, updates)
    if len(rates) != 1 or scale is None or jax.tree.structure(scale) != jax.tree.structure(updates):  # type: ignore[operator]
        return None
    (rate,) = rates.values()
    return jax.tree.map(lambda leaf: times(rate, leaf), scale)


class Seen(NamedTuple):
    """What a row is made of: one update, and the gradient before it."""

    grads: list[jax.Array]
    updates: list[jax.Array]
    params: list[jax.Array] | None
    before: list[jax.Array] | None
    rates: list[jax.Array] | None  # effective rates that the optimizer knows


def numbers(**known: Any) -> jax.Array:
    """The numbers of a row, with NaN for what is not known."""
    return jnp.stack([real(known.get(name, UNKNOWN)) for name in NUMBERS])


def measured(seen: Seen, groups: dict[str, list[int]]) -> tuple[dict[str, jax.Array], jax.Array]:
    """The norms and cosines of an update, by name; and by group ratio, norms and quantiles, (groups, 8)."""
    trees = {"grads": seen.grads, "updates": seen.updates, "before": seen.before, "params": seen.params}
    given = {name: leaves for name, leaves in trees.items() if leaves is not None}
    vectors, rates, kinds = list(given.values()), _rates(seen), kinds_of(len(seen.grads), list(groups.values()))
    found = [sums(leaves, rate) for leaves, rate in zip(zip(*vectors, strict=True), rates, strict=True)]
    every = jnp.stack(found) if found else jnp.zeros((0, len(vectors) + len(vectors[1:3]) + 2), real(0).dtype)
    norms, cosines, nonfinite = of_vectors(vectors, every[:, :-2], kinds)
    of = dict(zip(given, norms, strict=True))
    g, u, p = of["grads"], of["updates"], of.get("params", jnp.full_like(of["grads"], UNKNOWN))
    ratio = share(u, p)
    facts = {"grad_norm": g[-1], "update_norm": u[-1], "param_norm": p[-1], "ratio": ratio[-1],
             "cosine_update": -cosines[0], "nonfinite": nonfinite}  # fmt: skip
    if seen.before is not None:
        facts["cosine_grads"] = cosines[1]
    low = jnp.min(jnp.where(kinds[:, :-1], every[:, -2:-1], jnp.inf), 0, initial=jnp.inf)
    high = jnp.max(jnp.where(kinds[:, :-1], every[:, -1:], -jnp.inf), 0, initial=-jnp.inf)
    spread = quantiles(rates, list(groups.values()), SHARES, low, high)
    return facts, jnp.concatenate([jnp.stack([ratio, g, p], -1)[:-1], spread], -1)


def _rates(seen: Seen) -> list[jax.Array]:
    """The effective rates of all parameters: what the optimizer says, or else `|update| / |gradient|`."""
    if seen.rates is not None:
        return seen.rates
    return [_estimate(u, g) for u, g in zip(seen.updates, seen.grads, strict=True)]


@jax.jit
def _estimate(update: jax.Array, grad: jax.Array) -> jax.Array:
    some = (grad != 0) & jnp.isfinite(grad)
    return jnp.where(some, jnp.abs(wide(update)) / jnp.abs(jnp.where(some, wide(grad), 1)), UNKNOWN)
