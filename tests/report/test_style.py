"""Tests of the style: colours that everybody can tell apart, and no trace in a person's own settings."""

import itertools

import matplotlib.style
import numpy as np
import pytest

from lropt_jax.report import plot_schedules
from lropt_jax.report.style import COLORS, looks, styled
from lropt_jax.schedules import linear

# How colours look to the colour-blind: Machado, Oliveira and Fernandes (2009), severity 1, on linear RGB.
SIGHTS = {
    "all cones": np.eye(3),
    "no red": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "no green": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "no blue": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])


def linear_rgb(color):
    shares = np.array([int(color[place : place + 2], 16) for place in (1, 3, 5)]) / 255
    return np.where(shares <= 0.04045, shares / 12.92, ((shares + 0.055) / 1.055) ** 2.4)


def cielab(rgb):
    t = TO_XYZ @ np.clip(rgb, 0, 1) / [0.9505, 1, 1.089]
    x, y, z = np.where(t > 0.008856, np.cbrt(t), 7.787 * t + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("sight", SIGHTS)
def test_any_two_colours_can_be_told_apart(sight):
    seen = [cielab(np.array(SIGHTS[sight]) @ linear_rgb(color)) for color in COLORS]
    assert min(np.linalg.norm(one - other) for one, other in itertools.combinations(seen, 2)) > 16


def test_colours_stand_out_from_white():
    assert min(1.05 / ((TO_XYZ @ linear_rgb(color))[1] + 0.05) for color in COLORS) > 2.2


def test_curves_differ_by_colour_and_then_by_dash():
    first = [tuple(look.values()) for look, _ in zip(looks(), range(40), strict=False)]
    assert len(set(first)) == 40
    assert [dash for _, dash in first[:10]] == ["-"] * 10


def test_a_persons_own_settings_stay_and_do_not_show():
    plain = plot_schedules([linear(0.1, 10)])._repr_png_()
    with matplotlib.rc_context():
        matplotlib.style.use("dark_background")
        before = dict(matplotlib.rcParams)
        figure = plot_schedules([linear(0.1, 10)])
        assert dict(matplotlib.rcParams) == before
        assert figure._repr_png_() == plain
    assert styled(lambda: matplotlib.rcParams["font.size"])() == 9
