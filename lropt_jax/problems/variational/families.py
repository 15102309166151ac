"""The families of `vi`: by name, by value, or one for each entry of a dict."""

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp

from lropt_jax._core.limits import shown
from lropt_jax._core.numbers import real
from lropt_jax._core.refusal import Refused, WrongType
from lropt_jax.objectives import FullRank, LowRank, MeanField, Product
from lropt_jax.problems.variational.posterior import Posterior, Shapes

NAMES = ("mean_field", "full_rank", "low_rank")


def posterior_of(
    family: Any, start: Any, scale: jax.Array, rank: int, key: jax.Array, name: str = "family"
) -> Posterior | Product:
    """The posterior with which a fit begins: its mean is `start`, and its standard deviations are `scale`.

    Args:
        family: A name, a distribution over vectors, or a dict of families with the keys of `start`.
        start: A tree of real numbers.
        scale: (), > 0.
        rank: Directions of a low-rank family.
        key: Of these directions, which begin at random.
        name: Of the argument, for errors.

    Returns:
        A distribution over trees like `start`.
    """
    if isinstance(family, Mapping):
        if not isinstance(start, Mapping) or set(start) != set(family):
            here = f"{sorted(map(str, start))}" if isinstance(start, Mapping) else "which is no dict"
            raise Refused(f"{name} must have the keys of start, {here}, got {sorted(map(str, family))}.")
        keys = dict(zip(sorted(family, key=str), jax.random.split(key, len(family)), strict=True))
        return Product({k: posterior_of(family[k], start[k], scale, rank, keys[k], f"{name}[{k!r}]") for k in family})
    shapes = Shapes.of(start)
    if not shapes.size:
        raise Refused(f"start must hold at least one number for {name}, got {shown(start)}.")
    if isinstance(family, str):
        if family not in NAMES:
            raise Refused(
                f"{name} must be one of {', '.join(NAMES)}, a distribution or a dict of them, got {family!r}."
            )
        mean = jnp.concatenate([real(leaf).ravel() for leaf in jax.tree.leaves(start)])
        return Posterior(_begun(family, mean, jnp.full(mean.size, jnp.log(scale)), rank, key), shapes)
    _check_value(name, family, shapes.size)
    return Posterior(jax.tree.map(real, family), shapes)


def _begun(family: str, mean: jax.Array, log_scale: jax.Array, rank: int, key: jax.Array) -> Any:
    match family:
        case "mean_field":
            return MeanField(mean, log_scale)
        case "full_rank":
            return FullRank(mean, log_scale, jnp.zeros((mean.size, mean.size)))
    small = jnp.exp(log_scale)[:, None] * jax.random.normal(key, (mean.size, rank)) / rank**0.5
    return LowRank(mean, log_scale, small)


def _check_value(name: str, family: Any, size: int) -> None:
    """Refuse what is no distribution over vectors of `size` reals that moves."""
    has_both = all(callable(getattr(family, method, None)) for method in ("sample", "log_prob"))
    if isinstance(family, type) or not has_both:
        remedy = f"; give {family.__name__}(...), or its name" if isinstance(family, type) else ""
        raise WrongType(
            f"{name} must be one of {', '.join(NAMES)}, a distribution or a dict of them, got {shown(family)}{remedy}."
        )
    if jax.tree_util.all_leaves([family]):
        raise WrongType(f"{name} must be a pytree, so that its numbers can be fitted, got {type(family).__name__}.")
    drawn = jax.eval_shape(lambda key: family.sample(key, ()), jax.random.key(0))
    if getattr(drawn, "shape", None) != (size,):
        got = getattr(drawn, "shape", shown(drawn))
        raise Refused(f"{name} must be over the numbers of start, shape ({size},), got {got}.")
    if not getattr(family, "has_rsample", True) or not jnp.issubdtype(drawn.dtype, jnp.floating):
        raise Refused(
            f"{name} must have samples that move with its numbers, got {type(family).__name__}; sum out discrete ones."
        )
