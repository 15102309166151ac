"""Tests of sweeps on disk."""

import io
import json
import tracemalloc
import zipfile

import numpy as np
import optax
import pytest
from bowls import bowl, measured

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


def test_values_are_saved_and_files_without_them_are_read(tmp_path):
    space = {"sgd": {"momentum": [0.1, 0.5], "nesterov": [True, False]}, "adam": {"b2": [0.9, 0.99]}}
    found = sweep(bowl, [sgd, adam], space=space, rates=[0.1], steps=5, seeds=1)
    found.save(tmp_path / "run")
    again = Sweep.load(tmp_path / "run")
    assert again.best() == found.best()
    assert again.to_records() == found.to_records()
    text_changed(lambda text: {k: v for k, v in text.items() if k != "values"})(tmp_path / "run")
    older = Sweep.load(tmp_path / "run")
    assert older.values == {}


def test_metrics_are_saved_and_survive_a_crash(tmp_path):
    problem = measured(validation=np.zeros((4, 3)))
    how = {"rates": [0.1, 1e30], "steps": 5, "seeds": 2, "resume": tmp_path / "unfinished"}
    found = sweep(problem, sgd, **how)
    assert list(found.metrics) == ["validation distance", "validation rate"]
    found.save(tmp_path / "run")
    for again in (Sweep.load(tmp_path / "run"), sweep(problem, sgd, **how)):
        assert again.best().metrics == found.best().metrics
        np.testing.assert_equal(again.to_records(), found.to_records())
    text_changed(lambda text: {k: v for k, v in text.items() if k != "metrics"})(tmp_path / "run")
    assert Sweep.load(tmp_path / "run").metrics == {}


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
    with pytest.raises(FileNotFoundError, match="^Sweep.load: path must be a saved sweep, got"):
        Sweep.load(tmp_path / "nothing")


def npy(array=None, **header):
    """A member of an npz: an array, or a header that says what there is not."""
    file = io.BytesIO()
    if array is None:
        np.lib.format.write_array_header_1_0(file, {"fortran_order": False, "descr": "<f8", **header})
    else:
        np.lib.format.write_array(file, array, allow_pickle=True)
    return file.getvalue()


def members_changed(change):
    def spoil(path):
        with zipfile.ZipFile(path.with_name("run.npz")) as members:
            held = {name: members.read(name) for name in members.namelist()}
        with zipfile.ZipFile(path.with_name("run.npz"), "w", zipfile.ZIP_DEFLATED) as members:
            for name, content in change(held).items():
                members.writestr(name, content)

    return spoil


def text_changed(change):
    def spoil(path):
        text = json.loads(path.with_name("run.json").read_text())
        path.with_name("run.json").write_text(json.dumps(change(text)))

    return spoil


def written(suffix, content):
    return lambda path: path.with_name(f"run{suffix}").write_bytes(content)


def cut_short(suffix, share):
    def spoil(path):
        whole = path.with_name(f"run{suffix}").read_bytes()
        path.with_name(f"run{suffix}").write_bytes(whole[: int(share * len(whole))])

    return spoil


def huge(held):
    return {**held, "curve.npy": npy(shape=(16, 10**12))}


HOSTILE = {
    "an empty json": written(".json", b""),
    "an empty npz": written(".npz", b""),
    "a json cut short": cut_short(".json", 0.5),
    "an npz cut short": cut_short(".npz", 0.5),
    "a foreign json": written(".json", b"[1, 2]"),
    "a json of null": written(".json", b"null"),
    "a json of bytes": written(".json", bytes(range(256))),
    "a deep json": written(".json", b"[" * 100_000),
    "a json of one number": written(".json", b"9" * 6000),
    "a foreign npz": written(".npz", npy(np.ones(3))),
    "an npz that is an array of objects": written(".npz", npy(np.array([print], object))),
    "an npz of noise": members_changed(lambda held: {**held, "rate.npy": b"noise"}),
    "pickled members": members_changed(lambda held: {**held, "rate.npy": npy(np.array([print] * 12, object))}),
    "text for numbers": members_changed(lambda held: {**held, "rate.npy": npy(np.array(["a"] * 12))}),
    "1e12 numbers in a header": members_changed(huge),
    "1e8 numbers in a header": members_changed(lambda held: {**held, "curve.npy": npy(shape=(12, 10**7))}),
    "a header that ends early": members_changed(lambda held: {**held, "rate.npy": npy(shape=(12,))}),
    "a missing array": members_changed(lambda held: {k: v for k, v in held.items() if k != "rate.npy"}),
    "an array too many": members_changed(lambda held: {**held, "more.npy": npy(np.ones(3))}),
    "fewer rates": members_changed(lambda held: {**held, "rate.npy": npy(np.ones(3))}),
    "rates on two axes": members_changed(lambda held: {**held, "rate.npy": npy(np.ones((12, 1)))}),
    "rates that are none": members_changed(lambda held: {**held, "rate.npy": npy(np.full(12, np.nan))}),
    "no curves": members_changed(lambda held: {**held, "curve.npy": npy(np.ones(12))}),
    "no problem": text_changed(lambda text: {k: v for k, v in text.items() if k != "problem"}),
    "a key too many": text_changed(lambda text: {**text, "more": 1}),
    "a problem that is a number": text_changed(lambda text: {**text, "problem": 1}),
    "a score that is a list": text_changed(lambda text: {**text, "score": []}),
    "steps that are text": text_changed(lambda text: {**text, "steps": "10"}),
    "a value that is none": text_changed(lambda text: {**text, "value": {}}),
    "fewer names": text_changed(lambda text: {**text, "optimizer": text["optimizer"][1:]}),
    "fewer optimizers": text_changed(lambda text: {**text, "txs": text["txs"][1:]}),
    "names that are lists": text_changed(lambda text: {**text, "optimizer": [[]] * 12}),
    "a status that is a number": text_changed(lambda text: {**text, "status": [1] * 12}),
    "an unknown rule": text_changed(lambda text: {**text, "txs": [{"rule": "os.system"}] * 12}),
    "a rule that is no optimizer": text_changed(
        lambda text: {**text, "txs": [{"rule": "linear", "peak": 1, "steps": 2}] * 12}
    ),
    "a rule that is a number": text_changed(lambda text: {**text, "txs": [3] * 12}),
    "values that are a list": text_changed(lambda text: {**text, "values": []}),
    "fewer values": text_changed(lambda text: {**text, "values": {"b1": [1]}}),
    "values of two kinds": text_changed(lambda text: {**text, "values": {"b1": [1] * 11 + ["a"]}}),
    "values that are lists": text_changed(lambda text: {**text, "values": {"b1": [[]] * 12}}),
    "values beyond 64 bits": text_changed(lambda text: {**text, "values": {"b1": [10**400] * 12}}),
    "fewer metrics": text_changed(lambda text: {**text, "metrics": {"accuracy": [1]}}),
    "an engine that is a list": text_changed(lambda text: {**text, "engine": []}),
    "a folder": lambda path: (path.with_name("run.json").unlink(), path.with_name("run.json").mkdir()),
    "a folder of numbers": lambda path: (path.with_name("run.npz").unlink(), path.with_name("run.npz").mkdir()),
    "no numbers": lambda path: path.with_name("run.npz").unlink(),
    "a device": lambda path: (path.with_name("run.json").unlink(), path.with_name("run.json").symlink_to("/dev/zero")),
}


@pytest.mark.parametrize("spoil", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_file_ends_in_one_refusal(found, tmp_path, spoil):
    assert len(found.rate) == 12
    found.save(tmp_path / "run")
    spoil(tmp_path / "run")
    tracemalloc.start()
    with pytest.raises(ValueError, match="^Sweep.load: path must be a saved sweep, got ") as error:
        Sweep.load(tmp_path / "run")
    assert tracemalloc.get_traced_memory()[1] < 2**26
    tracemalloc.stop()
    assert str(tmp_path / "run") in str(error.value)
    assert len(str(error.value).splitlines()) == 1
