"""Tests of how a verdict shows itself."""

from records import falling, run

from lropt_jax.diagnostics import Diagnosis, Event

FOUND = Diagnosis(
    "too high", ("it rose <twice>",), "halve it", (Event(120, "spike", "it rose"),), 0.55, run(falling(10))
)  # fmt: skip


def test_it_prints_in_plain_lines():
    assert repr(FOUND).splitlines() == [
        "verdict: too high", "it rose <twice>", "do: halve it", "step 120: spike: it rose", "cost: 0.55 x one run",
    ]  # fmt: skip


def test_a_notebook_shows_the_same_lines():
    page = FOUND._repr_html_()
    assert page.startswith("<p><b>verdict: too high</b><br>it rose &lt;twice&gt;<br>do: halve it<br>")


def test_a_record_costs_nothing():
    assert "cost" not in repr(Diagnosis("fine", ("",), "keep it", (), 0.0, {}))
