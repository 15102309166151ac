"""Problems: something to solve by small steps, the loop that solves it, and a suite to try rates on."""

from collections.abc import Callable

from lropt_jax.problems.causal import causal
from lropt_jax.problems.conjugate_gaussian import conjugate_gaussian
from lropt_jax.problems.domain import check_domain
from lropt_jax.problems.gaussian_mixture import gaussian_mixture
from lropt_jax.problems.gridworld import gridworld
from lropt_jax.problems.iterate import Iterate, equip, origin, start, step
from lropt_jax.problems.least_squares import least_squares
from lropt_jax.problems.linear_vae import linear_vae
from lropt_jax.problems.mdp import MDP, policy_iteration
from lropt_jax.problems.metropolis import metropolis
from lropt_jax.problems.policy_gradient import policy_gradient
from lropt_jax.problems.problem import Problem
from lropt_jax.problems.q_learning import q_learning
from lropt_jax.problems.recipe import Recipe
from lropt_jax.problems.solve import Solution, solve
from lropt_jax.problems.td0 import td0
from lropt_jax.problems.tsne import tsne
from lropt_jax.problems.vae import vae
from lropt_jax.problems.value_iteration import value_iteration
from lropt_jax.problems.views import Dots, Grid, Images, Lines, Points, View

__all__ = [
    "MDP",
    "Dots",
    "Grid",
    "Images",
    "Iterate",
    "Lines",
    "Points",
    "Problem",
    "Recipe",
    "Solution",
    "View",
    "causal",
    "check_domain",
    "conjugate_gaussian",
    "equip",
    "gaussian_mixture",
    "gridworld",
    "least_squares",
    "linear_vae",
    "metropolis",
    "origin",
    "policy_gradient",
    "policy_iteration",
    "q_learning",
    "solve",
    "start",
    "step",
    "suite",
    "td0",
    "tsne",
    "vae",
    "value_iteration",
]


def suite() -> dict[str, Callable[..., Problem]]:
    """The problems that are ready to solve, by name: every function here that makes a `Problem`."""
    functions = {name: item for name, item in globals().items() if name in __all__ and callable(item)}
    return {
        name: item for name, item in functions.items() if getattr(item, "__annotations__", {}).get("return") is Problem
    }
