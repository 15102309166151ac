"""Tests of the contract of rates."""

import jax.numpy as jnp
import pytest

from lropt_jax.optimizers import sgd
from lropt_jax.rates import Rate, Reading, as_rate
from lropt_jax.schedules import linear


def reading(count):
    return Reading(jnp.int32(count))


def test_numbers_and_schedules_have_no_state():
    for given, second in ((0.5, 0.5), (linear(0.5, 4), 0.375), (lambda step: 0.5 + step, 1.5)):
        rate = as_rate(given)
        assert rate.init(None) == (0.5, ())
        assert rate.next((), reading(1)) == (second, ())


def test_what_a_rate_needs_is_asked_for_with_the_remedy():
    assert Reading(value=2.0).need("value") == 2.0
    with pytest.raises(ValueError, match=r"^update needs value; call tx.update\(.*, value=loss\)"):
        Reading().need("value")
    with pytest.raises(ValueError, match=r"^update needs params; call tx.update\(grads, state, params\)\."):
        Reading().need("params")


def test_a_rate_is_itself():
    rate = Rate(lambda params: (0.0, ()), lambda state, reading: (1.0, state))
    assert as_rate(rate) is rate


@pytest.mark.parametrize("bad", ["0.1", None, True, (0.1, 0.2)])
def test_anything_else_is_refused(bad):
    with pytest.raises(TypeError, match="^learning_rate must be a number or a schedule, got"):
        as_rate(bad)


def test_negative_and_infinite_numbers_are_refused():
    for bad in (-0.1, float("inf"), float("nan")):
        with pytest.raises(ValueError, match="^sgd: learning_rate must be finite and >= 0, got"):
            sgd(bad)
