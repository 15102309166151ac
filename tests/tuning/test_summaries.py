"""Tests of a sweep in few lines."""

import dataclasses

import numpy as np
import pytest
from made import LOSSES, found


def test_the_notebook_sees_a_table():
    html = found(LOSSES)._repr_html_()
    assert html.startswith("<table>")
    assert html.count("<tr>") == 3
    assert "0.01" in html


def test_names_reach_html_as_text():
    script = "<script>alert('x')</script>"
    sweep = dataclasses.replace(found(LOSSES), problem=script, score=script, optimizer=np.repeat(["a", script], 5))
    html = sweep._repr_html_()
    assert "<script" not in html
    assert html.count("&lt;script&gt;") == 4  # the caption, both columns of results, a row


def test_metrics_have_columns_beside_the_losses():
    sweep = found(LOSSES, seeds=3, metrics={"validation accuracy": np.tile([0.7, 0.8, 0.9], 10)})
    assert sweep.summary()[1]["metrics"]["validation accuracy"] == pytest.approx((0.8, 0.1))
    head, row = repr(sweep).splitlines()[1:3]
    assert head.index("test loss") < head.index("validation accuracy") < head.index("decades")
    assert row[head.index("validation accuracy") :].startswith("0.80 ± 0.10")
    assert "validation accuracy" in sweep.as_table()


def test_other_values_have_columns_and_ties_a_line():
    sweep = found(LOSSES, seeds=3, values={"b1": np.array([0.9] * 15 + [np.nan] * 15)})
    assert sweep.summary()[0]["values"] == {"b1": 0.9}
    assert "b1" in repr(sweep).splitlines()[1]
    assert repr(sweep).splitlines()[3].split()[:3] == ["b", "0.1", "-"]
    assert "told apart" not in repr(sweep) + sweep.as_table()
    sweep.validation[18:21] = [0.9, 0.4, 0.8]  # rate 0.001 of "b"
    line = "b 0.1 and b 0.001 cannot be told apart with 3 seeds."
    assert sweep.undecided().replace("b ", "") == line.replace("b ", "")
    assert repr(sweep).endswith(sweep.undecided())
    assert sweep.as_table().endswith(f"<p>{sweep.undecided()}</p>")
