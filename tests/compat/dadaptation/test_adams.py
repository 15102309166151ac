"""Tests of Adam and Adan with D-Adaptation."""

import jax.numpy as jnp
import numpy as np
import pytest
from dadaptation_peer import assert_authors
from golden_values import optimizer_cases
from laws import ValueLaws
from torch_peer import golden
from trajectories import START, golden_trajectory, noisy, trajectory

from lropt_jax import learning_rate
from lropt_jax.compat.dadaptation import DAdaptAdam, DAdaptAdan
from lropt_jax.schedules import linear


class TestValueOfDAdaptAdam(ValueLaws):
    specimen = DAdaptAdam(linear(1.0, 10), betas=(0.8, 0.99), weight_decay=0.1, decouple=True, growth_rate=1.02)


class TestValueOfDAdaptAdan(ValueLaws):
    specimen = DAdaptAdan(0.5, betas=(0.9, 0.9, linear(0.99, 10)), no_prox=True)


@golden("DAdaptAdam", library="dadaptation")
def test_it_is_dadapt_adam(case):
    states = assert_authors(DAdaptAdam, case)
    numerators = [extra["numerator_weighted"] for extra in case["extra"]]
    np.testing.assert_allclose(np.asarray(states.numerator), numerators, rtol=1e-9, atol=1e-12)


def test_it_is_dadapt_adan():
    assert_authors(DAdaptAdan, optimizer_cases("DAdaptAdan", "dadaptation")["default"])


def test_it_is_dadapt_adan_where_that_goes_to_1e36():
    """The golden values are given to 14 digits, so that only the share of each can be held."""
    case = optimizer_cases("DAdaptAdan", "dadaptation")["noprox"]
    expected = np.array([params["x"] for params in case["trajectory"]])
    found = golden_trajectory(DAdaptAdan(**case["hyperparameters"]), case)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)


def test_the_proximal_decay_divides_what_the_update_has_made():
    x, grads = jnp.asarray(START, jnp.float32), jnp.asarray(noisy(START, 0), jnp.float32)
    plain, decayed = DAdaptAdan(d0=0.5, weight_decay=None), DAdaptAdan(d0=0.5, weight_decay=0.2)
    alone, state = plain.update(grads, plain.init(x), x)
    both, _ = decayed.update(grads, decayed.init(x), x)
    np.testing.assert_allclose(x + both, (x + alone) / (1 + 0.2 * learning_rate(state)), rtol=1e-6)


def test_no_growth_limit_may_be_written_as_there():
    for factory in (DAdaptAdam, DAdaptAdan):
        np.testing.assert_array_equal(
            trajectory(factory(growth_rate=float("inf"), d0=1e-2), START, noisy, 20),
            trajectory(factory(d0=1e-2), START, noisy, 20),
        )


def test_bad_arguments_are_refused():
    adan = DAdaptAdan()
    for call, message in {
        lambda: DAdaptAdam(-1.0): "dadaptation.DAdaptAdam: lr must be finite and >= 0, got -1.0",
        lambda: DAdaptAdam(betas=(1.0, 0.9)): r"dadaptation.DAdaptAdam: betas must be in \[0, 1\), got 1.0",
        lambda: DAdaptAdan(betas=(0.9, 0.9)): r"dadaptation.DAdaptAdan: betas must be three numbers, got \(0.9, 0.9\)",
        lambda: DAdaptAdan(betas=(0.9, 0.9, 1.0)): r"dadaptation.DAdaptAdan: betas must be in \[0, 1\), got 1.0",
        lambda: DAdaptAdan(weight_decay=-1.0): "dadaptation.DAdaptAdan: weight_decay must be finite and >= 0",
        lambda: adan.update(START, adan.init(START)): "dadaptation.DAdaptAdan: update needs params; call tx.update",
    }.items():
        with pytest.raises(ValueError, match=message):
            call()
    with pytest.raises(TypeError, match="dadaptation.DAdaptAdam: got an unexpected keyword argument 'log_every'"):
        DAdaptAdam(log_every=10)
