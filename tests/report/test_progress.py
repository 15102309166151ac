"""Tests of the progress bar."""

import io

from rich.console import Console

from lropt_jax.report import progress_bar
from lropt_jax.tuning import Progress


def test_it_shows_steps_and_lanes_alive():
    console = Console(file=io.StringIO(), width=100, force_terminal=True)
    with progress_bar(console) as report:
        report("coarse", Progress(50, 100, 3, 4))
        report("coarse", Progress(100, 100, 2, 4))
        report("final", Progress(7, 1000, 2, 2))
    shown = console.file.getvalue()
    for text in ("coarse pass", "100/100 steps", "2/4 lanes alive", "final pass", "7/1,000 steps", "2/2 lanes alive"):
        assert text in shown
