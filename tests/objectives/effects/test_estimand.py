"""Tests of effects as functions of a table."""

import pickle

import jax
import jax.numpy as jnp
import numpy as np
from laws import x64

from lropt_jax.objectives import identify, influence

NAPKIN = "w -> r -> x -> y, w <-> x, w <-> y"
TABLE = np.random.default_rng(0).dirichlet(np.ones(16)).reshape(2, 2, 2, 2)


def test_a_concrete_table_gives_what_a_traced_one_does():
    with x64():
        for effect in (
            identify(NAPKIN, x="x", y="y"),
            identify("x, w -> r -> x -> y, w <-> y", x="r", y="y", given="w"),
        ):
            np.testing.assert_allclose(effect(TABLE), jax.jit(effect)(TABLE), rtol=1e-12)


def test_deviations_are_those_of_the_influence_function():
    with x64():
        effect = identify(NAPKIN, x="x", y="y")
        estimate, deviation = effect.deviation(TABLE)
        squares = TABLE * influence(effect, jnp.asarray(TABLE)) ** 2
        np.testing.assert_allclose(deviation, np.sqrt(squares.reshape(2, 2, -1).sum(-1)), rtol=1e-10)
        np.testing.assert_allclose(estimate, effect(TABLE), rtol=1e-12)


def test_equal_questions_of_equal_graphs_are_equal_and_share_a_program():
    one, other = (identify(NAPKIN, x="x", y="y") for _ in range(2))
    assert one == other == pickle.loads(pickle.dumps(one))
    assert hash(one) == hash(other)
    assert one != identify(NAPKIN, x="r", y="y")


def test_it_says_what_it_is_of_which_table():
    effect = identify("w -> x -> y, w -> r -> y", x="x", y="y", given=["r", "w"])
    assert repr(effect) == "P(y | do(x), r, w) as a function of a table of w, x, y, r"
    assert (effect.variables, effect.axes) == (("w", "x", "y", "r"), ("x", "r", "w", "y"))
    assert identify("x -> y", x=[], y=["y", "x"]).query == "P(y, x)"
    assert identify("x -> y", x=[], y="y", given="x").query == "P(y | x)"
