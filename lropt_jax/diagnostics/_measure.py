"""What one row of a record says: norms, cosines and effective rates of one update."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax

from lropt_jax._core.accumulators import times, wide
from lropt_jax._core.magnitudes import lengths
from lropt_jax._core.numbers import real
from lropt_jax._core.reductions import total
from lropt_jax._core.state import recorded
from lropt_jax.diagnostics._curve import known
from lropt_jax.diagnostics._quantiles import quantiles
from lropt_jax.diagnostics.limit import scale_of
from lropt_jax.diagnostics.ring import NUMBERS, SHARES

UNKNOWN = float("nan")


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
    g, u = _lengths(seen.grads), _lengths(seen.updates)
    p = jnp.full_like(u, UNKNOWN) if seen.params is None else _lengths(seen.params)
    grad_norm, update_norm, param_norm = (_length(each) for each in (g, u, p))
    facts = {
        "grad_norm": grad_norm,
        "update_norm": update_norm,
        "param_norm": param_norm,
        "ratio": _share(update_norm, param_norm),
        "cosine_update": -_cosine(seen.updates, seen.grads, update_norm, grad_norm),
        "nonfinite": _nonfinite(seen.grads),
    }
    if seen.before is not None:
        facts["cosine_grads"] = _cosine(seen.grads, seen.before, grad_norm, _length(_lengths(seen.before)))
    parts = [[_length(each[jnp.array(places)]) for places in groups.values()] for each in (u, g, p)]
    moved, slopes, sizes = (jnp.stack(part) if part else jnp.zeros(0, real(0).dtype) for part in parts)
    rates = quantiles(_rates(seen), list(groups.values()), SHARES)
    return facts, jnp.concatenate([jnp.stack([_share(moved, sizes), slopes, sizes], -1), rates], -1)


def _lengths(leaves: list[jax.Array]) -> jax.Array:
    """The norm of each leaf, right also where its square leaves the dtype."""
    return jnp.stack([_norm(leaf) for leaf in leaves]) if leaves else jnp.zeros(0, real(0).dtype)


@jax.jit
def _norm(leaf: jax.Array) -> jax.Array:
    return real(jnp.sum(lengths(leaf, None)))


def _length(parts: jax.Array) -> jax.Array:
    """The norm of several leaves, from their norms."""
    return real(jnp.sum(lengths(parts, None)))


def _share(part: jax.Array, whole: jax.Array) -> jax.Array:
    return jnp.where(whole > 0, part / jnp.where(whole > 0, whole, 1), UNKNOWN)


def _cosine(left: list[jax.Array], right: list[jax.Array], size: jax.Array, other: jax.Array) -> jax.Array:
    """The cosine of two vectors of these norms. NaN where one of them is 0."""
    one, two = _unit(size), _unit(other)
    product = total(_product(a, b, one, two) for a, b in zip(left, right, strict=True))
    return _share(product, (size * one) * (other * two))


@jax.jit
def _product(left: jax.Array, right: jax.Array, one: jax.Array, two: jax.Array) -> jax.Array:
    left, right = wide(left), wide(right)
    return jnp.real(jnp.conj(left * one.astype(left.dtype)) * (right * two.astype(right.dtype)))


def _unit(size: jax.Array) -> jax.Array:
    """The power of two that brings a norm near 1, as far as one over it is no subnormal number."""
    most = jnp.finfo(size.dtype).maxexp * 25 // 32
    return jnp.ldexp(jnp.ones_like(size), jnp.clip(-jnp.frexp(size)[1], -most, most))


def _nonfinite(leaves: list[jax.Array]) -> jax.Array:
    count = sum((real(jnp.sum(~jnp.isfinite(leaf))) for leaf in leaves), start=real(0))
    return count / max(sum(leaf.size for leaf in leaves), 1)


def _rates(seen: Seen) -> list[jax.Array]:
    """The effective rates of all parameters: what the optimizer says, or else `|update| / |gradient|`."""
    if seen.rates is not None:
        return seen.rates
    return [_estimate(u, g) for u, g in zip(seen.updates, seen.grads, strict=True)]


@jax.jit
def _estimate(update: jax.Array, grad: jax.Array) -> jax.Array:
    some = (grad != 0) & jnp.isfinite(grad)
    return jnp.where(some, jnp.abs(wide(update)) / jnp.abs(jnp.where(some, wide(grad), 1)), UNKNOWN)
