"""Tests of the pictures of solutions: what is drawn, not how it looks."""

import io

import jax.numpy as jnp
import numpy as np

from lropt_jax.problems import Dots, Grid, Images, Lines, Points
from lropt_jax.report import plot_view


def test_lines_are_drawn_by_name():
    figure = plot_view(Lines(jnp.arange(3), {"exact": jnp.ones(3), "found": jnp.zeros(3)}, "state", "value"), "chain")
    (axes,) = figure.axes
    assert [line.get_label() for line in axes.lines] == ["exact", "found"]
    assert (axes.get_xlabel(), axes.get_ylabel(), figure.get_suptitle()) == ("state", "value", "chain")


def test_more_lines_than_colours_are_all_drawn():
    (axes,) = plot_view(Lines(jnp.arange(3), {str(k): k * jnp.ones(3) for k in range(12)}, "state", "value")).axes
    assert len(axes.lines) == 12


def test_separate_numbers_are_dots_over_whole_ticks_without_lines():
    view = Dots({"found": jnp.array([0.9, 1.0, 1.2]), "true": jnp.ones(3)}, "weight", "value")
    (axes,) = plot_view(view).axes
    axes.figure.savefig(io.BytesIO())
    assert [line.get_linestyle() for line in axes.lines] == ["None", "None"]
    assert len({(line.get_marker(), line.get_color()) for line in axes.lines}) == 2
    np.testing.assert_array_equal(axes.get_xticks() % 1, 0)
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("weight", "value")
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["found", "true"]


POINTS = jnp.array([[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]])


def test_points_have_a_colour_per_label_and_named_axes():
    (axes,) = plot_view(Points(POINTS, jnp.array([7, 7, 3]), {}, "height", "weight", "digit")).axes
    assert [line.get_label() for line in axes.lines] == ["3", "7"]
    np.testing.assert_array_equal(axes.lines[1].get_xdata(), [0, 2])
    assert axes.lines[0].get_color() != axes.lines[1].get_color()
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("height", "weight")
    assert axes.get_legend().get_title().get_text() == "digit"
    bare = plot_view(Points(POINTS)).axes[0]
    assert bare.get_legend() is None


def test_curves_have_colours_of_their_own_and_names_beside_the_points():
    (axes,) = plot_view(Points(POINTS, curves={"posterior": POINTS, "q": POINTS})).axes
    axes.figure.savefig(io.BytesIO())
    assert len({line.get_color() for line in axes.lines}) == 3
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["posterior", "q"]
    assert axes.lines[1].get_linewidth() > axes.lines[2].get_linewidth()  # both are seen where they coincide
    assert axes.get_legend().get_window_extent().x0 >= axes.get_window_extent().x1


def test_a_curve_named_as_a_label_has_its_colour():
    (axes,) = plot_view(Points(POINTS, jnp.array([7, 7, 3]), {"7": POINTS, "3": POINTS, "mean": POINTS})).axes
    three, seven, of_seven, of_three, mean = (line.get_color() for line in axes.lines)
    assert (of_three, of_seven) == (three, seven)
    assert mean not in (three, seven)
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["3", "7", "mean"]


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
    (axes,) = plot_view(Grid(jnp.array([[1.0, 2.0], [3.0, 4.5]]), ["a", "b"], ["x", "y"], "action", "state")).axes
    assert [text.get_text() for text in axes.texts] == ["1.00", "2.00", "3.00", "4.50"]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["x", "y"]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("action", "state")


def test_numbers_of_a_grid_can_be_read_on_their_colour_where_all_are_one():
    (axes,) = plot_view(Grid(jnp.zeros((1, 2)), ["a"], ["x", "y"])).axes
    assert {text.get_color() for text in axes.texts} == {"white"}
