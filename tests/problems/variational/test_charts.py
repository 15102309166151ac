"""Tests of steps in a posterior's own units."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
from laws import x64

from lropt_jax.objectives import FullRank, LowRank, MeanField, Product
from lropt_jax.problems.variational.charts import moved, still
from lropt_jax.problems.variational.posterior import Posterior, Shapes


def members():
    mean, scale = jnp.array([1.0, -2.0, 0.5]), jnp.array([-1.0, 0.0, 2.0])
    full = FullRank(mean, scale, jnp.tril(jnp.ones((3, 3)), -1))
    return MeanField(mean, scale), full, LowRank(mean, scale, jnp.ones((3, 2)))


def step_of(q):
    return jax.tree.map(lambda leaf: 0.1 * jnp.cos(jnp.arange(leaf.size, dtype=leaf.dtype)).reshape(leaf.shape), q)


def test_no_step_changes_nothing():
    with x64():
        for q in (*members(), Product({"a": Posterior(members()[1], Shapes.of(jnp.zeros(3)))})):
            same = moved(q, still(q))
            assert jax.tree.structure(same) == jax.tree.structure(q)
            for one, two in zip(jax.tree.leaves(same), jax.tree.leaves(q), strict=True):
                np.testing.assert_allclose(one, two, atol=1e-12)


def test_a_step_commutes_with_a_change_of_units():
    with x64():
        units = jnp.array([1e3, 1e-2, 7.0])
        for q in members():
            others = {"mean": units * q.mean, "log_scale": q.log_scale + jnp.log(units)}
            if isinstance(q, LowRank):
                others["loadings"] = units[:, None] * q.loadings
            other = dataclasses.replace(q, **others)
            one, two = moved(q, step_of(q)), moved(other, step_of(q))
            np.testing.assert_allclose(two.mean, units * one.mean, rtol=1e-10)
            np.testing.assert_allclose(two.covariance(), jnp.outer(units, units) * one.covariance(), rtol=1e-9)


def test_a_step_of_a_full_rank_one_commutes_with_any_triangular_map():
    with x64():
        turn = jnp.array([[2.0, 0.0, 0.0], [-1.0, 0.5, 0.0], [3.0, 4.0, 1.0]])
        q = members()[1]
        other = FullRank.of(turn @ q.mean, turn @ q.covariance() @ turn.T)
        one, two = moved(q, step_of(q)), moved(other, step_of(q))
        np.testing.assert_allclose(two.mean, turn @ one.mean, rtol=1e-9)
        np.testing.assert_allclose(two.covariance(), turn @ one.covariance() @ turn.T, rtol=1e-9)
