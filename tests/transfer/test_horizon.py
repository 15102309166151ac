"""Tests of `horizon`."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from laws import ValueLaws, x64

from lropt_jax import chain, compat, lift
from lropt_jax.objectives import best_multiple
from lropt_jax.optimizers import adam, adamw, ademamix, sgd
from lropt_jax.schedules import cosine, linear, scale, warmup, wsd
from lropt_jax.transfer import horizon
from lropt_jax.wrappers import ema


class TestLaws(ValueLaws):
    specimen = horizon(adamw(warmup(cosine(0.1, 10), 2), weight_decay=0.1), 4)


@pytest.mark.parametrize(
    "schedule", [linear(1.0, 500), cosine(1.0, 500), wsd(1.0, 500, warmup_steps=0, cooldown_steps=100)], ids=repr
)
def test_the_best_rate_for_the_short_run_becomes_that_of_the_long_run_in_convex_theory(schedule):
    with x64():
        tuned = sgd(scale(schedule, best_multiple(schedule(np.arange(500) + 0.5))))
        longer = np.arange(2000) + 0.5
        np.testing.assert_allclose(best_multiple(horizon(tuned, 4).learning_rate(longer)), 1, rtol=0.01)
        assert best_multiple(horizon(tuned, 4, power=0.0).learning_rate(longer)) < 0.6


def test_every_schedule_is_stretched_and_the_rate_lowered():
    before = sgd(warmup(cosine(0.1, 80), 20), momentum=linear(0.9, 100))
    after = horizon(chain(before), 4).transforms[0]
    steps = np.arange(450)
    np.testing.assert_allclose(after.learning_rate(steps), before.learning_rate(steps / 4) / 2, rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(after.momentum(steps), before.momentum(steps / 4), rtol=1e-5, atol=1e-7)
    assert after.learning_rate.end == 400


def test_a_constant_rate_is_lowered():
    assert horizon(adam(0.1), 4) == adam(0.05)
    assert horizon(adam(0.1), 4, power=1.0) == adam(0.025)
    assert horizon(adam(0.1), 4, power=0.0) == adam(0.1)


def test_weights_are_forgotten_as_often_in_a_run_unless_the_number_is_kept():
    after = horizon(adamw(0.1, weight_decay=0.2), 4)
    assert after.learning_rate * after.weight_decay * 4 == pytest.approx(0.1 * 0.2)
    assert horizon(adamw(0.1, weight_decay=0.2), 4, weight_decay="number").weight_decay == 0.2


def test_lengths_in_steps_become_longer():
    assert horizon(ema(sgd(0.1), start=100), 4) == ema(sgd(0.05), start=400)
    assert horizon(ademamix(0.1, warmup_steps=100), 4) == ademamix(0.05, warmup_steps=400)


def test_rules_of_others_need_no_kinds():
    assert horizon(lift(optax.adam)(0.1, b1=0.8), 4) == lift(optax.adam)(0.05, b1=0.8)


def test_rules_of_other_libraries_are_refused():
    with pytest.raises(TypeError, match="horizon: every optimizer must have a learning_rate to be changed, got torch"):
        horizon(compat.torch.SGD(lr=0.1), 4)


def test_factors_and_powers_may_be_traced():
    def first(factor, power):
        tx = horizon(adamw(linear(0.1, 100)), factor, power=power)
        return tx.update(jnp.ones(2), tx.init(jnp.ones(2)), jnp.ones(2))[0][0]

    np.testing.assert_allclose(jax.jit(first)(4.0, 0.3), first(4.0, 0.3), rtol=1e-6)


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="horizon: factor must be finite and > 0, got -1"):
        horizon(sgd(0.1), -1)
    with pytest.raises(ValueError, match="horizon: power must be finite and >= 0, got -0.5"):
        horizon(sgd(0.1), 2, power=-0.5)
    with pytest.raises(ValueError, match="horizon: weight_decay must be one of timescale, number, got 'none'"):
        horizon(sgd(0.1), 2, weight_decay="none")


@pytest.mark.parametrize("factor", [np.int64(10), jnp.array(10)])
def test_factors_and_powers_may_be_whole_numbers(factor):
    assert horizon(adam(0.1), factor, power=1).learning_rate == pytest.approx(0.01)
