"""Tests of `inverse_time`."""

import numpy as np
import pytest
from golden_values import schedule_cases
from laws import ScheduleLaws, x64

from lropt_jax.schedules import inverse_time


class TestLaws(ScheduleLaws):
    specimen = inverse_time(0.1, 5, decay=0.7, floor=0.001)


@pytest.mark.parametrize("name", ["smooth", "one"])
def test_it_is_keras_inverse_time_decay(name):
    case = schedule_cases("InverseTimeDecay", "keras")[name]
    given = case["params"]
    with x64():
        schedule = inverse_time(given["initial_learning_rate"], given["decay_steps"], decay=given["decay_rate"])
        np.testing.assert_allclose(schedule(np.arange(len(case["lrs"]))), case["lrs"], atol=1e-12)


def test_a_negative_decay_is_refused():
    with pytest.raises(ValueError, match="inverse_time: decay must be finite and >= 0, got -1"):
        inverse_time(0.1, 5, decay=-1)
