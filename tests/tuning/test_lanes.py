"""Tests of lanes."""

import jax
import numpy as np
import optax
import pytest
from bowls import bowl

from lropt_jax import chain
from lropt_jax.optimizers import adam, sgd
from lropt_jax.schedules import linear
from lropt_jax.tuning.lanes import POINTS, Lane, advanced, begin, groups, judge, makers, side_by_side


def lane(tx, rate=0.1, seed=0):
    return Lane("sgd", rate, seed, tx)


def test_optimizers_come_in_every_form():
    by_name = makers({"a": sgd, "b": lambda rate: chain(sgd(rate, momentum=0.9)), "c": adam(1.0, b1=0.5)})
    assert by_name["a"](0.1) == sgd(0.1)
    assert by_name["b"](0.1) == chain(sgd(0.1, momentum=0.9))
    assert by_name["c"](linear(0.1, 5)) == adam(linear(0.1, 5), b1=0.5)
    assert list(makers([sgd, adam(0.1)])) == ["sgd", "adam"]
    assert list(makers(sgd)) == ["sgd"]
    assert list(makers(adam(0.1))) == ["adam"]


def test_plain_optax_factories_are_lifted():
    tx = makers([optax.lion])["lion"](0.1)
    assert jax.tree.leaves(tx)[0] == 0.1


@pytest.mark.parametrize(
    ("optimizers", "error", "message"),
    [
        ([sgd, sgd(0.1)], ValueError, "optimizers must have different names, got sgd twice; give a dict"),
        ([], ValueError, "optimizers must name at least one"),
        ({"a": 0.1}, TypeError, r"optimizers\['a'\] must be a function of the rate or an optimizer, got 0.1"),
        ({"a": chain(sgd(0.1))}, TypeError, r"optimizers\['a'\] must have a learning_rate"),
        ("sgd", TypeError, "must be a function of the rate or an optimizer, got 'sgd'"),
    ],
)
def test_what_is_no_optimizer_is_refused(optimizers, error, message):
    with pytest.raises(error, match=message):
        makers(optimizers)
    with pytest.raises(TypeError, match=r"optimizers\['a'\] must make a gradient transformation, got 3"):
        makers({"a": lambda rate: 3})["a"](0.1)


def test_lanes_of_one_structure_are_one_group():
    lanes = [lane(sgd(0.1)), lane(sgd(0.2)), lane(adam(0.1)), lane(sgd(linear(0.1, 5))), lane(sgd(0.3))]
    assert groups(lanes) == [[0, 1, 4], [2], [3]]


@pytest.mark.parametrize("width", [1, 3])
def test_a_lane_runs_alike_alone_and_beside_others(width):
    lanes = [lane(sgd(rate)) for rate in (0.1, 0.4, 2.0)][:width]
    tx, keys = side_by_side(lanes, width)
    track = begin(bowl, tx, keys, width)
    start = np.atleast_2d(track.at.params).copy()
    track = advanced(bowl, tx, track, 5, 20, width)
    ends = np.atleast_2d(track.at.params)
    for row, one in enumerate(lanes):
        np.testing.assert_allclose(ends[row], start[row] * (1 - 2 * one.tx.learning_rate) ** 5, rtol=1e-5)
    sums, counts = np.moveaxis(np.asarray(track.curve).reshape(width, 2, POINTS), 1, 0)
    assert counts.sum() == 5 * width
    np.testing.assert_allclose(sums[:, 0], np.sum(start**2, axis=1), rtol=1e-6)
    validation, test = judge(bowl, track.at, width)
    np.testing.assert_allclose(np.atleast_1d(test), 2 * np.atleast_1d(validation))


def test_a_last_program_is_filled_up():
    tx, keys = side_by_side([lane(sgd(0.1))], 3)
    assert keys.shape == (3,)
    np.testing.assert_allclose(tx.learning_rate, [0.1] * 3)
