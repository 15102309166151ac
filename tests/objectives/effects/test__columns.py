"""Tests of columns as whole numbers."""

import datetime
import re

import numpy as np
import pandas as pd
import pytest

from lropt_jax.objectives.effects._columns import cells_of, coded, columns_of, weights_of

LEVELS = {
    "text": (["b", "a", "b"], ("a", "b")),
    "bools": ([True, False, True], (False, True)),
    "numbers": ([2, 1, 2], (1, 2)),
    "reals": (np.array([0.5, -1.0, 0.5]), (-1.0, 0.5)),
    "reals and whole numbers": ([2, 0.5, 2], (0.5, 2.0)),
    "NumPy's text": (np.array(["b", "a", "b"]), ("a", "b")),
    "a Series": (pd.Series(["b", "a", "b"]), ("a", "b")),
    "categories": (pd.Series(["b", "a", "b"]).astype("category"), ("a", "b")),
    "whole numbers that may be missing": (pd.Series([2, 1, 2], dtype="Int64"), (1, 2)),
    "dates": ([datetime.date(2020, 1, 2), datetime.date(2020, 1, 1)], None),
}


@pytest.mark.parametrize("name", LEVELS)
def test_levels_are_sorted_in_their_own_type(name):
    column, expected = LEVELS[name]
    levels, codes = coded("x", cells_of("x", column))
    assert levels == (expected or (column[1], column[0]))
    assert [type(level) for level in levels] == [type(level) for level in expected or levels]
    assert codes.tolist() == [1, 0, 1][: len(column)]


REFUSED = [
    ([1, None], "must have no missing cell, got 1, the first in row 1; drop those rows"),
    ([1.0, float("nan")], "must have no missing cell, got 1, the first in row 1"),
    (pd.Series(["a", pd.NA, None]), "must have no missing cell, got 2, the first in row 1"),
    (pd.Series(pd.to_datetime(["2020-01-01", None])), "must have no missing cell, got 1"),
    (np.ma.masked_array([1, 2], [True, False]), "must have no missing cell, got 1, the first in row 0"),
    ([1.0, float("inf")], "must be finite, got inf."),
    ([1, "a"], "must have cells of one type, got int and str."),
    ([[1, 2]], "must have one dimension, got [[1, 2]]."),
    (np.zeros((3, 2)), "must have one dimension, got the shape (3, 2)."),
    ("text", "must be a column, got 'text'."),
    (3, "must be a column, got 3."),
    ([{}], "must have numbers, bools or text, got {}."),
    (np.array([1j]), "must have numbers, bools or text, got array([0.+1.j])."),
    (np.linspace(0, 1, 1000), "must have at most 100 levels, got 1000 in 1000 rows; cut it, such as by numpy.digitize"),
    ([str(row) for row in range(30)], "must have at most 15 levels, got 30 in 30 rows"),
]


@pytest.mark.parametrize(("column", "message"), REFUSED)
def test_what_is_no_column_of_levels_is_refused(column, message):
    with pytest.raises(ValueError, match=f"^{re.escape(f'columns[{chr(39)}x{chr(39)}] {message}')}"):
        coded("x", cells_of("x", column))


def test_columns_are_found_in_dicts_rows_and_frames_by_their_names_as_text():
    for data in ({1: [5], "y": [6]}, [{1: 5, "y": 6}], pd.DataFrame({1: [5], "y": [6]})):
        assert [list(column) for column in columns_of(data, ["1", "y"]).values()] == [[5], [6]]
    with pytest.raises(ValueError, match=r"^columns must have x, z, got \['y'\]\.$"):
        columns_of({"y": []}, ["x", "y", "z"])
    for bad in (5, None, [], np.ones((2, 2))):
        with pytest.raises(TypeError, match="^columns must be a dict from names to columns, or a DataFrame, got"):
            columns_of(bad, ["x"])


def test_frames_of_polars_are_read_and_lazy_ones_are_refused_with_what_to_call():
    polars = pytest.importorskip("polars")
    frame = polars.DataFrame({"x": ["b", "a", "b"], "y": [1, None, 2]})
    assert coded("x", cells_of("x", columns_of(frame, ["x"])["x"]))[0] == ("a", "b")
    with pytest.raises(ValueError, match="no missing cell, got 1, the first in row 1"):
        cells_of("y", frame["y"])
    with pytest.raises(TypeError, match="columns must be in memory, .*; call collect"):
        columns_of(frame.lazy(), ["x"])


def test_weights_are_whole_numbers():
    assert weights_of("n", [1, 0, 2]).tolist() == [1, 0, 2]
    for bad in ([-1], [0.5], ["1"], [True]):
        with pytest.raises(ValueError, match=r"^columns\['n'\] must have whole numbers >= 0, got"):
            weights_of("n", bad)
