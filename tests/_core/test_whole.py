"""Tests of files that are written whole or not at all."""

import os

import pytest

from lropt_jax._core.whole import whole


def test_files_appear_once_all_are_written(tmp_path):
    places = [tmp_path / "a.txt", tmp_path / "b.txt"]
    with whole(*places) as partials:
        for partial in partials:
            partial.write_text("new")
            assert str(os.getpid()) in partial.name
            assert partial.suffix == ".txt"
        assert not any(place.exists() for place in places)
    assert [place.read_text() for place in places] == ["new", "new"]
    assert sorted(tmp_path.iterdir()) == places


def test_a_failure_leaves_the_old_files_and_nothing_else(tmp_path):
    place = tmp_path / "a.txt"
    place.write_text("old")

    def fail():
        with whole(place) as (partial,):
            partial.write_text("ne")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert place.read_text() == "old"
    assert list(tmp_path.iterdir()) == [place]


def test_a_folder_in_the_place_of_a_file_is_left_alone(tmp_path):
    (tmp_path / "a.txt").mkdir()
    with pytest.raises(OSError, match="directory"), whole(tmp_path / "a.txt") as (partial,):
        partial.write_text("new")
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]
