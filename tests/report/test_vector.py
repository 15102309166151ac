"""Tests of small curves as SVG."""

import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from lropt_jax.report.vector import curve_svg


def path_of(svg):
    """The points of the curves, each (n, 2)."""
    ET.fromstring(svg)  # it is well formed
    paths = re.findall(r'<path d="([^"]*)" fill="none" stroke="#', svg)
    return [np.array(re.findall(r"([\d.]+),([\d.]+)", path), float) for path in paths]


def test_a_curve_goes_from_the_top_of_the_frame_to_its_foot():
    (points,) = path_of(curve_svg(np.arange(3), [1.0, 0.5, 0.0], "step", "rate"))
    np.testing.assert_allclose(points, [[58, 22], [238, 69], [418, 116]])


def test_axes_are_named_and_have_numbers_with_their_units():
    svg = curve_svg(np.array([0, 12_000]), [0.003, 0.0], "step", "<rate>")
    texts = re.findall(r"<text[^>]*>([^<]*)</text>", svg)
    assert texts == ["0", "12,000", "step", "0.003", "0", "&lt;rate&gt;"]
    assert 'fill="currentColor"' in svg  # black on a white page, white on a dark one


def test_many_points_keep_their_peaks_in_few_bytes():
    rates = np.zeros(100_001)
    rates[33_333] = 1.0
    svg = curve_svg(np.arange(100_001), rates, "step", "rate")
    assert path_of(svg)[0][:, 1].min() == 22
    assert len(svg) < 10_000


def test_what_is_not_finite_leaves_a_gap():
    svg = curve_svg(np.arange(5), [1.0, 0.5, np.nan, 0.5, np.inf], "step", "rate")
    (points,) = path_of(svg)
    assert len(points) == 3
    assert 'L148.0,69.0M328.0,69.0h0"' in svg  # the last one alone is a dot
    with pytest.raises(ValueError, match="no point is finite"):
        curve_svg(np.arange(2), [np.nan, np.nan], "step", "rate")


@pytest.mark.parametrize("height", [0.0, 0.1, -0.1])
def test_a_constant_and_a_single_point_are_drawn(height):
    for count in (1, 9):
        assert np.isfinite(path_of(curve_svg(np.arange(count), np.full(count, height), "step", "rate"))[0]).all()
