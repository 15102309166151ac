"""Tests of grids that go on beyond their edges."""

import dataclasses

import numpy as np
import pytest
from bowls import bowl

from lropt_jax.optimizers import sgd
from lropt_jax.report import recommendation
from lropt_jax.tuning import log_rates, sweep, tune
from lropt_jax.tuning.edges import beyond, joined

HOW = {"steps": 20, "seeds": 1, "schedule": None}


@pytest.mark.parametrize(
    ("rates", "more"),
    [
        ([0.001, 0.01, 0.1], [1.0, 10.0]),
        ([0.5, 5.0, 50.0], [0.05, 0.005]),
        ([0.1, 0.5, 5.0], []),
        ([0.1], []),
        (log_rates(1e-4, 1e-1, 13), [0.1778, 0.3162, 0.5623, 1.0]),
    ],
)
def test_the_grid_goes_on_at_the_edge_that_is_best(rates, more):
    found = sweep(bowl, sgd, rates=rates, **HOW)
    assert beyond(found, np.inf).get("sgd", []) == more
    assert beyond(found, 0.5).get("sgd", []) == [rate for rate in more if rate <= 0.5]


def test_joined_sweeps_have_the_lanes_of_both():
    first, more = sweep(bowl, sgd, rates=[0.1], **HOW), sweep(bowl, sgd, rates=[0.5], **HOW)
    both = joined(first, dataclasses.replace(more, finished=False))
    assert both.rate.tolist() == [0.1, 0.5]
    assert both.txs == [sgd(0.1), sgd(0.5)]
    assert both.curve.shape == (2, 50)
    assert not both.finished
    assert both.best().rate == 0.5


def test_a_tuning_extends_its_grid_once_and_says_where_the_best_is_still_at_an_edge():
    stages = []
    found = tune(bowl, sgd, rates=[0.001, 0.01, 0.1], on_progress=lambda name, _: stages.append(name), **HOW)
    assert sorted(found.coarse.rate) == [0.001, 0.01, 0.1, 1.0, 10.0]
    assert list(dict.fromkeys(stages)) == ["coarse", "beyond", "final"]
    assert found.edge is None
    assert "tried" not in recommendation(found, "constant")
    low = tune(bowl, sgd, rates=[1e-5, 1e-4], **HOW)
    assert (low.best().rate, low.edge) == (0.01, "largest")
    assert recommendation(low, "constant").endswith(" It is the largest rate that was tried.")
    assert tune(bowl, sgd, rates=[0.3], **HOW).edge is None


def test_a_grid_is_not_extended_where_nobody_wants_it_nor_out_of_the_domain():
    assert len(tune(bowl, sgd, rates=[0.01, 0.1], extend=False, **HOW).coarse.rate) == 2
    convex = dataclasses.replace(bowl, domain="convex")
    assert sorted(tune(convex, sgd, rates=[0.04, 0.2], **HOW).coarse.rate) == [0.04, 0.2, 1.0]
