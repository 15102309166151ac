"""Tests of functions with their data."""

import jax
import jax.numpy as jnp

from lropt_jax._core.binding import bind, hashable, partial_of
from lropt_jax._core.sealing import Aside


def scaled(data, x, *, power):
    return data * x**power


def test_other_data_are_other_leaves_of_the_same_tree():
    one, two, other = bind(scaled, 2.0, power=2), bind(scaled, 5.0, power=2), bind(scaled, 2.0, power=3)
    assert one(3.0) == 18.0
    assert jax.tree.structure(one) == jax.tree.structure(two) != jax.tree.structure(other)
    traces = []
    run = jax.jit(lambda f: traces.append(1) or f(3.0))
    assert [run(each).item() for each in (one, two, other)] == [18.0, 45.0, 54.0]
    assert len(traces) == 2


def test_what_has_no_hash_gets_one():
    bound = hashable(jnp.ones(3).at)
    assert hashable(scaled) is scaled
    assert isinstance(hash(bound), int)


def test_a_function_is_a_tree_and_a_bound_one_stays_as_it_is():
    bound = jax.tree_util.Partial(scaled, 2.0)
    assert partial_of(bound) is bound
    assert jax.tree.structure(partial_of(scaled)) == jax.tree.structure(partial_of(scaled))
    assert partial_of(scaled)(2.0, 3.0, power=2) == 18.0


def test_what_stands_aside_is_equal_to_all_that_does():
    assert jax.tree.structure((Aside("a"), 1)) == jax.tree.structure((Aside("b"), 1))
    assert hash(Aside([1])) == hash(Aside("b"))
    assert Aside(1) != 1
