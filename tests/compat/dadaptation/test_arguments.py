"""Tests of what D-Adaptation's and Prodigy's optimizers have in common."""

import math

import numpy as np
import pytest

from lropt_jax.compat.dadaptation import DAdaptSGD
from lropt_jax.compat.dadaptation.arguments import limit
from lropt_jax.schedules import linear


def test_no_limit_of_growth_is_none_or_infinite():
    assert limit(None) is limit(math.inf) is limit(np.float32("inf")) is None
    schedule = linear(2.0, 10)
    assert (limit(1.02), limit(schedule)) == (1.02, schedule)


def test_bad_arguments_are_refused():
    for arguments, error, message in (
        ({"growth_rate": 0.5}, ValueError, "growth_rate must be >= 1, got 0.5"),
        ({"growth_rate": -math.inf}, ValueError, "growth_rate must be >= 1, got -inf"),
        ({"growth_rate": math.nan}, ValueError, "growth_rate must be >= 1, got nan"),
        ({"growth_rate": "no"}, TypeError, "growth_rate must be a number or a schedule, got 'no'"),
    ):
        with pytest.raises(error, match=f"^dadaptation.DAdaptSGD: {message}"):
            DAdaptSGD(**arguments)
