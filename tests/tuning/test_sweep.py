"""Tests of sweeps."""

import dataclasses

import jax.numpy as jnp
import numpy as np
import pytest
from bowls import TRACES, bowl

from lropt_jax import chain, lift
from lropt_jax.optimizers import adam, sgd
from lropt_jax.problems import Problem, solve, vae
from lropt_jax.schedules import cosine, linear, scale
from lropt_jax.tuning import log_rates, sweep


def test_it_finds_the_rate_that_theory_says():
    found = sweep(bowl, sgd, rates=[0.1, 0.3, 0.5, 0.7, 0.9, 1.1], steps=20, seeds=2, schedule=None)
    assert found.best().rate == 0.5
    assert found.best().tx == sgd(0.5)
    assert found.status.tolist() == ["ok"] * 10 + ["diverged"] * 2
    np.testing.assert_allclose(found.validation[:2] / found.start[:2], 0.8**40, rtol=1e-4)
    np.testing.assert_allclose(found.test, 2 * found.validation)


@pytest.mark.parametrize("lanes_per_program", [None, 1, 5])
def test_24_rates_take_one_compilation_per_optimizer(lanes_per_program):
    fresh = dataclasses.replace(bowl, init=lambda key: bowl.init(key))  # another function: another program
    TRACES.clear()
    found = sweep(fresh, [sgd, adam], rates=log_rates(), steps=15, seeds=2, lanes_per_program=lanes_per_program)
    assert len(found.rate) == 96
    assert found.engine["structures"] == 2
    compiled = 2 + found.engine["why"].count("in programs of")  # on a busy machine it may pay to measure another width
    assert len(TRACES) == compiled
    sweep(fresh, [sgd, adam], rates=log_rates(1e-3, 1e-1, 9), steps=30, seeds=1, schedule=linear,
          lanes_per_program=found.engine["lanes_per_program"])  # fmt: skip
    assert len(TRACES) == compiled


def test_a_lane_is_the_run_that_solve_makes():
    import jax

    found = sweep(bowl, adam, rates=[0.05], steps=30, seeds=[7], schedule=cosine)
    alone = solve(bowl, adam(cosine(0.05, 30)), jax.random.key(7), 30)
    np.testing.assert_allclose(found.validation[0], alone.params @ alone.params, rtol=1e-5)
    np.testing.assert_allclose(found.train[0], alone.values[-1], rtol=1e-5)


def test_lanes_are_the_same_beside_a_diverged_one():
    alone = sweep(bowl, sgd, rates=[0.1, 0.2], steps=20, seeds=1, schedule=None, lanes_per_program=2)
    beside = sweep(bowl, sgd, rates=[0.1, 0.2, 1e30], steps=20, seeds=1, schedule=None, lanes_per_program=3)
    np.testing.assert_allclose(beside.validation[:2], alone.validation, rtol=1e-6)
    assert beside.status.tolist() == ["ok", "ok", "diverged"]
    assert beside.best().rate == alone.best().rate


def test_rates_may_differ_by_optimizer():
    found = sweep(bowl, [sgd, adam], rates={"sgd": [0.1], "adam": [0.01, 0.02]}, steps=5, seeds=1)
    assert found.rate.tolist() == [0.1, 0.01, 0.02]
    once = sweep(bowl, [sgd, adam], rates=(rate for rate in (0.1, 0.2)), steps=np.int64(5), seeds=np.int64(1))
    assert once.rate.tolist() == [0.1, 0.2] * 2
    with pytest.raises(ValueError, match="sweep: rates must name every optimizer, got none for adam"):
        sweep(bowl, [sgd, adam], rates={"sgd": [0.1]}, steps=5)


def test_functions_of_the_rate_and_users_factories_are_swept():
    @lift
    def scaled(learning_rate, *, factor=2.0, chained=True):
        return chain(sgd(scale(learning_rate, factor))) if chained else None

    found = sweep(bowl, {"m": lambda rate: sgd(rate, momentum=0.5), "mine": scaled}, rates=[0.1], steps=5, seeds=1)
    assert found.optimizers == ["m", "mine"]
    assert np.all(found.status == "ok")


def test_the_curve_is_the_watched_value_along_the_run():
    found = sweep(bowl, sgd, rates=[0.1], steps=100, seeds=1, schedule=None)
    values = found.start[0] * 0.8 ** (2 * np.arange(100))
    np.testing.assert_allclose(found.curve[0], values.reshape(50, 2).mean(1), rtol=1e-3)
    short = sweep(bowl, sgd, rates=[0.1], steps=7, seeds=1, schedule=None)
    assert np.isfinite(short.curve[0]).sum() == 7
    np.testing.assert_allclose(short.train, values[6], rtol=1e-4)


def test_without_held_out_data_the_training_loss_decides():
    bare = Problem(bowl.init, bowl.field)
    found = sweep(bare, sgd, rates=[0.1, 0.5, 5.0], steps=20, seeds=1, schedule=None)
    assert found.best().rate == 0.5
    assert np.all(np.isnan(found.test))
    assert "-" in repr(found)
    assert found.chosen_by == "training"


def test_without_held_out_data_a_run_that_ends_worse_than_it_began_is_diverged():
    x = jnp.linspace(-1, 1, 64)
    fit = Problem.from_loss(lambda w, batch: jnp.mean((w * batch[0] - batch[1]) ** 2), lambda key: jnp.zeros(()),
                            (x, 3 * x), batch_size=8)  # fmt: skip
    found = sweep(fit, sgd, rates=[1e-6, 0.1, 30.0], steps=10, seeds=3, schedule=None)
    assert np.all(np.isfinite(found.validation))
    assert found.status.tolist() == ["ok"] * 6 + ["diverged"] * 3  # noise makes no run that hardly moves a diverged one


def test_a_monitor_is_judged_or_refused():
    watched = dataclasses.replace(bowl, validate=None, value="monitor")
    with pytest.raises(ValueError, match="sweep: problem must have validate or judge, since its value is a monitor"):
        sweep(watched, sgd, rates=[0.1], steps=5)
    judged = dataclasses.replace(watched, judge=lambda x, state: jnp.sum(x**2))
    found = sweep(judged, sgd, rates=[0.1, 0.5], steps=5, seeds=1, schedule=None)
    assert found.best().rate == 0.5
    assert (found.value, found.chosen_by) == ("monitor", "error")


def test_a_convex_domain_is_kept():
    convex = dataclasses.replace(bowl, domain="convex")
    with pytest.raises(ValueError, match="tx must be plain sgd"):
        sweep(convex, adam, rates=[0.1], steps=5)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"steps": 0}, "sweep: steps must be a whole number >= 1, got 0"),
        ({"seeds": 0}, "sweep: seeds must be a whole number >= 1, got 0"),
        ({"seeds": [0, 0]}, "sweep: seeds must be different, got 0 twice"),
        ({"seeds": [-1]}, "sweep: seeds must be a whole number from 0 to"),
        ({"rates": [0.1, 0.1]}, "sweep: rates must be different, got 0.1 twice"),
        ({"rates": []}, "sweep: rates must be at least one"),
        ({"rates": [0.1, -0.1]}, r"sweep: rates must be finite and > 0, got \[0.1, -0.1\]"),
        ({"lanes_per_program": 0}, "sweep: lanes_per_program must be a whole number >= 1, got 0"),
        ({"workers": 1.5}, "sweep: workers must be a whole number >= 1, got 1.5"),
    ],
)
def test_bad_arguments_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        sweep(bowl, sgd, **{"steps": 5, "rates": [0.1], **arguments})


def test_a_problem_that_is_not_yet_made_is_refused():
    with pytest.raises(TypeError, match="sweep: problem must be a Problem, got <function vae at .*; call it first"):
        sweep(vae, sgd, steps=5)


@pytest.mark.parametrize("first", [0, 1])
def test_without_held_out_data_no_single_batch_decides(first):
    targets = 4.0 * ((np.arange(64) + first) % 2)  # of half of the batches the loss can only grow
    halves = Problem.from_loss(
        lambda w, batch: jnp.mean((w - batch) ** 2), lambda key: jnp.zeros(()), targets, batch_size=1
    )
    assert sweep(halves, sgd, rates=[0.003, 0.01, 0.03], steps=200, seeds=1).status.tolist() == ["ok"] * 3
