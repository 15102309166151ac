"""Tests of how values show themselves."""

import subprocess
import sys

import jax
import jax.numpy as jnp
import matplotlib.figure
import numpy as np
import pytest

from lropt_jax import lift, report
from lropt_jax.optimizers import adam, chain, sgd
from lropt_jax.rates import dog, plateau
from lropt_jax.schedules import constant, cosine, join, linear, warmup


@lift
def broken(peak: float):
    def schedule(step):
        raise RuntimeError("not today")

    return schedule


@lift
def tagged(peak: float, name: str):
    return lambda step: peak + 0 * step


def test_a_schedule_shows_its_curve_and_an_optimizer_that_of_its_schedule():
    for rule in (cosine(0.1, 100), adam(cosine(0.1, 100)), adam(plateau(cosine(0.1, 100))), chain(sgd(linear(1.0, 9)))):
        html = rule._repr_html_()
        assert html.count("<svg") == 1
        assert "learning rate" in html
        assert repr(rule).split("(")[0] in html
    assert "<svg" not in adam(0.1)._repr_html_() + dog()._repr_html_()
    assert "<td" in adam(0.1)._repr_html_()
    assert "0.999" in adam(0.1)._repr_html_()


def test_a_cell_never_fails_for_its_picture():
    assert broken(0.1)._repr_html_() == '<code style="white-space:pre-wrap">broken(peak=0.1)</code>'
    assert "<svg" not in sgd(broken(0.1))._repr_html_()
    assert "<table" in sgd(broken(0.1))._repr_html_()
    placeholder = jax.tree.map(lambda _: object(), cosine(0.1, 10))
    assert "<code" in placeholder._repr_html_()
    assert "<svg" in constant(0.0)._repr_html_()
    seen = []
    jax.jit(lambda s: seen.append(s._repr_html_()))(cosine(0.1, 10))
    assert "<code" in seen[0]


def test_what_a_value_says_is_escaped():
    for rule in (tagged(0.1, "<script>"), sgd(tagged(0.1, "<script>"))):
        html = rule._repr_html_()
        assert "<script>" not in html
        assert "&lt;script&gt;" in html


def test_a_page_needs_neither_matplotlib_nor_rich():
    program = (
        "import sys; from lropt_jax.optimizers import adam; from lropt_jax.schedules import cosine\n"
        "assert '<svg' in adam(cosine(0.1, 10))._repr_html_()\n"
        "assert not {'matplotlib', 'rich', 'lropt_jax.tuning', 'lropt_jax.problems'} & sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_stacked_schedules_are_drawn_side_by_side():
    assert linear(jnp.array([0.1, 0.2, 0.3]), 100)._repr_html_().count("stroke-width") == 3
    assert linear(0.1, jnp.array([100, 50]))._repr_html_().count("stroke-width") == 2


def test_plot_draws_to_the_end_of_the_schedule_or_as_many_steps_as_asked():
    schedule = warmup(cosine(0.1, 90), 10)
    figure = schedule.plot()
    assert isinstance(figure, matplotlib.figure.Figure)
    assert figure.axes[0].lines[0].get_xdata()[-1] == 100
    assert schedule.plot(steps=30).axes[0].lines[0].get_xdata()[-1] == 30
    with pytest.raises(ValueError, match="steps must be a whole number >= 1, got 0"):
        schedule.plot(steps=0)


def test_plot_draws_into_given_axes():
    figure = matplotlib.figure.Figure()
    left, right = figure.subplots(1, 2)
    assert cosine(0.1, 50).plot(ax=right) is figure
    linear(0.1, 50).plot(ax=right)
    assert not left.lines
    names = [text.get_text() for text in right.get_legend().get_texts()]
    assert names == ["cosine(peak=0.1, steps=50...", "linear(peak=0.1, steps=50..."]  # the axes may be small
    first, second = (line.get_color() for line in right.lines if line.get_label() in names)
    assert first != second


def test_without_matplotlib_plot_says_how_to_get_it_and_pages_stay(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match=r"pip install 'lropt-jax\[tune\]'"):
        cosine(0.1, 10).plot()
    assert "<svg" in cosine(0.1, 10)._repr_html_()


def test_long_values_are_cut():
    long = join([linear(0.1, 10)] * 200, list(range(10, 2000, 10)))
    assert len(long._repr_html_()) < 10_000
    assert report.page(long).startswith("<div>")
    assert np.isfinite(long(0))
