"""Tests of `lropt tune` in processes of their own: limits of files, locales, two runs at once."""

import shutil

import pytest
from command_line import NUMBERS, names, program, rename, say, start

from lropt_jax.tuning import Sweep


@pytest.mark.slow
@pytest.mark.parametrize(("limit", "left"), [(100, []), (20_000, NUMBERS)])
def test_a_limit_of_file_sizes_leaves_nothing_half_written(tmp_path, file, limit, left):
    limited = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))"
    done = program(*say(file, tmp_path / "out"), before=limited)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1), done.stderr
    assert "File too large" in done.stderr
    assert "tx = " in done.stdout
    assert names(tmp_path / "out") == left


@pytest.mark.slow
def test_paths_beyond_ascii_work_in_the_plainest_locale(tmp_path, file):
    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    folder = tmp_path / "größe"
    folder.mkdir()
    mine = folder / "über.py"
    shutil.copy(file, mine)
    rename(mine, "größe")
    done = program(*say(mine, folder / "aus"), env=plain)
    assert (done.returncode, done.stderr) == (0, "")
    assert names(folder / "aus") == [*NUMBERS, "tune.png"]
    done = program(*say(mine, mine), env=plain)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)


def test_an_output_in_ascii_shows_the_table(tmp_path, file):
    done = program(*say(file, tmp_path / "out"), "--rates", "1e-2,2e-2", env={"PYTHONIOENCODING": "ascii"})
    assert (done.returncode, done.stderr) == (0, "")
    assert " +- " in done.stdout


@pytest.mark.slow
def test_two_runs_in_one_folder_at_once_both_end_well(tmp_path, file):
    runs = [start(*say(file, tmp_path / "out")) for _ in range(2)]
    for one in runs:
        _, err = one.communicate(timeout=200)
        assert (one.returncode, err) == (0, "")
    assert names(tmp_path / "out") == [*NUMBERS, "tune.png"]
    assert Sweep.load(tmp_path / "out" / "final").finished
