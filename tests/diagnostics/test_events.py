"""Tests of the list of events."""

import numpy as np
import pytest
from records import falling, run

from lropt_jax import Refused
from lropt_jax.diagnostics import Event, events


def test_events_come_in_the_order_of_steps():
    level, sharpness = falling(40, half_life=2, noise=0.01), np.where(np.arange(40) < 10, 15.0, 30.0)
    level[15:18] += 1.5
    found = events(run(level, sharpness=sharpness, limit=20.0, cosine_grads=-0.1))
    assert [event.kind for event in found] == ["precursor", "spike", "noise floor"]
    assert [event.step for event in found] == sorted(event.step for event in found)
    assert all(isinstance(event, Event) for event in found)


def test_a_smooth_run_has_none():
    assert events(run(falling(40, half_life=20))) == []


def test_few_rows_are_refused():
    with pytest.raises(Refused, match="events: record must have at least 5 rows, got 4"):
        events(run(np.ones(4)))
