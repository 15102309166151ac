"""Tests of `polyak_ruppert`."""

import numpy as np
import pytest
from laws import WrapperLaws
from trajectories import averages

from lropt_jax.optimizers import adam, sgd
from lropt_jax.wrappers import polyak_ruppert


class TestLaws(WrapperLaws):
    specimen = polyak_ruppert(adam(0.1), start=2, power=8.0)


@pytest.mark.parametrize("start", [0, 7])
def test_without_power_it_is_the_mean_from_the_start_on(start):
    path, kept = averages(polyak_ruppert(sgd(0.3), start=start), 50)
    np.testing.assert_allclose(kept[-1], path[start:].mean(0), atol=1e-12)
    np.testing.assert_allclose(kept[:start], path[:start], atol=1e-12)


def test_with_power_it_is_the_recursion_of_dogs_authors():
    path, kept = averages(polyak_ruppert(sgd(0.3), power=8.0), 50)
    mean = 0
    for t, x in enumerate(path, start=1):
        mean = mean + 9 / (t + 8) * (x - mean)
    np.testing.assert_allclose(kept[-1], mean, atol=1e-12)


def test_averaging_beats_the_last_iterate_in_noise():
    path, kept = averages(polyak_ruppert(sgd(0.3), start=50), 2000)
    assert np.linalg.norm(kept[-1]) < 0.3 * np.mean(np.linalg.norm(path[50:], axis=1))


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="polyak_ruppert: power must be finite and >= 0, got -1"):
        polyak_ruppert(sgd(0.1), power=-1)
