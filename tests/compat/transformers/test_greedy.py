"""Tests of GreedyLR."""

import numpy as np
import pytest
from controllers import fed_results
from golden_values import controller_cases
from laws import ValueLaws, x64

from lropt_jax import parse
from lropt_jax.compat.transformers import GreedyLR
from lropt_jax.optimizers import sgd

CASES = controller_cases("GreedyLR", "transformers")


class TestValue(ValueLaws):
    specimen = sgd(GreedyLR(0.1, patience=3, smooth=True, window_size=4))


@pytest.mark.parametrize("name", CASES)
def test_it_is_transformers(name):
    case = CASES[name]
    with x64():
        found, _ = fed_results(GreedyLR(case["base_lr"], **case["params"]), case["metrics"])
    np.testing.assert_allclose(found, case["lrs"], rtol=0, atol=1e-12)


def test_below_its_default_min_lr_it_never_falls():
    found, _ = fed_results(GreedyLR(1e-4, patience=0), [1.0] + [2.0] * 9)
    np.testing.assert_allclose(found, 1e-4 / 0.95, rtol=1e-6)


def test_it_is_written_by_its_name():
    rate = GreedyLR(0.1, smooth=True)
    assert repr(rate).startswith("transformers.GreedyLR(base_lr=0.1, mode='min', factor=0.95, patience=10")
    assert parse(repr(rate)) == rate


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="transformers.GreedyLR: threshold_mode must be one of rel, abs, got 'signed'"):
        GreedyLR(0.1, threshold_mode="signed")
    with pytest.raises(ValueError, match="transformers.GreedyLR: max_lr must be finite and > min_lr, 1.0, got 0.5"):
        GreedyLR(0.1, min_lr=1.0, max_lr=0.5)
    with pytest.raises(ValueError, match="transformers.GreedyLR: reset_start must be a whole number >= 1, got 0.5"):
        GreedyLR(0.1, reset_start=0.5)
