"""Tests of what several seeds suggest together."""

import numpy as np
import pytest

from lropt_jax.tuning.suggestion import suggest

RATES = np.geomspace(1e-7, 10, 100)
X = np.log10(RATES)


def curve(place):
    return 2.3 - 1.5 / (1 + np.exp(-4 * (X - place))) + 2.5 * np.maximum(X, 0)


def read(*losses, rule="steepest"):
    return suggest(RATES, np.array(losses), rule=rule, smoothing=0.2, steps=100, lanes=None)


def test_the_rate_is_the_geometric_mean_and_the_spread_is_in_decades():
    found = read(curve(-2), curve(-3), curve(-2.5))
    assert found.rate == pytest.approx(10**-2.5, rel=0.1)
    assert found.spread == pytest.approx(0.5, abs=0.1)
    assert found.by_rule["steepest"] == found.rate
    assert found.low < found.rate < found.high
    assert f"within {found.spread:.2f} decades" in repr(found)


def test_one_seed_has_no_spread():
    found = read(curve(-2))
    assert np.isnan(found.spread)
    assert "decades" not in repr(found)
    assert found.smooth.shape == found.slope.shape == (1, 100)


def test_seeds_that_disagree_give_no_rate():
    found = read(curve(-2), curve(-5))
    assert found.rate is None
    assert found.reason.startswith("the seeds disagree (0.01, 1e-05)")
    assert repr(found).startswith("no rate: the seeds disagree")


def test_most_seeds_decide_whether_there_is_a_rate():
    flat = np.full(100, 2.0)
    assert read(curve(-2), curve(-2), flat).rate == pytest.approx(0.01, rel=0.1)
    assert read(curve(-2), flat, flat).reason == "the loss stays 2; take a larger high (2 of 3 seeds)"


def test_a_fall_that_reaches_an_end_of_the_rates_is_flagged():
    assert read(curve(-2)).flags == ()
    assert read(2 - 1 / (1 + np.exp(-3 * X))).flags == ("the loss still falls at the largest rate; take a larger high",)


def test_a_notebook_shows_text_and_picture_and_escapes():
    html = read(curve(-2))._repr_html_()
    assert html.startswith("<p>rate 0.01 (steepest)")
    assert "<img" in html
    assert "no rate" in read(np.full(100, np.nan))._repr_html_()
