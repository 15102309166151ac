"""Tests of samplers of any density, as people call them."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lropt_jax.optimizers import sgd
from lropt_jax.problems import metropolis, solve

KEY = jax.random.key(0)


def bell(x):
    return -jnp.sum(x**2) / 2


def test_trees_keep_their_structure_and_whole_numbers_become_real():
    start = {"w": np.zeros((2, 3)), "b": (0, 1.5)}
    problem = metropolis(lambda p: bell(p["w"]) + bell(p["b"][0]) + bell(p["b"][1]), start, chains=3, warmup=2)
    draws = solve(problem, sgd(1.0), KEY, 7).draws
    assert draws["w"].shape == (3, 5, 2, 3)
    assert [leaf.shape for leaf in draws["b"]] == [(3, 5)] * 2
    assert all(leaf.dtype == jnp.float32 for leaf in jax.tree.leaves(draws))


def test_each_chain_begins_where_a_function_says():
    def wide(key):
        return 10 * jax.random.normal(key, (2,))

    for start in (wide, jax.tree_util.Partial(wide)):
        _, chains = metropolis(bell, start, chains=5).init(KEY)
        assert len(np.unique(chains.positions)) == 10
        np.testing.assert_allclose(chains.log_densities, jax.vmap(bell)(chains.positions), rtol=1e-6)


def test_a_model_that_can_be_called_is_a_tree():
    eqx = pytest.importorskip("equinox")
    line = eqx.nn.Linear(2, 1, key=KEY)
    problem = metropolis(lambda line: -jnp.sum(line(jnp.ones(2)) ** 2) - bell(line.weight), line, chains=2, warmup=0)
    assert solve(problem, sgd(1.0), KEY, 5).draws.weight.shape == (2, 5, 1, 2)


def test_the_recipe_makes_all_draws():
    problem = metropolis(bell, np.zeros(2), warmup=10, draws=5, thinning=3)
    assert (problem.recipe.steps, problem.least_steps, problem.criterion) == (25, 13, "error")


def refused(error=ValueError, **arguments):
    with pytest.raises(error) as caught:
        metropolis(**{"log_density": bell, "start": np.zeros(2), **arguments})
    return str(caught.value)


def test_a_bad_density_is_refused():
    words = "metropolis: log_density must "
    assert refused(log_density=lambda x: x).startswith(f"{words}return a scalar, got shape (2,); sum over data")
    assert refused(log_density=lambda x: (bell(x), 1)).startswith(f"{words}return a scalar, got a tuple; sum")
    assert refused(log_density=lambda x: bell(x) + jnp.nan).startswith(f"{words}be finite at start, got nan; start")
    outside = refused(log_density=lambda x: jnp.where(x[0] > 0, bell(x), -jnp.inf))
    assert outside.startswith(f"{words}be finite at start, got -inf")
    slope = refused(log_density=lambda x: -jnp.sum(jnp.sqrt(x)), proposal="langevin")
    assert slope.startswith(f"{words}have a finite gradient at start for langevin, got ")
    metropolis(lambda x: -jnp.sum(jnp.sqrt(x)), np.zeros(2))
    assert refused(TypeError, log_density=3.0).startswith("metropolis: log_density must be a function, got 3.0")
    assert refused(TypeError, log_density=lambda: 1.0).startswith("metropolis: log_density must be a function of 1")


def test_a_bad_start_is_refused():
    words = "metropolis: start must "
    assert refused(start=None).startswith(f"{words}be a tree of numbers like what log_density takes, got None")
    assert refused(start={}).startswith(f"{words}be a tree of numbers like what log_density takes, got {{}}")
    assert refused(start=np.array([0.0, np.nan])).startswith(f"{words}be finite, got ")
    assert refused(start="here").startswith(f"{words}be a number, got 'here'")
    assert refused(start=np.zeros(0)).startswith(f"{words}hold at least one number, got shapes [(0,)]")
    assert refused(start=lambda: 0.0).startswith(f"{words}be a function of a key, got ")
    assert refused(start=lambda key: jnp.array([0.0, jnp.nan])).startswith(f"{words}be finite, got ")


def test_other_bad_arguments_are_refused():
    for name, bad, rule in [
        ("proposal", "gibbs", "one of walk, random walk, langevin, got 'gibbs'"),
        ("preconditioner", "full", "one of dense, diagonal, none, got 'full'"),
        ("warmup", -1, "a whole number >= 0, got -1"),
        ("warmup", 1.5, "a whole number >= 0, got 1.5"),
        ("thinning", 0, "a whole number >= 1, got 0"),
        ("draws", 0, "a whole number >= 1, got 0"),
        ("chains", 0, "a whole number >= 1, got 0"),
        ("target", 1.0, "in (0, 1), got 1.0"),
        ("step", 0.0, "finite and > 0, got 0.0"),
        ("dimension", 2, "None with log_density, got 2; start has the dimensions"),
    ]:
        assert refused(**{name: bad}).startswith(f"metropolis: {name} must be {rule}"), name
    for name in ("warmup", "draws", "thinning"):
        with pytest.raises(ValueError, match=f"metropolis: {name} must be None without log_density, got 5; give"):
            metropolis(**{name: 5})
    problem = metropolis(bell, np.zeros(2), warmup=20)
    with pytest.raises(ValueError, match="solve: steps must be >= 21, the end of the warmup inside metropolis, got 20"):
        solve(problem, sgd(1.0), KEY, 20)
