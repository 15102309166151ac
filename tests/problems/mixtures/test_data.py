"""Tests of the examples of a mixture: arrays and batches."""

import numpy as np
import pytest

from lropt_jax.problems import gaussian_mixture
from lropt_jax.problems.mixtures.data import Standardised, first_of, is_batches
from lropt_jax.problems.mixtures.frame import Standard

BATCH = np.arange(8.0).reshape(4, 2)


def test_arrays_are_told_from_batches():
    assert not is_batches(BATCH)
    assert not is_batches(BATCH.tolist())
    assert not is_batches([*BATCH])  # its rows
    assert is_batches([BATCH, BATCH])
    assert is_batches((BATCH, BATCH))
    assert is_batches(iter([BATCH]))
    for wrong in ("ab", 5, {"x": BATCH}):
        with pytest.raises(TypeError, match="^gaussian_mixture: data must be an array .* got .{1,80}$"):
            gaussian_mixture(wrong)


def test_looking_at_the_first_batch_takes_none_away():
    for batches in ([BATCH, 2 * BATCH], iter([BATCH, 2 * BATCH])):
        first, all_of_them = first_of(batches)
        np.testing.assert_array_equal(first, BATCH)
        np.testing.assert_array_equal([*all_of_them], [BATCH, 2 * BATCH])
    with pytest.raises(ValueError, match="^gaussian_mixture: data must hold at least one batch, got none"):
        gaussian_mixture(batch for batch in ())


def test_each_batch_is_checked_and_standardised():
    standard = Standard(np.ones(2), np.full(2, 2.0))
    assert [each.tolist() for each in Standardised([BATCH], standard, 2)] == [((BATCH - 1) / 2).tolist()]
    with pytest.raises(ValueError, match="a batch of data must be finite"):
        list(Standardised([BATCH * np.nan], standard, 2))
