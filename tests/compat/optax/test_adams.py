"""Tests of Optax's Adam and NAdam."""

import optax
import pytest
from laws import ValueLaws
from optax_paths import assert_same_paths

from lropt_jax import lift, parse
from lropt_jax import optimizers as house
from lropt_jax.compat.optax import adam, adamw, nadam, nadamw
from lropt_jax.schedules import linear


class TestValueOfAdam(ValueLaws):
    specimen = adam(0.1, nesterov=True)


class TestValueOfAdamW(ValueLaws):
    specimen = adamw(linear(0.1, 10), b1=linear(0.9, 10), weight_decay=0.1)


@pytest.mark.parametrize("name", ["adam", "adamw", "nadam", "nadamw"])
def test_it_is_optaxs(name):
    assert_same_paths(name)


def test_with_nesterov_they_are_nadam_as_in_optax():
    assert adam(0.1, 0.8, 0.9, 1e-3, nesterov=True).build() == nadam(0.1, 0.8, 0.9, 1e-3)
    assert adamw(0.1, b2=0.9, weight_decay=0.1, nesterov=True).build() == nadamw(0.1, b2=0.9, weight_decay=0.1)


def test_the_house_s_rules_and_optax_s_lifted_ones_are_others():
    assert parse("optax.adam(0.1)") == adam(0.1) != house.adam(0.1) == parse("adam(0.1)")
    assert lift(optax.adam)(0.1) != adam(0.1)


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match=r"adam: b1 must be in \[0, 1\), got 1.0"):
        adam(0.1, b1=1.0)
    with pytest.raises(TypeError, match="optax.adam: got an unexpected keyword argument 'eps_root'"):
        adam(0.1, eps_root=1e-8)
