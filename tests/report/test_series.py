"""Tests of the lines of a picture."""

import numpy as np
from made import LOSSES, found

from lropt_jax.report.series import series_of


def test_every_optimizer_has_a_line_and_every_combination_of_other_values():
    plain = found(LOSSES)
    across, lines, many = series_of(plain, plain)
    assert (across, many) == ("learning rate", 2)
    assert [line.label for line in lines] == ["a", "b"]
    assert [lines[0].place(choice) for choice in lines[0].choices(plain)] == [1e-4, 1e-3, 1e-2, 1e-1, 1]
    assert lines[1].best(plain).rate == 0.1
    split = found(LOSSES, values={"b1": np.tile([0.5, 0.5, 0.9, 0.9, 0.9], 2)})
    _, lines, _ = series_of(split, split)
    assert [line.label for line in lines] == ["a, b1 0.5", "a, b1 0.9", "b, b1 0.5", "b, b1 0.9"]
    assert [line.best(split).rate for line in lines] == [1e-3, 1e-2, 1e-3, 0.1]
    assert len({line.look["color"] for line in lines}) == 4


def test_of_many_lines_the_best_are_drawn_in_their_order():
    rows = np.array([[30 - place for place in range(5)], [10 + place for place in range(5)]])
    wide = found(rows, seeds=2, values={"b1": np.arange(20)})
    _, lines, all_of_them = series_of(wide, wide)
    assert (len(lines), all_of_them) == (10, 20)
    assert {line.optimizer for line in lines} == {"b"}


def test_where_one_rate_was_tried_another_number_is_on_the_axis():
    flat = found(LOSSES, values={"word": np.tile(list("xyxyx"), 2), "b1": np.tile([0.1, 0.2, 0.3, 0.4, 0.5], 2)})
    flat.rate[:] = 0.1
    across, lines, _ = series_of(flat, flat)
    assert across == "b1"
    assert lines[0].label == "a, word x"
    assert [lines[0].place(choice) for choice in lines[0].choices(flat)] == [0.1, 0.3, 0.5]
    assert lines[0].place_of(flat, 1) == 0.2


def test_an_optimizer_without_a_good_run_keeps_its_name():
    dead = found(LOSSES, status=[["ok"] * 5, ["diverged"] * 5])
    _, lines, _ = series_of(dead, dead)
    assert [line.label for line in lines] == ["a", "b"]
    assert lines[1].choices(dead) == []
