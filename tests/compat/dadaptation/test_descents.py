"""Tests of SGD, AdaGrad and Lion with D-Adaptation."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from dadaptation_peer import assert_authors
from laws import ValueLaws
from torch_peer import golden
from trajectories import START, noisy, trajectory

from lropt_jax import to_config
from lropt_jax.compat.dadaptation import DAdaptAdaGrad, DAdaptLion, DAdaptSGD
from lropt_jax.rates import dog
from lropt_jax.schedules import linear


class TestValueOfDAdaptSGD(ValueLaws):
    specimen = DAdaptSGD(linear(1.0, 10), momentum=0.9, growth_rate=1.02)


class TestValueOfDAdaptAdaGrad(ValueLaws):
    specimen = DAdaptAdaGrad(0.5, momentum=0.9, eps=1e-5, d0=1e-4)


class TestValueOfDAdaptLion(ValueLaws):
    specimen = DAdaptLion(0.5, betas=(linear(0.9, 10), 0.99), weight_decay=0.1)


@golden("DAdaptSGD", library="dadaptation")
def test_it_is_dadapt_sgd(case):
    states = assert_authors(DAdaptSGD, case)
    numerators = [extra["numerator_weighted"] for extra in case["extra"]]
    np.testing.assert_allclose(np.asarray(states.numerator), numerators, rtol=1e-9, atol=1e-12)


@golden("DAdaptAdaGrad", library="dadaptation")
def test_it_is_dadapt_adagrad(case):
    assert_authors(DAdaptAdaGrad, case)


@golden("DAdaptLion", library="dadaptation")
def test_it_is_dadapt_lion(case):
    states = assert_authors(DAdaptLion, case)
    numerators = [extra["numerator_weighted"] for extra in case["extra"]]
    np.testing.assert_allclose(np.asarray(states.numerator), numerators, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("factory", [DAdaptSGD, DAdaptAdaGrad])
def test_no_growth_limit_may_be_written_as_there(factory):
    np.testing.assert_array_equal(
        trajectory(factory(growth_rate=float("inf"), d0=1e-2), START, noisy, 20),
        trajectory(factory(d0=1e-2), START, noisy, 20),
    )


def test_a_warmup_from_0_and_gradients_of_0_do_not_divide_by_0():
    tx = DAdaptSGD(lambda step: jnp.minimum(step / 3.0, 1.0), d0=1e-2)
    path = trajectory(tx, START, lambda x, step: noisy(x, step) * (step != 1), 20)
    assert np.all(np.isfinite(path))
    np.testing.assert_array_equal(path[2], START)
    assert np.any(path[-1] != START)


def test_they_are_written_by_their_names_and_their_numbers_are_swept():
    assert repr(DAdaptSGD(0.5)) == "dadaptation.DAdaptSGD(lr=0.5, d0=1e-06)"
    assert to_config(DAdaptLion())["rule"] == "dadaptation.DAdaptLion"
    first = jax.vmap(lambda d0: DAdaptSGD(d0=d0).update(jnp.ones(4), DAdaptSGD(d0=d0).init(jnp.ones(4)))[0])
    np.testing.assert_allclose(first(np.array([0.1, 0.2])), [[-0.05] * 4, [-0.1] * 4], rtol=1e-6)


def test_bad_arguments_are_refused():
    for call, message in {
        lambda: DAdaptSGD(-1.0): "dadaptation.DAdaptSGD: lr must be finite and >= 0, got -1.0",
        lambda: DAdaptSGD(momentum=1.0): r"dadaptation.DAdaptSGD: momentum must be in \[0, 1\), got 1.0",
        lambda: DAdaptSGD(growth_rate=0.9): "dadaptation.DAdaptSGD: growth_rate must be >= 1, got 0.9",
        lambda: DAdaptAdaGrad(momentum=-0.1): r"dadaptation.DAdaptAdaGrad: momentum must be in \[0, 1\), got -0.1",
        lambda: DAdaptAdaGrad(eps=-1.0): "dadaptation.DAdaptAdaGrad: eps must be finite and >= 0, got -1.0",
        lambda: DAdaptLion(d0=0.0): "dadaptation.DAdaptLion: d0 must be finite and > 0, got 0.0",
        lambda: DAdaptLion(betas=(0.9,)): r"dadaptation.DAdaptLion: betas must be two numbers, got \(0.9,\)",
    }.items():
        with pytest.raises(ValueError, match=message):
            call()
    with pytest.raises(TypeError, match="DAdaptSGD: lr must be a number or a schedule, .*no rate that sets itself"):
        DAdaptSGD(dog())
