"""Tests of Keras's controller."""

import numpy as np
import pytest
from controllers import fed_results
from golden_values import controller_cases
from laws import ValueLaws, x64

from lropt_jax import parse
from lropt_jax.compat import torch
from lropt_jax.compat.keras import ReduceLROnPlateau
from lropt_jax.optimizers import sgd

CASES = controller_cases("ReduceLROnPlateau", "keras")


class TestValue(ValueLaws):
    specimen = sgd(ReduceLROnPlateau(0.1, patience=3, cooldown=2))


@pytest.mark.parametrize("name", CASES)
def test_it_is_keras(name):
    case = CASES[name]
    metrics = [float(metric) for metric in case["metrics"]]
    with x64():
        found, _ = fed_results(ReduceLROnPlateau(case["base_lr"], **case["params"]), metrics)
    np.testing.assert_allclose(found, case["lrs"], rtol=0, atol=1e-12)


def test_it_falls_one_result_earlier_than_torch_and_patience_0_is_1():
    fall = lambda rate: np.argmax(fed_results(rate, [1.0] * 9)[0] < 1)  # noqa: E731
    assert [fall(ReduceLROnPlateau(1.0, patience=p)) for p in (0, 1, 2, 5)] == [1, 1, 2, 5]
    assert [fall(torch.ReduceLROnPlateau(1.0, patience=p)) for p in (0, 1, 2, 5)] == [1, 2, 3, 6]


def test_of_the_cooldown_the_last_result_counts():
    found, _ = fed_results(ReduceLROnPlateau(1.0, factor=0.5, patience=1, cooldown=2), [1.0] * 6)
    np.testing.assert_allclose(found, [1, 0.5, 0.5, 0.25, 0.25, 0.125])


def test_the_mode_comes_from_the_name():
    for monitor, expected in (("val_accuracy", 1.0), ("val_loss", 0.1)):
        found, _ = fed_results(ReduceLROnPlateau(1.0, monitor=monitor, patience=1), [0.5, 0.6])
        np.testing.assert_allclose(found[-1], expected)


def test_it_is_written_by_its_name():
    rate = ReduceLROnPlateau(0.1)
    assert repr(rate).startswith("keras.ReduceLROnPlateau(learning_rate=0.1, monitor='val_loss'")
    assert parse(repr(rate)) == rate


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="keras.ReduceLROnPlateau: mode must be one of auto, min, max, got 'up'"):
        ReduceLROnPlateau(0.1, mode="up")
    with pytest.raises(ValueError, match="keras.ReduceLROnPlateau: patience must be a whole number >= 0, got -1"):
        ReduceLROnPlateau(0.1, patience=-1)
    with pytest.raises(ValueError, match="keras.ReduceLROnPlateau: cooldown must be a whole number >= 0, got 2.5"):
        ReduceLROnPlateau(0.1, cooldown=2.5)
