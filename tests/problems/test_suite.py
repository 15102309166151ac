"""Tests of the suite."""

from lropt_jax import problems
from lropt_jax.problems import Problem, gridworld, suite


def test_the_suite_is_every_function_here_that_makes_a_problem():
    found = suite()
    assert len(found) == 12
    assert found["vae"] is problems.vae
    assert gridworld not in found.values()
    assert Problem not in found.values()
