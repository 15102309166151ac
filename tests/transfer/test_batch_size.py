"""Tests of `batch_size`."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from laws import ValueLaws, x64

from lropt_jax import chain, lift
from lropt_jax._core.kinds import Average, Epsilon, LearningRate
from lropt_jax.optimizers import (
    adam,
    adamw,
    amsgrad,
    nadam,
    rmsprop,
    sgd,
    yogi,
)
from lropt_jax.schedules import cosine, linear, warmup
from lropt_jax.transfer import batch_size
from lropt_jax.wrappers import clip_norm, ema, groups


class TestLaws(ValueLaws):
    specimen = batch_size(adamw(warmup(cosine(0.1, 40), 8), weight_decay=0.1), 4, rule="sqrt")


class TestLawsOfWhatHoldsOptimizers(ValueLaws):
    specimen = batch_size(groups({"w": sgd(linear(0.1, 40)), "b": sgd(0.1, momentum=0.9)}), 2, rule="linear")


def descend(tx, x, gradients):
    state = tx.init(x)
    for gradient in gradients:
        updates, state = tx.update(gradient(x), state, x)
        x = optax.apply_updates(x, updates)
    return x


def test_on_a_linear_loss_one_step_of_sgd_is_as_many_small_steps():
    with x64():
        slopes = jnp.asarray(np.random.default_rng(0).normal(size=(12, 3)))
        small, large = sgd(0.1), batch_size(sgd(0.1), 4, rule="linear")
        apart = descend(small, jnp.ones(3), [lambda x, g=g: g for g in slopes])
        together = descend(large, jnp.ones(3), [lambda x, g=g: g for g in slopes.reshape(3, 4, 3).mean(1)])
        np.testing.assert_allclose(together, apart, rtol=1e-12)


def test_on_a_curved_loss_it_is_so_to_first_order_of_the_rate():
    def gap(rate):
        centres = jnp.asarray(np.random.default_rng(0).normal(size=(4, 3)))
        apart = descend(sgd(rate), jnp.ones(3), [lambda x, c=c: x - c for c in centres])
        large = batch_size(sgd(rate), 4, rule="linear")
        return float(jnp.max(jnp.abs(descend(large, jnp.ones(3), [lambda x: x - centres.mean(0)]) - apart)))

    with x64():
        assert 3.9 < gap(1e-3) / gap(5e-4) < 4.1  # what is left is of second order
        assert gap(1e-3) < 1e-4 < 4e-3


RUNS = 4_000


@functools.cache
def noise(batch):
    """The noise in each gradient, 1 in that of a sample; a batch has the mean of that of its samples, step for step."""
    samples = np.random.default_rng(0).normal(size=(1200 // batch, batch, RUNS))
    return jnp.asarray(samples.mean(1), jnp.float32)


@jax.jit
def descended(tx, noise, slope):
    def body(carry, noise):
        x, state = carry
        updates, state = tx.update(slope + noise, state, x)
        return (x + updates, state), None

    start = jnp.zeros(RUNS)
    return jax.lax.scan(body, (start, tx.init(start)), noise)[0][0]


def displacement(tx, batch, slope=0.02):
    """Mean and spread of how far runs get down a slope in 1,200 samples."""
    x = descended(tx, noise(batch), slope)
    return np.array([-np.mean(x), np.std(x)])


@pytest.mark.slow
@pytest.mark.parametrize(
    "tx",
    [
        adam(1e-3, eps=0.3),
        nadam(1e-3, eps=0.3),
        rmsprop(1e-3, decay=0.999, eps=0.1, eps_in_sqrt=True, bias_correction=True),
        rmsprop(1e-3, decay=0.999, eps=0.3, initial_accumulator_value=1.0),
        yogi(1e-3, eps=0.3, initial_accumulator_value=1.0),
        amsgrad(1e-3, eps=0.3),
    ],
    ids=lambda tx: tx.factory.name,
)
def test_after_as_many_samples_runs_of_both_batches_are_distributed_alike_where_noise_prevails(tx):
    small = displacement(tx, batch=1)
    large = displacement(batch_size(tx, 4, rule="sqrt"), batch=4)
    np.testing.assert_allclose(large, small, rtol=0.02)
    assert np.all(displacement(tx, batch=4) < 0.6 * small)  # without the rule


def test_the_numbers_of_adam_are_those_of_the_paper():
    tx = batch_size(adam(1e-3, b1=0.9, b2=0.98, eps=1e-6), 4, rule="sqrt")
    assert tx.learning_rate**2 / 4 == pytest.approx(1e-3**2)
    assert (1 - tx.b1) / 4 == pytest.approx(1 - 0.9)
    assert (1 - tx.b2) / 4 == pytest.approx(1 - 0.98)
    assert tx.eps * 4**0.5 == pytest.approx(1e-6)
    squared = batch_size(rmsprop(1e-3, eps=1e-6, eps_in_sqrt=True, initial_accumulator_value=0.1), 4, rule="sqrt")
    assert (squared.decay, squared.eps, squared.initial_accumulator_value) == (
        pytest.approx(0.6), pytest.approx(2.5e-7), pytest.approx(0.025),
    )  # fmt: skip


def test_numbers_of_sgd_other_than_the_rate_stay():
    tx = sgd(0.1, momentum=0.9, dampening=0.5, nesterov=True, weight_decay=0.01)
    assert batch_size(tx, 8, rule="linear") == tx.replace(learning_rate=0.8)


def test_the_way_back_leads_back():
    for tx, rule in ((sgd(0.1, momentum=0.9), "linear"), (adamw(0.1, b2=0.99), "sqrt")):
        there_and_back = batch_size(batch_size(tx, 4, rule=rule), 0.25, rule=rule)
        np.testing.assert_allclose(jax.tree.leaves(there_and_back), jax.tree.leaves(tx), rtol=1e-12)


@pytest.mark.parametrize(("keep", "pace"), [("samples", 4), ("steps", 1)])
def test_schedules_keep_the_samples_or_the_steps(keep, pace):
    before = sgd(warmup(cosine(0.1, 800), 40), momentum=linear(0.9, 100))
    after = batch_size(before, 4, rule="linear", keep=keep)
    steps = np.arange(300)
    np.testing.assert_allclose(after.learning_rate(steps), 4 * before.learning_rate(pace * steps), rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(after.momentum(steps), before.momentum(pace * steps), rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize(
    ("rule", "keep", "weight_decay", "expected"),
    [
        ("linear", "samples", "timescale", 0.1),
        ("linear", "steps", "timescale", 0.1 / 4),
        ("sqrt", "samples", "timescale", 0.1 * 2),
        ("sqrt", "steps", "timescale", 0.1 / 2),
        ("sqrt", "samples", "number", 0.1),
    ],
)
def test_weights_are_forgotten_as_often_in_a_run_unless_the_number_is_kept(rule, keep, weight_decay, expected):
    before = sgd(0.1, weight_decay=0.1) if rule == "linear" else adamw(0.1, weight_decay=0.1)
    after = batch_size(before, 4, rule=rule, keep=keep, weight_decay=weight_decay)
    assert after.weight_decay == pytest.approx(expected)
    if weight_decay == "timescale":
        steps = 1 / 4 if keep == "samples" else 1
        assert after.learning_rate * after.weight_decay * steps == pytest.approx(0.1 * 0.1)


def test_it_goes_through_what_holds_optimizers_and_leaves_limits_alone():
    tx = clip_norm(chain(lift(optax.clip)(1.0), adamw(cosine(1e-3, 100))), 0.5)
    inside = batch_size(tx.optimizer.transforms[1], 2, rule="sqrt")
    assert batch_size(tx, 2, rule="sqrt") == clip_norm(chain(lift(optax.clip)(1.0), inside), 0.5)
    assert inside != tx.optimizer.transforms[1]


@lift(scaling="sqrt")
def their_adam(learning_rate: LearningRate, *, b1: Average = 0.9, b2: Average = 0.999, eps: Epsilon = 1e-8):
    return optax.adam(learning_rate, b1, b2, eps)


def test_rules_of_others_that_declare_kinds_and_scaling_are_rewritten_as_ours():
    theirs, ours = (batch_size(make(1e-3), 4, rule="sqrt") for make in (their_adam, adam))
    assert (theirs.learning_rate, theirs.b1, theirs.b2, theirs.eps) == (ours.learning_rate, ours.b1, ours.b2, ours.eps)
    their_sgd = lift(optax.sgd, scaling="linear")
    assert batch_size(their_sgd(0.1, momentum=0.9), 2, rule="linear") == their_sgd(0.2, momentum=0.9)


def test_lengths_in_steps_keep_the_samples_or_the_steps():
    tx = ema(sgd(0.1), start=100)
    assert batch_size(tx, 4, rule="linear") == ema(sgd(0.4), start=25)
    assert batch_size(tx, 4, rule="linear", keep="steps") == ema(sgd(0.4), start=100)


def test_factors_may_be_traced_and_stacked():
    def first(factor):
        tx = batch_size(adamw(linear(0.1, 100)), factor, rule="sqrt")
        return tx.update(jnp.ones(2), tx.init(jnp.ones(2)), jnp.ones(2))[0][0]

    several = jax.jit(jax.vmap(first))(jnp.array([1.0, 4.0]))
    np.testing.assert_allclose(several, [first(1.0), first(4.0)], rtol=1e-5)
    assert jax.grad(first)(4.0) < 0
