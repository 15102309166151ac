"""Tests of recipes: every problem of the suite can be tuned by its own."""

import pytest

from lropt_jax.cli.words import grid_of, maker_of, shape_of
from lropt_jax.problems import Recipe, suite


def test_a_problem_without_a_recipe_has_the_general_one():
    assert Recipe() == Recipe(3300, ("sgd", "adagrad", "rmsprop", "adam"), "1e-4:1e0:24", "linear", 3)


@pytest.mark.parametrize("name", suite())
def test_the_recipes_of_the_suite_can_be_read(name):
    recipe = suite()[name]().recipe
    assert len(grid_of(recipe.rates)) > 1
    assert all(maker_of(text) for text in recipe.optimizers)
    shape_of(recipe.schedule, recipe.steps)
