"""Tests of how a curve of loss against rate is read."""

import numpy as np
import pytest

from lropt_jax.tuning.falling import fall_of

RATES = np.geomspace(1e-7, 10, 100)
X = np.log10(RATES)
FALLING = 2.3 - 1.5 / (1 + np.exp(-3 * (X + 2))) + 3 * np.maximum(X, 0)  # steepest at 0.01, lowest near 0.5


def noisy(curve, deviation, seed=0):
    return curve + deviation * np.random.default_rng(seed).normal(size=len(curve))


@pytest.mark.parametrize("deviation", [0.0, 0.1])
def test_the_rules_read_a_curve_as_they_say(deviation):
    found = fall_of(RATES, noisy(FALLING, deviation), 0.2)
    assert found.reason is None
    assert found.rates["steepest"] == pytest.approx(0.01, rel=0.5)
    assert found.rates["lowest"] == pytest.approx(0.4, rel=0.7)
    assert found.rates["minimum"] == pytest.approx(found.high / 10)
    assert found.rates["middle"] == pytest.approx((found.rates["steepest"] * found.rates["lowest"]) ** 0.5)
    assert 1e-4 < found.low < 0.01 < found.high < 1


def test_the_valley_is_that_of_fast_ai():
    losses = np.array([5.0, 5.1, 4.9, 4.0, 4.2, 3.0, 2.0, 1.0, 6.0, 9.0])
    rates = np.geomspace(1e-4, 1, 10)
    # fastai 2.7: the longest falling subsequence ends at 7 and is 6 long: it starts at 1; 1 + int(2) + int(1) = 4
    assert fall_of(rates, losses, 0.0).rates["valley"] == rates[4]


def test_smoothing_shifts_no_line_and_its_slope_is_by_the_natural_logarithm():
    line = fall_of(RATES, 2 - 0.1 * X, 0.2)
    np.testing.assert_allclose(line.smooth, 2 - 0.1 * X, rtol=1e-10)
    np.testing.assert_allclose(line.slope, -0.1 / np.log(10), rtol=1e-8)


def test_what_is_not_finite_ends_the_curve():
    found = fall_of(RATES, np.where(X > -1, np.nan, FALLING), 0.2)
    assert found.rates["steepest"] == pytest.approx(0.01, rel=0.5)
    assert found.end == np.sum(X <= -1)
    assert np.isnan(found.smooth[found.end :]).all()
    assert found.high <= 0.1


def test_a_loss_far_above_its_start_ends_the_curve():
    found = fall_of(RATES, np.where(X > 0.5, 1e30, FALLING), 0.2)
    assert found.high < 1
    assert np.nanmax(found.smooth) < 10


def test_a_second_fall_beyond_a_rise_does_not_count():
    again = np.where(X > 0, 3 - 3 * X, FALLING + 1.5 * np.maximum(X + 1, 0))
    found = fall_of(RATES, noisy(again, 0.05), 0.2)
    assert 0.01 < found.high < 0.5


@pytest.mark.parametrize(
    ("losses", "reason"),
    [
        (np.full(100, 2.0), "the loss stays 2; take a larger high"),
        (np.zeros(100), "the loss stays 0; take a larger high"),
        (np.full(100, np.nan), "the loss is not finite at the smallest rate; take a smaller low"),
        (np.where(X > -6.9, np.inf, 2.0), "the loss is not finite after 2 points; take a smaller low"),
        (np.where(X > -3, np.inf, 2.0), "the loss does not fall before it diverges; take a smaller low"),
        (2 + RATES, "the loss does not fall before it diverges; take a smaller low"),
        (2 - 1e-9 * X, "the loss stays 2; take a larger high"),
    ],
)  # fmt: skip
def test_a_curve_without_a_fall_gives_a_reason(losses, reason):
    found = fall_of(RATES, losses, 0.2)
    assert (found.rates, found.low, found.high) == (None, None, None)
    assert found.reason == reason


def test_noise_is_no_fall():
    reasons = [fall_of(RATES, noisy(np.full(100, 2.0), 1.0, seed), 0.2).reason for seed in range(100)]
    assert sum(reason is None for reason in reasons) <= 2
    assert "and its noise is" in reasons[0]


def test_lanes_that_share_their_batches_have_no_noise():
    jagged = np.array([11.0, 5.0, 0.04, 1e-9, np.nan])
    assert fall_of(np.geomspace(1e-3, 10, 5), jagged, 0.0).reason is not None
    assert fall_of(np.geomspace(1e-3, 10, 5), jagged, 0.0, noisy=False).rates["lowest"] == pytest.approx(1)


def test_units_of_the_loss_change_nothing():
    curve = noisy(FALLING, 0.1)
    for scale, shift in ((1e7, 0), (1e-7, 0), (1, -100)):
        assert fall_of(RATES, scale * curve + shift, 0.2).rates == pytest.approx(fall_of(RATES, curve, 0.2).rates)


def test_few_points_far_apart_are_read_as_they_are():
    found = fall_of(np.geomspace(1e-6, 1e2, 5), np.array([4.0, 3.9, 2.0, 3.0, np.nan]), 0.05, noisy=False)
    np.testing.assert_allclose(found.smooth[:4], [4.0, 3.9, 2.0, 3.0])
    assert 1e-2 <= found.rates["lowest"] < 1
