"""A sampler as a problem, for any density over a tree of parameters."""

import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from lropt_jax._core.binding import bind, partial_of
from lropt_jax._core.checking import check
from lropt_jax._core.functions import check_function
from lropt_jax._core.kinds import Finite
from lropt_jax._core.numbers import real
from lropt_jax._core.refusal import Refused
from lropt_jax.problems.problem import Problem
from lropt_jax.problems.recipe import Recipe
from lropt_jax.problems.sampling.chains import advance, begin, off_target, scalar, traces

DENSE = 64  # coordinates up to which a dense preconditioner is worth its d^2 multiplications a step


def own_density(
    log_density: Callable[..., Any],
    start: Any,
    step: jax.Array,
    target: jax.Array,
    *,
    langevin: bool,
    chains: int,
    warmup: int = 1000,
    draws: int = 1000,
    thinning: int = 1,
    preconditioner: str = "",
) -> Problem:
    """The problem that `metropolis` makes of a density. Its functions are of this room: other data compile nothing."""
    density, drawn = partial_of(log_density), _is_function(start)
    if drawn:
        check_function("start", [jax.Array], start, "of a key")
        start = partial_of(start)
        size = _check_start(density, start(jax.random.key(0)), langevin)
    else:
        size = _check_start(density, start, langevin)
        start = jax.tree.map(real, start)
    made = preconditioner or ("dense" if size <= DENSE else "diagonal")
    shape = {"chains": chains, "draws": draws, "drawn": drawn, "dense": made == "dense"}
    return Problem(
        init=bind(begin, density, start, step, langevin=langevin, **shape),
        field=bind(advance, density, target, warmup=warmup, thinning=thinning, langevin=langevin, plain=made == "none"),
        judge=bind(off_target, target),
        view=traces,
        name="metropolis",
        value="monitor",
        recipe=Recipe(warmup + draws * thinning, ("sgd",), "1e-2:1e1:12", "constant"),
        least_steps=warmup + thinning,
    )


def _is_function(start: Any) -> bool:
    """Whether it draws a start. Models that can be called are trees."""
    return isinstance(start, jax.tree_util.Partial) or (callable(start) and jax.tree_util.all_leaves([start]))


def _check_start(density: Any, start: Any, langevin: bool) -> int:
    """Refuse a start from which no chain can go; the number of its coordinates."""
    leaves = jax.tree.leaves(start, is_leaf=lambda leaf: leaf is None)
    if not leaves or any(leaf is None for leaf in leaves):
        raise Refused(f"start must be a tree of numbers like what log_density takes, got {start}.")
    for leaf in leaves:
        check("start", Finite, leaf)
    size = sum(jnp.size(leaf) for leaf in leaves)
    if not size:
        raise Refused(f"start must hold at least one number, got shapes {[jnp.shape(leaf) for leaf in leaves]}.")
    value, slopes = _seen(density, jax.tree.map(real, start), langevin=langevin)
    if isinstance(value, jax.core.Tracer):
        return size
    if not jnp.isfinite(value):
        raise Refused(f"log_density must be finite at start, got {value}; start inside the support.")
    if not all(jnp.all(jnp.isfinite(slope)) for slope in jax.tree.leaves(slopes)):
        raise Refused(f"log_density must have a finite gradient at start for langevin, got {slopes}; start elsewhere.")
    return size


@functools.partial(jax.jit, static_argnames="langevin")
def _seen(density: Any, start: Any, *, langevin: bool) -> tuple[jax.Array, Any]:
    """The log density at the start, and its gradient for Langevin proposals."""
    at = functools.partial(scalar, density)
    return jax.value_and_grad(at)(start) if langevin else (at(start), ())
