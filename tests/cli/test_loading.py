"""Tests of how a user's file is loaded."""

import json
import sys

import pytest

from lropt_jax.cli.loading import loaded
from lropt_jax.cli.words import problem_of

BOWL = """
import json
from dataclasses import dataclass
import jax.numpy as jnp
from lropt_jax.problems import Problem
from beside import start
import csv

@dataclass
class Held:
    size: int = 2

bowl = Problem(lambda key: (start(Held().size), ()), lambda x, state, key: (x, state, x @ x / 2), name=json.dumps("b"))

def late():
    import beside_late.deep
    return bowl
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "json.py").write_text(BOWL)
    (tmp_path / "csv.py").write_text("raise RuntimeError('not the standard one')")
    (tmp_path / "beside.py").write_text("import jax.numpy as jnp\nstart = jnp.ones\n")
    (tmp_path / "beside_late").mkdir()
    (tmp_path / "beside_late" / "deep.py").write_text("")
    names = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - names:
        if name.startswith(("beside", "_lropt_problem_")):
            del sys.modules[name]


@pytest.mark.parametrize("name", ["bowl", "late"])
def test_a_file_named_as_a_standard_module_leaves_that_alone(folder, monkeypatch, name):
    monkeypatch.delitem(sys.modules, "csv", raising=False)
    path, finders = list(sys.path), list(sys.meta_path)
    problem = problem_of(f"{folder / 'json.py'}:{name}")
    assert problem.name == '"b"'  # made by the standard module, while this one was loaded
    assert sys.modules["json"] is json
    assert not sys.modules["csv"].__file__.startswith(str(folder))
    assert sys.path == path
    assert sys.meta_path == finders


def test_a_file_that_fails_leaves_no_trace_either(folder):
    (folder / "json.py").write_text("1 / 0")
    finders = list(sys.meta_path)
    with pytest.raises(ZeroDivisionError), loaded(folder / "json.py"):
        pass
    assert sys.meta_path == finders
    assert sys.modules["json"] is json
    assert "_lropt_problem_json" not in sys.modules


def test_a_neighbour_comes_before_what_is_installed(folder):
    (folder / "tyro.py").write_text("here = True")
    (folder / "mine.py").write_text("from tyro import here")
    held = {name: sys.modules.pop(name) for name in list(sys.modules) if name.partition(".")[0] == "tyro"}
    try:
        with loaded(folder / "mine.py") as module:
            assert module.here
    finally:
        del sys.modules["tyro"]
        sys.modules.update(held)


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with (
        pytest.raises(ValueError, match="^problem must be in a file that exists, got .*nowhere.py"),
        loaded(tmp_path / "nowhere.py"),
    ):
        pass
