"""Tests of schedules that hypergradients refine."""

import dataclasses

import jax
import numpy as np
import optax
import pytest
from bowls import bowl

from lropt_jax.optimizers import adam, chain, sgd
from lropt_jax.problems import solve
from lropt_jax.rates import dog
from lropt_jax.schedules import linear, sampled, stretch
from lropt_jax.tuning import refine
from lropt_jax.wrappers import clip_norm

KEY = jax.random.key(0)
noisy = dataclasses.replace(
    bowl, field=lambda x, state, key: (x + jax.random.normal(key, x.shape), state, x @ x)
)  # f = x^2/2: the best rates are those of a Kalman filter, which fall like 1/t


@pytest.mark.slow
def test_it_finds_the_rates_of_the_kalman_filter():
    found = refine(noisy, sgd(0.3), steps=30, key=KEY, knots=6, size=0.1)
    variance, rates = 7 / 3, []  # of an entry of x at the start, and the best rates
    for _ in range(30):
        rates.append(variance / (variance + 1))
        variance = rates[-1]
    assert found.after == pytest.approx(3 * variance, rel=0.3)
    assert found.before > 4 * found.after
    assert found.schedule(29) == pytest.approx(rates[29], rel=0.5)
    assert found.schedule(0) > 5 * found.schedule(29)


@pytest.mark.slow
@pytest.mark.parametrize("tx", [sgd(linear(0.5, 20)), clip_norm(chain(adam(0.1)), 5.0)])
def test_the_optimizer_has_the_new_schedule_in_the_place_of_the_old(tx):
    found = refine(noisy, tx, steps=20, key=KEY, knots=3, updates=3, runs=2)
    assert found.schedule == stretch(sampled(found.schedule.schedule.rates), 9.5)
    assert repr(found.schedule) in repr(found.tx)
    ends = [
        solve(noisy, found.tx, key, 20).params for key in jax.random.split(jax.random.split(KEY)[1], 2)
    ]  # the runs that it is judged by
    assert found.after == pytest.approx(np.mean([x @ x for x in ends]), rel=1e-4)
    assert repr(found).startswith(f"Refined: {found.before:.4g} -> {found.after:.4g} (")
    assert found.history.shape == (3,)


def test_a_rate_of_zero_at_the_end_moves_too():
    found = refine(noisy, sgd(linear(0.5, 19)), steps=20, key=KEY, knots=3, updates=1, size=0.2, runs=2)
    assert 0.003 < found.schedule(19) < 0.008


def test_what_has_no_schedule_is_refused():
    how = {"steps": 5, "key": KEY}
    with pytest.raises(TypeError, match="refine: tx must be an optimizer of this library, or under `lift`"):
        refine(bowl, optax.sgd(0.1), **how)
    with pytest.raises(ValueError, match="refine: tx must have one learning rate, got 2"):
        refine(bowl, chain(sgd(0.1), sgd(0.2)), **how)
    with pytest.raises(TypeError, match="refine: tx must have a number or a schedule as its learning rate, got dog"):
        refine(bowl, sgd(dog()), **how)
    with pytest.raises(ValueError, match="refine: tx must have a learning rate that is > 0 at some step"):
        refine(bowl, sgd(0.0), **how)
    with pytest.raises(ValueError, match="refine: knots must be a whole number >= 2, got 1"):
        refine(bowl, sgd(0.1), knots=1, **how)
