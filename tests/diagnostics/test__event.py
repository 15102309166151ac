"""Tests of an event."""

from lropt_jax.diagnostics._event import Event, figure


def test_an_event_prints_where_what_and_why():
    assert str(Event(120, "spike", "the loss rose")) == "step 120: spike: the loss rose"
    assert figure(0.0123456) == "0.0123"
