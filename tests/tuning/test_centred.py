"""Tests of grids around the best first step."""

import dataclasses

import jax.numpy as jnp
import numpy as np
import pytest
from bowls import bowl

from lropt_jax import Refused
from lropt_jax.optimizers import adam, sgd
from lropt_jax.problems import Problem, gaussian_mixture, q_learning
from lropt_jax.schedules import cosine
from lropt_jax.tuning import tune
from lropt_jax.tuning.centred import centred
from lropt_jax.tuning.makers import makers


@pytest.mark.parametrize("scale", [1.0, 1e7, 1e-7])
def test_the_grid_is_around_the_best_first_step_in_any_units(scale):
    far = Problem.from_loss(
        lambda x, batch: scale * jnp.mean(batch) * jnp.sum(x**2) / 2, lambda key: jnp.ones(3), jnp.ones(4)
    )
    grids = centred(far, makers([sgd, adam(cosine(7.0, 90))]), 20, 0)
    assert all(len(grid) == 24 for grid in grids.values())
    assert np.sqrt(grids["sgd"][0] * grids["sgd"][-1]) == pytest.approx(1 / scale, rel=0.5)  # one step to the minimum
    assert np.sqrt(grids["adam"][0] * grids["adam"][-1]) == pytest.approx(1, rel=0.5)


def test_on_a_convex_domain_no_rate_is_above_1():
    assert max(centred(gaussian_mixture(), makers([sgd]), 20, 0)["sgd"]) <= 1


@pytest.mark.slow
def test_tune_begins_from_it():
    found = tune(bowl, sgd, steps=20, rates="auto", seeds=1, finalists=2, schedule=None, extend=False, on_progress=None)
    assert len(np.unique(found.coarse.rate)) == 24
    assert found.best().rate == pytest.approx(0.5, rel=0.3)
    with pytest.raises(Refused, match='tune: rates must be numbers where the value is a monitor, got "auto"'):
        tune(q_learning(), sgd, rates="auto")
    with pytest.raises(ValueError, match="tune: rates must be"):
        tune(dataclasses.replace(bowl), sgd, rates="best")
