"""Tests of the grid of rates."""

import numpy as np
import pytest

from lropt_jax.tuning import log_rates


def test_rates_are_evenly_spaced_in_the_logarithm():
    rates = log_rates(1e-4, 1.0, 24)
    assert (rates[0], rates[-1], len(rates)) == (1e-4, 1.0, 24)
    np.testing.assert_allclose(np.diff(np.log10(rates)), 4 / 23, atol=1e-3)


@pytest.mark.parametrize(
    ("grid", "message"),
    [
        ((1.0, 1e-4, 24), "log_rates: high must be > low, got 1 to 0.0001; swap them"),
        ((0.0, 1.0, 24), "log_rates: low must be finite and > 0, got 0.0"),
        ((1e-4, 1.0, 1), "log_rates: count must be a whole number >= 2, got 1"),
    ],
)
def test_bad_grids_are_refused(grid, message):
    with pytest.raises(ValueError, match=message):
        log_rates(*grid)
