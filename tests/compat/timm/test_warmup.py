"""Tests of timm's warmup."""

import numpy as np
import pytest

from lropt_jax._core.ends import with_end
from lropt_jax.compat.timm import StepLRScheduler
from lropt_jax.compat.timm.warmup import warmed


def line(step):
    return 10.0 + step


def test_the_curve_begins_after_the_rise_or_goes_on_below_it():
    steps = np.array([0, 1, 2, 3, 4])
    np.testing.assert_allclose(warmed(line, 8.0, 2, 4.0, True, 8.0)(steps), [4, 6, 10, 11, 12])
    np.testing.assert_allclose(warmed(line, 8.0, 2, 4.0, False, 8.0)(steps), [4, 6, 12, 13, 14])


def test_without_a_rise_the_first_rate_is_the_optimizers_and_not_the_curves():
    for prefix in (False, True):
        np.testing.assert_allclose(warmed(line, 8.0, 0, 4.0, prefix, 8.0)(np.arange(3)), [8, 11, 12])


def test_the_end_of_the_curve_moves_with_its_beginning():
    assert warmed(line, 8.0, 5, 0.0, True, 8.0).end is None
    assert warmed(with_end(line, 3), 8.0, 5, 0.0, True, 8.0).end == 8
    assert warmed(with_end(line, 3), 8.0, 5, 0.0, False, 8.0).end == 5


def test_noise_and_negative_numbers_are_refused():
    for noise in (5, (5, 10), [0, 1]):
        with pytest.raises(
            ValueError, match="timm.StepLRScheduler: noise_range_t must be None, because PyTorch draws the noise"
        ):
            StepLRScheduler(0.1, 5, noise_range_t=noise)
    for bad in ({"warmup_t": -1}, {"warmup_lr_init": -0.1}, {"base_lr": -0.1}):
        with pytest.raises(ValueError, match=f"timm.StepLRScheduler: {next(iter(bad))} must be finite and >= 0, got -"):
            StepLRScheduler(**{"base_lr": 0.1, "decay_t": 5} | bad)


def test_what_only_noise_uses_and_the_unit_of_a_step_change_nothing():
    other = {"t_in_epochs": False, "noise_pct": 0.1, "noise_std": 2.0, "noise_seed": 7, "initialize": False}
    np.testing.assert_array_equal(
        StepLRScheduler(0.1, 5, 0.5)(np.arange(20)), StepLRScheduler(0.1, 5, 0.5, **other)(np.arange(20))
    )
