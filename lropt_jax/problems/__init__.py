"""Problems: something to solve by small steps, the loop that solves it, and a suite to try rates on."""

from lropt_jax.problems.domain import check_domain
from lropt_jax.problems.problem import Problem
from lropt_jax.problems.solve import Iterate, Solution, solve, start, step
from lropt_jax.problems.vae import vae

__all__ = ["Iterate", "Problem", "Solution", "check_domain", "solve", "start", "step", "vae"]
