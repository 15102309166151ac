"""Tests of pictures of a run."""

import io

import numpy as np
import pytest

from lropt_jax.report import plot_run


def made(rows=5, groups=2, **changes):
    names = ("rate", "value", "value_mean", "value_std", "sharpness", "limit", "ratio")
    found = {name: np.linspace(1.0, 2.0, rows) for name in names} | {"step": 100 * np.arange(rows)}
    return found | {"group_ratio": np.ones((rows, groups)), "groups": [f"layer/{k}$" for k in range(groups)]} | changes


def drawn(record, **options):
    figure = plot_run(record, **options)
    figure.savefig(io.BytesIO(), format="png")
    return figure


@pytest.mark.parametrize("record", [
    made(), made(1), made(0), made(groups=30), made(groups=1),
    made(value=np.full(5, np.nan), value_mean=np.full(5, np.nan), sharpness=np.full(5, np.nan)),
    made(value=np.array([1, 2, np.inf, np.nan, np.nan]), value_mean=np.array([1, 2, np.inf, np.nan, np.nan])),
], ids=["usual", "one row", "no row", "many groups", "one group", "no loss", "diverged"])  # fmt: skip
def test_any_record_is_drawn(record):
    assert len(drawn(record).axes) == 4


def test_events_are_marked_in_every_panel_and_named_once():
    events = [{"step": 100, "kind": "spike"}, {"step": 200, "kind": "spike"}, {"step": 300, "kind": "catapult"}]
    figure = drawn(made(), events=events)
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["spike", "catapult"]
    assert all(sum(list(line.get_xdata()) == [300, 300] for line in axes.lines) for axes in figure.axes)


def test_what_is_no_record_and_what_is_no_event_is_refused():
    with pytest.raises(TypeError, match="(?s)plot_run: record must be a dict.*; give one of them"):
        plot_run([made()])
    with pytest.raises(ValueError, match="plot_run: record must have 'step'.*; give record"):
        plot_run({"rate": []})
    with pytest.raises(ValueError, match="plot_run: events must have a step and a kind each, got"):
        plot_run(made(), events=[{"step": 1}])
