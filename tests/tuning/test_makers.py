"""Tests of how optimizers are made from their rates."""

import functools

import jax
import optax
import pytest

from lropt_jax import chain, compat
from lropt_jax.optimizers import adafactor, adam, sgd
from lropt_jax.rates import dog
from lropt_jax.schedules import cosine, linear
from lropt_jax.tuning.makers import makers


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
    assert jax.tree.structure(make(0.1)) == jax.tree.structure(make(0.2))


def test_the_same_rule_of_two_libraries_has_two_names():
    adafactors = [adafactor, compat.torch.Adafactor, compat.transformers.Adafactor]
    assert list(makers(adafactors)) == ["adafactor", "torch.Adafactor", "transformers.Adafactor"]


@pytest.mark.parametrize(
    ("optimizers", "error", "message"),
    [
        ([sgd, sgd(0.1)], ValueError, "optimizers must have different names, got sgd twice; give a dict"),
        ([], ValueError, "optimizers must name at least one"),
        ({"a": 0.1}, TypeError, r"optimizers\['a'\] must be a function of the rate or an optimizer, got 0.1"),
        ({"a": chain(compat.torch.AdamW(0.1))}, TypeError, r"optimizers\['a'\] must have a learning_rate"),
        ({"a": adam(dog())}, TypeError, r"must have a number or a schedule as its learning_rate, got dog.*function of"),
        ({"a": sgd(linear(0.0, 5))}, ValueError, r"optimizers\['a'\] must have a learning_rate that is > 0 at some"),
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


def test_rates_alone_are_refused_with_what_to_do_with_them():
    for bad, call in (
        (cosine(1e-3, 9), r"adam\(cosine\(...\)\)"),
        (dog(), r"adam\(dog\(...\)\)"),
        (0.1, r"adam\(0.1\)"),
    ):
        for given in (bad, [bad], {"it": bad}):
            with pytest.raises(TypeError, match=rf"must be a function of the rate .*; give it to an optimizer: {call}"):
                makers(given)
