"""Tests of pictures: what is drawn, not how it looks."""

import dataclasses
import io

import made
import numpy as np
from bowls import bowl

from lropt_jax.optimizers import adam, sgd
from lropt_jax.report import plot_tuning
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


def test_a_sweep_alone_has_its_picture():
    found = sweep(bowl, [sgd, adam], rates=[0.1, 0.3, 50.0], steps=20, seeds=2, schedule=None)
    left, right = found.plot().axes
    assert left.get_title() == "20 steps, best (star), diverged (x)"
    assert len(right.lines) == 2


def test_spreads_over_seeds_are_drawn_and_nothing_where_there_is_one_seed():
    one, three = (sweep(bowl, sgd, rates=[0.1, 0.3], steps=20, seeds=seeds, schedule=None) for seeds in (1, 3))
    assert not plot_tuning(one).axes[1].collections
    (band,) = plot_tuning(three).axes[1].collections
    low, high = (fit(band.get_paths()[0].vertices[:, 1]) for fit in (np.min, np.max))
    assert low < plot_tuning(three).axes[1].lines[0].get_ydata().min()
    assert high > plot_tuning(three).axes[1].lines[0].get_ydata().max()


def test_bars_are_intervals_and_the_range_of_good_rates_is_shaded():
    sweep = made.found([[5, 1.2, 1, 1.3, 9], [9.5, 9, 9, 9, 9]], seeds=3)
    left, right = plot_tuning(sweep).axes
    low, high = np.sort([path.vertices[:, 1] for path in left.collections[0].get_paths()][2])
    np.testing.assert_allclose([low, high], 1.1 + sweep.choices("a")[2].validation_interval * np.array([-1, 1]))
    (span,) = [patch for patch in left.patches if patch.get_alpha() == 0.08]
    np.testing.assert_allclose([span.get_x(), span.get_x() + span.get_width()], [1e-3, 1e-1])
    shades = [line for line in left.lines if line.get_linewidth() == 9]
    np.testing.assert_allclose(shades[0].get_xdata(), [1e-3, 1e-2, 1e-1])
    assert left.get_legend().get_title().get_text() == "bars: 95% interval, 3 seeds\nshaded: good rates"
    assert right.get_title() == "the best rate of each; band: standard deviation"
    assert plot_tuning(sweep).get_supxlabel() == "30 lanes x 100 steps in 1 s"


def test_other_values_have_their_lines_and_many_names_stand_beside():
    values = {"b1": np.tile([0.1, 0.2, 0.3, 0.4, 0.5], 2)}
    figure = plot_tuning(made.found(made.LOSSES, values=values))
    assert not figure.axes[0].get_legend()
    (legend,) = figure.legends
    assert legend.get_texts()[0].get_text() == "a 0.0001 (b1 0.1): too low"  # with its verdict
    assert len(legend.get_texts()) == 10
    flat = made.found(made.LOSSES, values=values)
    flat.rate[:] = 0.1
    left, right = plot_tuning(flat).axes
    assert (left.get_xlabel(), left.get_xscale(), right.get_title()) == ("b1", "linear", "the best of each")
    assert left.get_legend().get_title().get_text() == "one seed: no interval"


def test_the_curve_of_a_run_of_few_steps_has_no_gaps():
    (line,) = plot_tuning(sweep(bowl, sgd, rates=[0.1], steps=7, seeds=1, schedule=None)).axes[1].lines
    assert len(line.get_xdata()) == 7
    assert np.isfinite(line.get_ydata()).all()


def test_a_name_with_a_dollar_is_no_mathematics():
    found = sweep(dataclasses.replace(bowl, name="$a_"), {"$x^": sgd}, rates=[0.1], steps=5, seeds=1, schedule=None)
    found.plot().savefig(io.BytesIO())
