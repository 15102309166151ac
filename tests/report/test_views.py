"""Tests of the pictures of solutions: what is drawn, not how it looks."""

import io

import jax.numpy as jnp
import numpy as np

from lropt_jax.problems import Grid, Images, Lines, Points
from lropt_jax.report import plot_view


def test_lines_are_drawn_by_name():
    figure = plot_view(Lines(jnp.arange(3), {"exact": jnp.ones(3), "found": jnp.zeros(3)}, "state", "value"), "chain")
    (axes,) = figure.axes
    assert [line.get_label() for line in axes.lines] == ["exact", "found"]
    assert (axes.get_xlabel(), axes.get_ylabel(), figure.get_suptitle()) == ("state", "value", "chain")


def test_points_have_a_colour_per_label_and_curves_their_names():
    points = jnp.array([[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]])
    figure = plot_view(Points(points, jnp.array([7, 7, 3]), {"unit circle": points}))
    (axes,) = figure.axes
    assert [line.get_label() for line in axes.lines[:2]] == ["3", "7"]
    np.testing.assert_array_equal(axes.lines[1].get_xdata(), [0, 2])
    assert [text.get_text() for text in axes.texts] == ["unit circle"]
    assert axes.lines[0].get_color() != axes.lines[1].get_color()
    bare = plot_view(Points(points)).axes[0]
    assert bare.get_legend() is None


def test_rows_of_images_are_tiled_and_named():
    figure = plot_view(Images({"data": jnp.zeros((3, 4, 5)), "model": jnp.ones((3, 4, 5))}))
    (axes,) = figure.axes
    assert axes.images[0].get_array().shape == (2 * 6, 3 * 7)
    assert [label.get_text() for label in axes.get_yticklabels()] == ["data", "model"]
    figure.savefig(io.BytesIO())


def test_rows_of_images_may_differ_in_length():
    (axes,) = plot_view(Images({"data": jnp.zeros((3, 4, 5)), "axes": jnp.ones((2, 4, 5))})).axes
    drawn = np.ma.filled(axes.images[0].get_array(), np.nan)
    assert drawn.shape == (2 * 6, 3 * 7)
    assert np.all(np.isnan(drawn[6:, 14:]))


def test_a_small_grid_shows_its_numbers():
    (axes,) = plot_view(Grid(jnp.array([[1.0, 2.0], [3.0, 4.5]]), ["a", "b"], ["x", "y"])).axes
    assert [text.get_text() for text in axes.texts] == ["1.00", "2.00", "3.00", "4.50"]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["x", "y"]
