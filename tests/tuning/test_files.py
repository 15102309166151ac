"""Tests of sweeps on disk."""

import json

import numpy as np
import optax
import pytest
from bowls import bowl

from lropt_jax.optimizers import adam, sgd
from lropt_jax.tuning import Sweep, sweep


@pytest.fixture(scope="module")
def found():
    return sweep(bowl, {"sgd": sgd, "adam": adam(1.0, b1=0.5), "lion": optax.lion}, rates=[0.1, 9.0], steps=10, seeds=2)


def test_what_is_saved_is_loaded(found, tmp_path):
    found.save(tmp_path / "deep" / "run")
    assert sorted(path.name for path in (tmp_path / "deep").iterdir()) == ["run.json", "run.npz"]
    again = Sweep.load(tmp_path / "deep" / "run")
    assert repr(again) == repr(found)
    assert again.to_records()[0] == found.to_records()[0]
    for name in ("rate", "seed", "start", "train", "validation", "test", "curve"):
        np.testing.assert_array_equal(getattr(again, name), getattr(found, name))
    assert again.best("adam").tx == found.best("adam").tx == adam(found.best("adam").tx.learning_rate, b1=0.5)
    assert again.best("lion").tx is None
    assert again.engine == found.engine
    assert (again.value, again.chosen_by) == (found.value, found.chosen_by) == ("loss", "validation")


def test_the_files_hold_no_pickle(found, tmp_path):
    found.save(tmp_path / "run")
    json.loads((tmp_path / "run.json").read_text())
    with np.load(tmp_path / "run.npz", allow_pickle=False) as numbers:
        assert numbers["curve"].shape == found.curve.shape


def test_a_failed_write_leaves_the_old_files_whole(found, tmp_path, monkeypatch):
    found.save(tmp_path / "run")
    before = (tmp_path / "run.npz").read_bytes()

    def fail(*_, **__):
        raise OSError("disk full")

    monkeypatch.setattr(np, "savez_compressed", fail)
    with pytest.raises(OSError, match="disk full"):
        found.save(tmp_path / "run")
    assert (tmp_path / "run.npz").read_bytes() == before


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="^Sweep.load: path must be that of a saved sweep, got"):
        Sweep.load(tmp_path / "nothing")
