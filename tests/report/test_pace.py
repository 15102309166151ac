"""Tests of the pace of a pass."""

import time

from lropt_jax.report.pace import Pace, clock
from lropt_jax.tuning import Progress


def test_the_time_left_is_what_the_share_done_tells(monkeypatch):
    monkeypatch.setattr(time, "monotonic", lambda: 190.0)
    assert Pace(100.0).said(Progress(3000, 4000, 2, 3)) == (
        "75%, 3,000/4,000 steps, 2/3 lanes alive, 1:30, about 0:30 left"
    )
    assert Pace(100.0).said(Progress(4000, 4000, 2, 3)).endswith("alive, 1:30")
    assert Pace(100.0).said(Progress(0, 0, 0, 0)) == "0%, 0/0 steps, 0/0 lanes alive, 1:30"


def test_the_time_left_goes_by_what_was_done_since_the_first_progress_or_by_what_the_pass_says(monkeypatch):
    clock = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    pace = Pace.of(Progress(500, 1000, 1, 1))  # a run that was killed halfway
    clock[0] = 110.0
    assert round(pace.left(Progress(600, 1000, 1, 1)), 6) == 40
    assert pace.left(Progress(600, 1000, 1, 1, left=33.0)) == 33
    assert pace.left(Progress(510, 1000, 1, 1)) is None
    clock[0] = 190.0
    assert pace.brief(Progress(1000, 1000, 1, 1)) == "1:30"


def test_a_clock_shows_hours_where_there_are_any():
    assert [clock(seconds) for seconds in (0, 59.7, 65, 3600, 36_125)] == [
        "0:00",
        "1:00",
        "1:05",
        "1:00:00",
        "10:02:05",
    ]
