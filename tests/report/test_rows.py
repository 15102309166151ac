"""Tests of a record as a table."""

import io

import numpy as np
import pytest
from records import falling, run
from rich.console import Console

from lropt_jax import Refused
from lropt_jax.report import run_table


def lines(record, **how):
    console = Console(file=io.StringIO(), width=120)
    console.print(run_table(record, **how))
    return console.file.getvalue().splitlines()


def test_it_shows_some_rows_and_the_columns_that_are_known():
    shown = lines(run(falling(100), grad_norm=2.0, sharpness=np.nan), rows=5)
    assert shown[0].replace("┃", " ").split() == ["step", "rate", "loss", "gradient"]
    assert len(shown) == 2 + 5
    assert shown[2].replace("│", " ").split() == ["0", "0.1", "2.5", "2"]
    assert shown[-1].split()[0] == "990"


def test_what_is_unknown_in_a_row_is_a_dash():
    level = falling(20)
    level[-1] = np.nan
    assert lines(run(level))[-1].replace("│", " ").split() == ["190", "0.1", "-"]


def test_what_is_no_record_is_refused():
    with pytest.raises(Refused, match="run_table: record must have steps, got loss"):
        run_table({"loss": np.ones(3)})
