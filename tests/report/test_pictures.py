"""Tests of pictures: what is drawn, not how it looks."""

import dataclasses
import io

import numpy as np
import pytest
from bowls import bowl
from matplotlib.legend import Legend

from lropt_jax.optimizers import adam, sgd
from lropt_jax.report import plot_schedules, plot_tuning
from lropt_jax.schedules import cosine, inverse_time, linear, warmup
from lropt_jax.tuning import Tuning, sweep, tune


def test_every_optimizer_has_its_curve_and_its_best_rate():
    found = tune(bowl, [sgd, adam], rates=[0.1, 0.3, 50.0], steps=50, seeds=2, finalists=2, schedule=None)
    figure = plot_tuning(found)
    left, right = figure.axes
    assert [text.get_text() for text in left.get_legend().get_texts()] == ["sgd", "adam"]
    assert len(right.lines) == 2
    stars = [line for line in left.lines if line.get_marker() == "*"]
    assert [star.get_xdata()[0] for star in stars] == [found.best("sgd").rate, found.best("adam").rate]
    crosses = [line for line in left.lines if line.get_marker() == "x"]
    assert list(crosses[0].get_xdata()) == [50.0]
    np.testing.assert_allclose(right.lines[0].get_ydata()[0], -np.mean(found.final.curve[:2, 0]), rtol=0.5)
    figure.savefig(io.BytesIO())


def changed(found, **facts):
    return Tuning(*(dataclasses.replace(each, **facts) for each in (found.coarse, found.final)))


def test_losses_that_span_decades_are_drawn_on_a_logarithmic_axis():
    far, near = (
        tune(bowl, sgd, rates=rates, steps=20, seeds=1, schedule=None) for rates in ([0.01, 0.3], [0.01, 0.011])
    )
    for found, scale in (
        (changed(far, score=None), "log"),
        (changed(near, score=None), "linear"),
        (far, "linear"),
    ):
        left = plot_tuning(found).axes[0]
        assert left.get_yscale() == scale
        assert scale == "linear" or left.get_ylim()[0] > 0


def test_axes_are_called_what_they_show():
    found = tune(bowl, sgd, rates=[0.1, 0.3], steps=20, seeds=1, schedule=None)
    for shown, names in (
        (found, ["validation height at the end", "training height"]),
        (changed(found, chosen_by="training", score=None), ["training loss at the end", "training loss"]),
        (changed(found, chosen_by="error", value="monitor"), ["error at the end", "watched value"]),
    ):
        assert [axes.get_ylabel() for axes in plot_tuning(shown).axes] == names


def test_a_sweep_that_nothing_survived_can_be_drawn():
    dead = sweep(bowl, sgd, rates=[1e30], steps=10, seeds=1, schedule=None)
    plot_tuning(Tuning(dead, None)).savefig(io.BytesIO())


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
