"""Tests of what `ema` and `polyak_ruppert` share."""

import numpy as np
from trajectories import START, averages, noisy, trajectory

from lropt_jax.optimizers import adam, sgd
from lropt_jax.wrappers import ema, polyak_ruppert


def test_the_updates_are_the_optimizers_own():
    for tx in (ema(adam(0.1)), polyak_ruppert(adam(0.1))):
        np.testing.assert_allclose(
            trajectory(tx, START, noisy, 20), trajectory(adam(0.1), START, noisy, 20), atol=1e-12
        )


def test_a_part_of_an_update_before_the_start_counts_as_a_whole():
    for average in (polyak_ruppert, ema):
        parted, whole = (averages(average(sgd(0.3), start=start), 12)[1] for start in (2.5, 3))
        np.testing.assert_array_equal(parted, whole)
