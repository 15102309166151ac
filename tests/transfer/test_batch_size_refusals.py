"""Tests of what `batch_size` refuses."""

import optax
import pytest

from lropt_jax import lift
from lropt_jax._core.kinds import LearningRate, Limit
from lropt_jax.optimizers import (
    adabelief,
    adagrad,
    adam,
    lamb,
    lars,
    lion,
    rmsprop,
    sgd,
    sign_sgd,
)
from lropt_jax.rates import Rate
from lropt_jax.schedules import linear
from lropt_jax.transfer import batch_size
from lropt_jax.wrappers import groups


def test_rules_of_others_without_them_are_refused_with_what_to_declare():
    for bare, rule in ((optax.adam, "sqrt"), (optax.sgd, "linear")):
        message = rf"got {bare.__name__}, which declares no rule; declare the kinds .* and lift\(scaling=...\)\."
        with pytest.raises(ValueError, match=message):
            batch_size(lift(bare)(0.1), 2, rule=rule)
    with pytest.raises(
        ValueError, match="batch_size: b1 must be None or have a kind that rule 'sqrt' is about, got 0.9"
    ):
        batch_size(lift(optax.adam, scaling="sqrt")(0.1), 2, rule="sqrt")


def test_schedules_of_what_the_rule_is_not_about_are_refused():
    @lift(scaling="sqrt")
    def clipped(learning_rate: LearningRate, *, limit: Limit | None = None):
        return optax.adam(learning_rate)

    assert batch_size(clipped(0.1), 4, rule="sqrt") == clipped(0.2)
    for limit in (1.0, linear(1.0, 10), lambda step: 1.0):
        with pytest.raises(ValueError, match="batch_size: limit must be None or have a kind that rule 'sqrt' is about"):
            batch_size(clipped(0.1, limit=limit), 4, rule="sqrt")


@pytest.mark.parametrize(
    ("optimizer", "rule", "message"),
    [
        (
            adam(0.1),
            "linear",
            "^batch_size: optimizer must be one that rule 'linear' is about, got adam, which declares rule 'sqrt'; ",
        ),
        (adagrad(0.1), "linear", "got adagrad, which declares no rule; change its numbers with `replace`"),
        (lars(0.1), "linear", "got lars, which declares no rule;"),
        (sign_sgd(0.1), "linear", "got sign_sgd, which declares no rule;"),
        (sgd(0.1), "sqrt", "must be one that rule 'sqrt' is about, got sgd, which declares rule 'linear';"),
        (rmsprop(0.1, momentum=0.9), "sqrt", "^batch_size: momentum must be None or .*, got 0.9 in rmsprop"),
        (adagrad(0.1), "sqrt", "got adagrad, which declares no rule;"),
        (lion(0.1), "sqrt", "got lion, which declares no rule;"),
        (lamb(0.1), "sqrt", "got lamb, which declares no rule;"),
        (adabelief(0.1), "sqrt", "got adabelief, which declares no rule;"),
        (groups({"a": sgd(0.1), "b": adam(0.1)}), "linear", "got adam, which declares rule 'sqrt';"),
    ],
)
def test_optimizers_that_a_rule_is_not_about_are_refused(optimizer, rule, message):
    with pytest.raises(ValueError, match=message):
        batch_size(optimizer, 2, rule=rule)


def test_averages_of_less_than_a_batch_are_refused():
    with pytest.raises(
        ValueError, match=r"batch_size: factor must be <= 1 / \(1 - b1\), 10, got 16: an average cannot"
    ):
        batch_size(adam(0.1, b1=0.9), 16, rule="sqrt")
    assert batch_size(adam(0.1, b1=0.9), 10, rule="sqrt").b1 == pytest.approx(0)
    assert batch_size(adam(0.1, b1=0.99), 100, rule="sqrt").b1 == 0
    with pytest.raises(ValueError, match="raise decay first"):
        batch_size(rmsprop(0.1), 11, rule="sqrt")


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="batch_size: rule must be one of linear, sqrt, got 'cubic'"):
        batch_size(sgd(0.1), 2, rule="cubic")
    with pytest.raises(ValueError, match="batch_size: keep must be one of samples, steps, got 'epochs'"):
        batch_size(sgd(0.1), 2, rule="linear", keep="epochs")
    with pytest.raises(ValueError, match="batch_size: weight_decay must be one of timescale, number, got 0.1"):
        batch_size(sgd(0.1), 2, rule="linear", weight_decay=0.1)
    with pytest.raises(ValueError, match="batch_size: factor must be finite and > 0, got 0"):
        batch_size(sgd(0.1), 0, rule="linear")
    with pytest.raises(TypeError, match="batch_size: b1 must be a number under rule 'sqrt', got linear"):
        batch_size(adam(0.1, b1=linear(0.9, 10)), 2, rule="sqrt")
    with pytest.raises(
        TypeError, match="batch_size: learning_rate must be a number or a schedule to be multiplied, got Rate"
    ):
        batch_size(sgd(Rate(lambda params: (0.1, ()), lambda state, reading: (0.1, ()))), 2, rule="linear")
