"""Problems: something to solve by small steps, the loop that solves it, and a suite to try rates on."""

from collections.abc import Callable

from lropt_jax.problems.domain import check_domain
from lropt_jax.problems.problem import Problem
from lropt_jax.problems.solve import Iterate, Solution, equip, origin, solve, start, step
from lropt_jax.problems.vae import vae
from lropt_jax.problems.views import Grid, Images, Lines, Points, View

__all__ = [
    "Grid",
    "Images",
    "Iterate",
    "Lines",
    "Points",
    "Problem",
    "Solution",
    "View",
    "check_domain",
    "equip",
    "origin",
    "solve",
    "start",
    "step",
    "suite",
    "vae",
]


def suite() -> dict[str, Callable[..., Problem]]:
    """The problems that are ready to solve, by name: every function here that makes a `Problem`."""
    functions = {name: item for name, item in globals().items() if name in __all__ and callable(item)}
    return {
        name: item for name, item in functions.items() if getattr(item, "__annotations__", {}).get("return") is Problem
    }
