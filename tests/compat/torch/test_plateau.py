"""Tests of PyTorch's controller."""

import numpy as np
import pytest
from controllers import fed_results
from golden_values import controller_cases
from laws import ValueLaws, x64

from lropt_jax import parse
from lropt_jax.compat.torch import ReduceLROnPlateau
from lropt_jax.optimizers import sgd

CASES = controller_cases("ReduceLROnPlateau")


class TestValue(ValueLaws):
    specimen = sgd(ReduceLROnPlateau(0.1, patience=3, threshold_mode="abs"))


@pytest.mark.parametrize("name", CASES)
def test_it_is_torchs(name):
    case = CASES[name]
    with x64():
        found, state = fed_results(ReduceLROnPlateau(case["base_lr"], **case["params"]), case["metrics"])
    np.testing.assert_allclose(found, case["lrs"], rtol=0, atol=1e-12)
    assert state.best == case["best"][-1]
    assert state.bad_results == case["num_bad_epochs"][-1]
    assert state.cooldown_left == case["cooldown_counter"][-1]


def test_its_relative_threshold_is_turned_around_for_negative_results():
    found, state = fed_results(ReduceLROnPlateau(1.0, threshold=0.1, patience=0), [-10.0, -9.5, -9.0, -8.0])
    np.testing.assert_allclose(found, [1, 1, 1, 0.1])
    assert state.best == -9.0


def test_it_stops_falling_by_changes_below_eps():
    with x64():
        found, _ = fed_results(ReduceLROnPlateau(1e-7, factor=0.5, patience=0), [1.0] * 6)
    np.testing.assert_allclose(found, [1e-7, 5e-8, 2.5e-8, 1.25e-8, 1.25e-8, 1.25e-8], rtol=1e-12)


def test_it_is_written_by_its_name():
    rate = ReduceLROnPlateau(0.1)
    assert repr(rate).startswith("torch.ReduceLROnPlateau(base_lr=0.1, mode='min', factor=0.1, patience=10")
    assert parse(repr(rate)) == rate


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="torch.ReduceLROnPlateau: threshold_mode must be one of rel, abs, got 'sig"):
        ReduceLROnPlateau(0.1, threshold_mode="signed")
    with pytest.raises(ValueError, match="^torch.ReduceLROnPlateau: factor must be in \\(0, 1\\), got 1.0"):
        ReduceLROnPlateau(0.1, factor=1.0)
    with pytest.raises(ValueError, match="^torch.ReduceLROnPlateau: patience must be a whole number >= 0, got 2.5"):
        ReduceLROnPlateau(0.1, patience=2.5)
