"""Tests of pictures of a range test and of `auto`: what is drawn, not how it looks."""

import io

import jax
import numpy as np
import pytest
from bowls import bowl

from lropt_jax.optimizers import sgd
from lropt_jax.report import plot_auto, plot_range_test
from lropt_jax.tuning import auto, range_test


def test_a_range_test_shows_each_seed_and_its_rate():
    found = range_test(bowl, sgd, low=1e-4, steps=20, seeds=2)
    (axes,) = found.plot().axes
    names = [text.get_text() for text in axes.get_legend().get_texts()]
    assert names == ["seed 1", "seed 2", f"middle {found.rate:.2g}"]
    np.testing.assert_array_equal(axes.lines[0].get_ydata(), found.losses[0])
    np.testing.assert_array_equal(axes.lines[1].get_ydata(), found.smooth[0])
    assert axes.lines[-1].get_xdata()[0] == found.rate


def test_a_range_test_without_a_rate_can_be_drawn():
    found = range_test(bowl, sgd, low=1e20, high=1e30, steps=5, lanes=5, seeds=1)
    assert found.rate is None
    figure = plot_range_test(found)
    assert figure.axes[0].get_title() == "no rate; 5 steps at each rate"
    figure.savefig(io.BytesIO())


def test_auto_shows_its_probes_by_stage_and_its_run():
    done = auto(bowl, sgd, steps=500, key=jax.random.key(0))
    left, right = plot_auto(done).axes
    names = [text.get_text() for text in left.get_legend().get_texts()]
    assert names == ["scale, 1 step", "short, 4 steps", "long, 10 steps", f"rate of the run {done.rate:.2g}"]
    assert len(right.lines[0].get_xdata()) == 50
    assert right.get_title() == "the run of 500 steps"


def test_other_results_are_refused():
    with pytest.raises(TypeError, match="plot_range_test: found must be a Suggestion, got int"):
        plot_range_test(3)
    with pytest.raises(TypeError, match="plot_auto: done must be an Auto, got int"):
        plot_auto(3)
