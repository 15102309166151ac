"""Tests of `product`."""

import numpy as np
import pytest
from laws import RateLaws, ScheduleLaws

from lropt_jax.optimizers import sgd
from lropt_jax.rates import Rate, plateau
from lropt_jax.schedules import cosine, linear, product


class TestLaws(ScheduleLaws):
    specimen = product(cosine(0.1, 20), linear(2.0, 20, floor=1.0), 0.5)
    end = 20


class TestLawsOfARate(RateLaws):
    rate = product(linear(1.0, 20), plateau(0.1, patience=1), 0.5)


def test_a_rate_that_sets_itself_is_multiplied_as_a_schedule_is():
    tx, x = sgd(product(plateau(1.0, factor=0.5, patience=0), linear(1.0, 4))), np.ones(1, np.float32)
    state = tx.init(x)
    for result, expected in ((3.0, 1.0), (3.0, 0.5 * 0.75), (3.0, 0.25 * 0.5), (1.0, 0.25 * 0.25)):
        updates, state = tx.update(x, state, x, value=result)
        assert state.learning_rate == expected == -updates[0]


def test_a_rate_that_revises_earlier_steps_is_refused():
    with pytest.raises(ValueError, match="product: schedules must not revise earlier steps; give the rate its base"):
        product(linear(1.0, 4), Rate(None, None, lambda before, after: None))


def test_rates_are_multiplied_step_by_step():
    steps, one, two = np.arange(25), cosine(0.1, 20), linear(2.0, 10)
    np.testing.assert_allclose(product(one, two)(steps), one(steps) * two(steps), rtol=1e-6)


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="product: schedules must be at least one, got none"):
        product()
    with pytest.raises(ValueError, match="product: schedules must be finite and >= 0, got -1"):
        product(cosine(0.1, 10), -1)
