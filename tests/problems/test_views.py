"""Tests of views: a problem carries one, and it goes through JAX with it."""

import jax
import jax.numpy as jnp

from lropt_jax.optimizers import sgd
from lropt_jax.problems import Lines, Problem, solve, suite


def test_a_view_is_made_of_a_solution():
    bowl = Problem(
        init=lambda key: (jnp.ones(3), ()),
        field=lambda x, state, key: (x, state, x @ x),
        view=lambda x, state: Lines(jnp.arange(3), {"x": x}, "place", "number"),
    )
    solution = solve(bowl, sgd(0.5), jax.random.key(0), 2)
    again = jax.tree.unflatten(*reversed(jax.tree.flatten(bowl)))
    view = again.view(solution.params, solution.state)
    assert view.y["x"].tolist() == [0.25, 0.25, 0.25]
    assert view.x_label == "place"


def test_every_problem_of_the_suite_shows_something():
    assert [name for name, problem in suite().items() if problem().view is None] == []
