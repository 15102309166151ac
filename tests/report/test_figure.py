"""Tests of figures in notebooks."""

import io
import pickle
import subprocess
import sys

import pytest
from matplotlib.figure import Figure

from lropt_jax.problems import Grid, Lines
from lropt_jax.report import plot_schedules, plot_view
from lropt_jax.schedules import cosine

FIGURES = {
    "schedules": lambda: plot_schedules([cosine(0.1, 50)]),
    "lines": lambda: plot_view(Lines([0, 1], {"value": [1.0, 0.5]}, "state", "value")),
    "grid": lambda: plot_view(Grid([[1.0, 2.0]], ["a"], ["x", "y"])),
}


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_shows_itself_and_is_a_figure_of_matplotlib(name):
    figure = FIGURES[name]()
    assert isinstance(figure, Figure)
    assert figure._repr_png_().startswith(b"\x89PNG")
    for form in ("png", "svg", "pdf"):
        figure.savefig(file := io.BytesIO(), format=form)
        assert file.getvalue()
    assert pickle.loads(pickle.dumps(figure))._repr_png_() == figure._repr_png_()


def test_a_picture_in_a_notebook_is_small():
    figure = plot_schedules([cosine(0.1, 50)])
    figure.savefig(file := io.BytesIO(), format="png")
    assert len(figure._repr_png_()) < len(file.getvalue()) / 2 < 30_000


def test_pyplot_is_not_imported_and_so_nothing_is_shown_twice():
    program = (
        "import sys; from lropt_jax.schedules import cosine; cosine(0.1, 50).plot()._repr_png_()\n"
        "assert 'matplotlib.pyplot' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
