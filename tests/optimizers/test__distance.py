"""Tests of the distance that D-Adaptation and Prodigy estimate."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lropt_jax.optimizers import dadapt_adagrad, dadapt_adam, dadapt_adan, dadapt_lion, dadapt_sgd, prodigy
from lropt_jax.optimizers._distance import Distance, inverse
from lropt_jax.rates import dog
from lropt_jax.schedules import linear


def distance(d0=1e-6, coefficient=1.0, growth_limit=None, cap=None, stop_after=None):
    return Distance(d0, coefficient, growth_limit, cap, stop_after)


def grown(rule, d, estimate, count=0, base=1.0, **free):
    return float(rule.grown(*(jnp.asarray(x, jnp.float32) for x in (d, estimate)), jnp.asarray(count), base, **free))


def test_it_grows_to_the_estimate_and_never_falls():
    assert [grown(distance(), 1.0, estimate) for estimate in (-3.0, 0.5, 2.0)] == [1.0, 1.0, 2.0]


def test_it_stays_where_the_multiplier_is_0():
    assert grown(distance(), 1.0, 2.0, base=jnp.zeros(())) == 1.0


def test_its_growth_is_limited_unless_it_is_free():
    rule = distance(growth_limit=1.5)
    assert [grown(rule, 1.0, estimate) for estimate in (1.2, 9.0)] == [np.float32(1.2), 1.5]
    assert grown(rule, 1.0, 9.0, free=True) == 9.0
    assert grown(distance(growth_limit=lambda step: 1.0 + step), 1.0, 9.0, count=2) == 3.0


def test_its_cap_rules():
    rule = distance(d0=3.0, cap=2.0, growth_limit=5.0)
    assert rule.start() == 2.0
    assert grown(rule, 1.0, 9.0) == 2.0
    assert grown(distance(cap=linear(2.0, 4)), 1.8, 9.0, count=2) == 1.0  # a cap that falls takes it along


def test_it_stops_after_so_many_updates():
    assert [grown(distance(stop_after=3), 1.0, 2.0, count) for count in (2, 3, 4)] == [2.0, 1.0, 1.0]


def test_nothing_over_nothing_is_no_news_and_nan_is_loud():
    rule, nothing = distance(coefficient=2.0), jnp.zeros(())
    assert rule.estimate(nothing, nothing, 0) == 0
    assert rule.estimate(jnp.asarray(3.0), jnp.asarray(2.0), 0) == 3
    assert np.isnan(grown(rule, 1.0, jnp.nan))


def test_gradients_by_its_numbers_are_finite_where_there_is_nothing():
    def d(numerator, below):
        rule = distance(growth_limit=1.5)
        return rule.grown(jnp.asarray(1.0), rule.estimate(numerator, below, 0), jnp.zeros((), int), jnp.ones(()))

    assert np.all(np.isfinite(jax.grad(d, (0, 1))(0.0, 0.0)))
    assert np.all(np.isfinite(jax.grad(lambda rate: inverse(rate))(0.0)))


def test_bad_arguments_are_refused():
    for arguments, error, message in (
        ({"d0": 0.0}, ValueError, "d0 must be finite and > 0, got 0.0"),
        ({"d_coefficient": 0.0}, ValueError, "d_coefficient must be finite and > 0, got 0.0"),
        ({"growth_limit": 0.5}, ValueError, "growth_limit must be finite and >= 1, got 0.5"),
        ({"growth_limit": "no"}, TypeError, "growth_limit must be a number or a schedule, got 'no'"),
        ({"d_max": -1.0}, ValueError, "d_max must be finite and > 0, got -1.0"),
        ({"stop_after": 0.5}, ValueError, "stop_after must be a whole number >= 1, got 0.5"),
        ({"stop_after": 1.5}, ValueError, "stop_after must be a whole number >= 1, got 1.5"),
        ({"learning_rate": dog()}, TypeError, r"learning_rate must be a number or a schedule, got dog\(.*sets itself"),
    ):
        for rule in (prodigy, dadapt_adagrad, dadapt_adam, dadapt_adan, dadapt_lion, dadapt_sgd):
            with pytest.raises(error, match=f"^{rule.name}: {message}"):
                rule(**arguments)
    prodigy(linear(1.0, 5), growth_limit=linear(2.0, 5), d_max=1.0, stop_after=7)
