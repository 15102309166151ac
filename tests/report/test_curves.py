"""Tests of the pictures of schedules: what is drawn, not how it looks."""

import io

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.legend import Legend

from lropt_jax.report import plot_schedules
from lropt_jax.schedules import cosine, inverse_time, join, linear, scale, warmup


def test_schedules_are_drawn_with_warmup_peak_and_end():
    figure = plot_schedules({"one": warmup(cosine(0.1, 100), 20), "two": inverse_time(0.2, 50)}, 130)
    one, risen, peak, end, two, highest = figure.axes[0].lines[:6]
    assert one.get_ydata()[0] == pytest.approx(0.005)
    assert one.get_ydata()[-1] == pytest.approx(0, abs=1e-8)
    assert [mark.get_xdata()[0] for mark in (risen, peak, end, highest)] == [19, 19, 120, 0]
    assert two.get_label() == "two"
    assert highest.get_ydata()[0] == pytest.approx(0.2)


def test_schedules_of_a_list_are_named_as_they_print_and_drawn_to_the_last_end():
    figure = plot_schedules([linear(0.1, 30), linear(0.1, 70)])
    named, marked = (part for part in figure.axes[0].get_children() if isinstance(part, Legend))
    assert [text.get_text() for text in named.get_texts()] == [str(linear(0.1, 30)), str(linear(0.1, 70))]
    assert [text.get_text() for text in marked.get_texts()] == ["warmup ends", "peak", "end"]
    assert figure.axes[0].lines[0].get_xdata()[-1] == 70


def test_axes_say_what_is_on_them():
    axes = plot_schedules([linear(0.1, 30)]).axes[0]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("step", "learning rate")
    assert axes.get_ylim()[0] == 0


def test_no_name_is_cut_however_long_or_many():
    long = join([linear(0.1, 10)] * 9, list(range(10, 90, 10)))
    many = {f"number {place}": linear(place + 1.0, 10) for place in range(14)}
    for shown in ([long, warmup(cosine(0.1, 90), 10)], many):
        figure = plot_schedules(shown)
        figure.savefig(io.BytesIO())
        for legend in figure.axes[0].get_children():
            if isinstance(legend, Legend):
                box = legend.get_window_extent()
                assert box.x0 >= 0
                assert box.x1 <= figure.bbox.x1
                assert box.y0 >= 0


def test_more_curves_than_colours_differ_by_their_dashes():
    lines = plot_schedules({str(k): linear(0.1 + k, 10) for k in range(14)}).axes[0].lines
    curves = [line for line in lines if line.get_label().isdigit()]
    assert len({(line.get_color(), line.get_linestyle()) for line in curves}) == 14


def test_a_function_and_rates_below_zero_are_drawn_too():
    figure = plot_schedules({"$plain": lambda step: 0.1 * step, "down": lambda step: -0.2 * step}, 10)
    figure.savefig(io.BytesIO())
    assert figure.axes[0].get_ylim()[0] == pytest.approx(-2)


def test_axes_of_somebody_elses_figure_are_drawn_into():
    figure = Figure()
    axes = figure.subplots()
    assert plot_schedules([scale(linear(0.1, 30), 2.0)], ax=axes) is figure
    np.testing.assert_allclose(axes.lines[0].get_ydata()[0], 0.2)
