"""Tests of lanes."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from lropt_jax import chain, compat
from lropt_jax.optimizers import adam, sgd
from lropt_jax.schedules import linear
from lropt_jax.tuning.lanes import Lane, groups, makers, side_by_side


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


def test_functions_without_a_name_are_lifted_by_theirs_in_the_dict():
    make = makers({"heavy": functools.partial(optax.sgd, momentum=0.9)})["heavy"]
    assert str(make(0.1)) == "heavy(learning_rate=0.1)"
    assert groups([lane(make(0.1)), lane(make(0.2))]) == [[0, 1]]


def test_the_same_rule_of_two_libraries_has_two_names():
    assert list(makers([adam, compat.torch.Adam, compat.torch.AdamW])) == ["adam", "torch.Adam", "torch.AdamW"]


@pytest.mark.parametrize(
    ("optimizers", "error", "message"),
    [
        ([sgd, sgd(0.1)], ValueError, "optimizers must have different names, got sgd twice; give a dict"),
        ([], ValueError, "optimizers must name at least one"),
        ({"a": 0.1}, TypeError, r"optimizers\['a'\] must be a function of the rate or an optimizer, got 0.1"),
        ({"a": chain(sgd(0.1))}, TypeError, r"optimizers\['a'\] must have a learning_rate"),
        (optax.adam(0.1), TypeError, "must be functions of the rate, got an Optax transformation, whose rate is set"),
        ([optax.adam(0.1)], TypeError, "must be functions of the rate, got an Optax transformation, whose rate is set"),
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


def test_a_last_program_is_filled_up():
    tx, seeds = side_by_side([lane(sgd(0.1))], 3)
    assert seeds.shape == (3,)
    np.testing.assert_allclose(tx.learning_rate, [0.1] * 3)


def test_numbers_written_in_any_way_have_one_dtype():
    whole, array, plain = (side_by_side([lane(sgd(rate))], 1)[0] for rate in (jnp.float32(1), np.float64(1), 1.0))
    assert whole.learning_rate.dtype == array.learning_rate.dtype == plain.learning_rate.dtype == np.float32
