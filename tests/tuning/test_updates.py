"""Tests of how many updates a rule makes."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from bowls import bowl

from lropt_jax import chain, lift
from lropt_jax.optimizers import adam, sgd
from lropt_jax.problems import Problem
from lropt_jax.schedules import linear
from lropt_jax.tuning import auto, sweep, tune
from lropt_jax.tuning.makers import makers
from lropt_jax.tuning.updates import calls_of, updates_of
from lropt_jax.wrappers import accumulate, ema


def growing(updates):
    return jnp.where(updates < 5, 1.0, 4.0)


@pytest.mark.parametrize(("optimizer", "calls", "updates", "first"), [
    (adam, 40, 40, 1),
    (accumulate(sgd(0.1), 4), 40, 10, 4),
    (accumulate(sgd(0.1), 4), 43, 10, 4),
    (accumulate(sgd(0.1), 4), 3, 1, 3),  # no update is made: a schedule of one step
    (lambda rate: ema(chain(lift(optax.clip)(1.0), accumulate(adam(rate), 3))), 40, 13, 3),
    (lambda rate: accumulate(accumulate(sgd(rate), 2), 3), 40, 6, 6),
    (lambda rate: accumulate(sgd(rate), growing), 25, 10, 1),
    (lambda rate: optax.MultiSteps(optax.adam(rate), 4), 40, 10, 4),
    (lambda rate: optax.chain(optax.MultiSteps(optax.sgd(rate), 4).gradient_transformation()), 40, 10, 4),
    (lambda rate: chain(sgd(rate), accumulate(sgd(rate), 4)), 40, 40, 1),  # one of the rates goes by calls
])  # fmt: skip
def test_updates_and_the_call_of_the_first_are_counted(optimizer, calls, updates, first):
    (make,) = makers({"it": optimizer}).values()
    assert updates_of(make(0.1), bowl, calls) == updates
    assert calls_of(make(0.1), bowl, calls) == first


def test_parameters_of_any_form_are_counted():
    deep = Problem(lambda key: ({"w": jnp.zeros((3, 5)), "b": [jnp.zeros(5, jnp.bfloat16)]}, ()), lambda p, s, k: None)
    (make,) = makers(accumulate(adam(0.1), 4)).values()
    assert updates_of(make(0.1), deep, 400) == 100


@pytest.mark.parametrize("optimizer", [accumulate(sgd(0.1), 4), lambda rate: optax.MultiSteps(optax.sgd(rate), 4)])
def test_a_schedule_reaches_its_end_in_a_sweep(optimizer):
    found = sweep(bowl, {"it": optimizer}, rates=[0.4], steps=40, seeds=1)
    x = found.start[0] * np.prod(1 - 2 * 0.4 * (1 - np.arange(10) / 10)) ** 2
    assert found.validation[0] == pytest.approx(x, rel=1e-4)
    final = tune(bowl, {"it": optimizer}, rates=[0.4], steps=40, seeds=1, coarse_fraction=0.2).final
    assert final.validation[0] == pytest.approx(x, rel=1e-4)


def test_a_schedule_of_its_own_is_kept():
    own = linear(0.2, 7)
    assert sweep(bowl, accumulate(sgd(own), 4), rates=[0.2], steps=8, seeds=1).txs[0].optimizer.learning_rate == own


def test_auto_counts_updates_and_its_first_step_is_an_update():
    done = auto(bowl, accumulate(sgd(0.1), 4), steps=600, key=jax.random.key(0))
    assert done.tx.optimizer.learning_rate.steps == 150
    assert not any("no first step" in flag for flag in done.flags)
    assert min(probe.steps for probe in done.probes if probe.stage != "scale") >= 12  # three updates at least
    assert done.solution.values[-1] < 1e-6 * done.solution.values[0]


def test_how_many_gradients_are_gathered_may_be_a_value_to_try():
    found = sweep(
        bowl, accumulate(sgd(0.1), 4), space={"learning_rate": [0.1, 0.2], "steps": [2, 4]}, steps=40, seeds=1
    )
    assert [tx.optimizer.learning_rate.steps for tx in found.txs] == [20, 20, 10, 10]
