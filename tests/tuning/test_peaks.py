"""Tests of optimizers at another learning rate."""

import numpy as np
import optax
import pytest
from bowls import bowl

from lropt_jax import chain
from lropt_jax.optimizers import adam, sgd
from lropt_jax.schedules import cosine, join, linear, scale, stretch, warmup
from lropt_jax.tuning import sweep, tune
from lropt_jax.tuning.peaks import peaked
from lropt_jax.wrappers import clip_norm, groups


def test_a_sweep_keeps_a_schedule_and_changes_its_peak():
    found = sweep(bowl, adam(warmup(cosine(0.1, 18), 2)), rates=[0.05, 0.2], steps=20, seeds=1)
    for tx, rate in zip(found.txs, (0.05, 0.2), strict=True):
        steps = np.arange(22)
        np.testing.assert_allclose(tx.learning_rate(steps), warmup(cosine(rate, 18), 2)(steps), rtol=1e-6)
        assert tx.replace(learning_rate=1.0) == adam(1.0)
    assert found.engine["structures"] == 1


def test_a_schedule_that_has_a_peak_is_written_with_the_new_one():
    assert peaked("a", adam(cosine(0.1, 18)))(0.3) == adam(cosine(0.3, 18))
    assert peaked("a", adam(cosine(0.1, 18, floor=0.01)))(0.3) == adam(scale(cosine(0.1, 18, floor=0.01), 0.3 / 0.1))


@pytest.mark.parametrize(
    "schedule",
    [join([linear(0.1, 4), 0.4], [4]), warmup(optax.cosine_decay_schedule(0.1, 9), 3), lambda step: 0.2 / (1 + step)],
)
def test_the_largest_rate_of_any_schedule_becomes_the_rate(schedule):
    made = peaked("a", sgd(schedule))(0.7).learning_rate
    assert max(float(made(step)) for step in range(20)) == pytest.approx(0.7)
    assert float(made(6)) == pytest.approx(0.7 * schedule(6) / max(float(schedule(step)) for step in range(20)))


@pytest.mark.parametrize("around", [lambda tx: clip_norm(tx, 1.0), chain, lambda tx: groups({"*": tx})])
@pytest.mark.parametrize("rate", [0.1, cosine(0.1, 9)])
def test_wrappers_hold_what_is_changed(around, rate):
    new = 0.3 if rate == 0.1 else cosine(0.3, 9)
    assert peaked("a", around(adam(rate)))(0.3) == around(adam(new))


def test_a_number_takes_the_schedule_of_the_sweep_and_of_several_each_keeps_its_share():
    make = peaked("a", groups({"a": sgd(0.1), "*": adam(0.4)}))
    assert make(0.8) == groups({"a": sgd(0.8 * 0.25), "*": adam(0.8)})
    assert make(linear(0.8, 5)) == groups({"a": sgd(scale(linear(0.8, 5), 0.25)), "*": adam(linear(0.8, 5))})
    assert peaked("a", sgd(0.1))(linear(0.8, 5)) == sgd(linear(0.8, 5))


def test_the_short_runs_of_a_tuning_have_the_schedule_as_much_shorter():
    found = tune(bowl, sgd(cosine(0.1, 50)), rates=[0.3], steps=50, seeds=1)
    assert found.coarse.txs[0].learning_rate(5) == pytest.approx(0.15)
    assert found.final.txs[0] == sgd(cosine(0.3, 50))
    assert peaked("a", sgd(cosine(0.1, 50))).shortened(0.2).item == sgd(stretch(cosine(0.1, 50), 0.2))
