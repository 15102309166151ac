"""Tests of progress in a notebook, with a kernel of our own."""

import sys
import types

import pytest

from lropt_jax.report import progress_bar, watching
from lropt_jax.report.notebook import in_notebook
from lropt_jax.tuning import Progress


@pytest.fixture
def shown(monkeypatch):
    """What a notebook shows, each time it changes."""
    pictures = []
    handle = types.SimpleNamespace(update=lambda data, raw: pictures.append(data))

    def display(data, raw, display_id):
        assert raw and display_id  # noqa: PT018
        pictures.append(data)
        return handle

    shell = types.SimpleNamespace(kernel=object())
    monkeypatch.setitem(sys.modules, "IPython", types.SimpleNamespace(get_ipython=lambda: shell))
    monkeypatch.setitem(sys.modules, "IPython.display", types.SimpleNamespace(display=display))
    return pictures


@pytest.mark.parametrize("make", [progress_bar, watching])
def test_a_notebook_gets_one_output_that_changes_without_ipywidgets(shown, make):
    assert in_notebook()
    with make() as report:
        report("coarse", Progress(10, 100, 4, 4))
        for done in range(11, 100):
            report("coarse", Progress(done, 100, 4, 4))  # too fast to show each
        report("coarse", Progress(100, 100, 3, 4))
        report("<final>", Progress(5, 10, 1, 1))
    assert 2 <= len(shown) <= 5
    last = shown[-1]
    assert '<progress value="100" max="100">' in last["text/html"]
    assert "&lt;final&gt; pass" in last["text/html"]
    assert last["text/plain"].splitlines()[0].startswith("coarse pass: 100%, 100/100 steps, 3/4 lanes alive")


def test_a_pass_that_has_ended_keeps_its_time(monkeypatch, shown):
    now = [0.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    with watching() as report:
        for name, seconds in (("coarse", 0), ("coarse", 9), ("final", 1), ("final", 100)):
            now[0] += seconds
            report(name, Progress(10, 10, 1, 1))
    assert [line.rpartition(", ")[2] for line in shown[-1]["text/plain"].splitlines()] == ["0:09", "1:40"]


def test_a_page_that_is_closed_does_not_end_the_run(monkeypatch, shown):
    def closed(*args, **kwargs):
        raise RuntimeError("no page")

    monkeypatch.setattr(sys.modules["IPython.display"], "display", closed)
    with watching() as report:
        report("coarse", Progress(100, 100, 3, 4))
    assert shown == []


def test_a_terminal_with_ipython_is_no_notebook(monkeypatch):
    shell = types.SimpleNamespace()
    monkeypatch.setitem(sys.modules, "IPython", types.SimpleNamespace(get_ipython=lambda: shell))
    assert not in_notebook()
    monkeypatch.setitem(sys.modules, "IPython", types.SimpleNamespace(get_ipython=lambda: None))
    assert not in_notebook()
