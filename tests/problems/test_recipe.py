"""Tests of recipes: every problem of the suite can be tuned by its own."""

import pytest

from lropt_jax.cli.tune import _grid, _maker, _shape
from lropt_jax.problems import Recipe, suite


def test_a_problem_without_a_recipe_has_the_general_one():
    assert Recipe() == Recipe(3300, ("sgd", "adagrad", "rmsprop", "adam"), "1e-4:1e0:24", "linear", 3)


@pytest.mark.parametrize("name", suite())
def test_the_recipes_of_the_suite_can_be_read(name):
    recipe = suite()[name]().recipe
    assert len(_grid(recipe.rates)) > 1
    assert all(_maker(text) for text in recipe.optimizers)
    _shape(recipe.schedule, recipe.steps)
