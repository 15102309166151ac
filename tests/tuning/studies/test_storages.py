import os
import sqlite3

import pytest

from lropt_jax._core.refusal import Refused, WrongType
from lropt_jax.tuning.studies.storages import hidden, reaching, storage_of

optuna = pytest.importorskip("optuna")


@pytest.mark.parametrize("url", ["journal://{}/a", "{}/a.log", "sqlite:///{}/a.db"])
def test_a_url_gives_a_storage_that_keeps_studies(tmp_path, url):
    optuna.create_study(storage=storage_of(url.format(tmp_path)), study_name="one")
    assert optuna.get_all_study_names(storage_of(url.format(tmp_path))) == ["one"]


@pytest.mark.parametrize("url", ["a.txt", "redis://host/1", "sqlite", ""])
def test_other_places_are_refused_with_those_that_there_are(url):
    with pytest.raises(Refused, match=r"url must be journal:///path, .* or postgresql://user@host/name, got"):
        storage_of(url)
    with pytest.raises(WrongType, match="url must be a string"):
        storage_of(3)


@pytest.mark.parametrize("url", ["{}/none/a.log", "journal://{}/none/a", "sqlite:///{}/none/a.db", "{}.log"])
def test_a_missing_folder_and_a_folder_in_place_of_a_file_are_one_line(tmp_path, url):
    (tmp_path.parent / f"{tmp_path.name}.log").mkdir()
    with pytest.raises(Refused, match=r"url must be a study that can be read and written, got .*; .*\.$") as refused:
        storage_of(url.format(tmp_path))
    assert "\n" not in str(refused.value)


@pytest.mark.skipif(os.getuid() == 0, reason="root may write into every folder")
def test_a_read_only_folder_is_refused(tmp_path):
    (tmp_path / "a.log").touch()
    tmp_path.chmod(0o500)
    for url in (f"{tmp_path}/a.log", f"{tmp_path}/b.log", f"sqlite:///{tmp_path}/a.db"):
        with pytest.raises(Refused, match="can be read and written"):
            storage_of(url)


def test_files_that_hold_something_else_are_refused(tmp_path):
    (tmp_path / "a.log").write_text("epoch 1\nepoch 2\n")
    (tmp_path / "a.db").write_text("epoch 1\nepoch 2\n" * 100)
    with pytest.raises(Refused, match="url must be a journal of Optuna"):
        storage_of(f"{tmp_path}/a.log")
    with pytest.raises(Refused, match="file is not a database"):
        storage_of(f"sqlite:///{tmp_path}/a.db")


def test_a_server_that_is_not_there_is_one_line_without_the_password():
    pytest.importorskip("psycopg")
    with pytest.raises(Refused, match=r"got postgresql://me:\*\*\*@127\.0\.0\.1:1/x; .*refused") as refused:
        storage_of("postgresql://me:secret@127.0.0.1:1/x")
    assert "secret" not in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_driver_that_is_not_installed_is_named():
    with pytest.raises(ImportError, match=r"the driver of mysql://me:\*\*\*@host/x is not installed; install it"):
        storage_of("mysql://me:secret@host/x")


def test_passwords_are_hidden_and_nothing_else():
    assert hidden("postgresql://me:a@host:1/x") == "postgresql://me:***@host:1/x"
    assert hidden("postgresql://me@host:1/x") == "postgresql://me@host:1/x"
    assert hidden("sqlite:////a/b.db") == "sqlite:////a/b.db"


def test_faults_of_a_program_stay_what_they_are():
    with pytest.raises(ZeroDivisionError), reaching("a.log"):
        1 / 0  # noqa: B018
    with pytest.raises(Refused, match=r"got a\.log; No space left on device\.$"), reaching("a.log"):
        raise OSError(28, "No space left on device")


def test_one_of_two_connections_of_sqlite_reads_at_a_time(tmp_path):
    engine = storage_of(f"sqlite:///{tmp_path}/a.db").engine
    other = sqlite3.connect(tmp_path / "a.db", timeout=0)
    with engine.begin(), pytest.raises(sqlite3.OperationalError, match="locked"):
        other.execute("BEGIN IMMEDIATE")
