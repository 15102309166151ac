"""The notebooks: made from their sources, small, current, and their first cell moves no JAX."""

import os
import subprocess
import sysconfig
import venv
from pathlib import Path

import pytest
from kept_notebooks import ROOT, as_made, build, complaints, differences, kept

EACH = pytest.mark.parametrize("path", build.SOURCES, ids=lambda path: path.stem)


@EACH
def test_a_notebook_is_made_from_its_source(path):
    assert as_made(path), f"run python notebooks/build.py {path.stem}"


@EACH
def test_a_notebook_has_a_question_a_picture_at_once_and_no_complaint(path):
    cells = kept(path)["cells"]
    assert "?" in "".join(cells[0]["source"])
    assert any(build._pictures(cell) for cell in [each for each in cells if each["cell_type"] == "code"][:3])
    assert not complaints(path)


def test_all_notebooks_together_are_small_and_each_has_its_source():
    files = sorted((ROOT / "notebooks").glob("*.ipynb"))
    assert [file.stem for file in files] == [path.stem for path in build.SOURCES]
    assert sum(file.stat().st_size for file in files) < 1_500_000


def test_an_address_gives_badges_and_a_source_and_without_one_nothing_is_invented():
    path, public = build.SOURCES[0], "https://github.com/someone/lropt-jax"
    title, first = build.notebook(path, public)["cells"][:2]
    assert (
        f"(https://colab.research.google.com/github/someone/lropt-jax/blob/main/notebooks/{path.stem}.ipynb)"
        in (title["source"])
    )
    assert f'else "git+{public}"' in first["source"]
    compile(first["source"], "first cell", "exec")
    title, first = build.notebook(path, None)["cells"][:2]
    assert "http" not in title["source"].split("\n")[0] + first["source"]


def test_what_a_notebook_says_is_compared_by_words_and_by_numbers():
    def said(printed, **options):
        output = {"output_type": "stream", "name": "stdout", "text": printed}
        return {"cells": [{"id": "a", "metadata": options, "source": "", "outputs": [output]}]}

    assert not build.problems(said("adam wins: 0.500"), said("adam wins:  0.505"))
    assert build.problems(said("adam wins: 0.5"), said("sgd wins: 0.5"))
    assert build.problems(said("adam wins: 0.5"), said("adam wins: 0.6"))
    assert build.problems(said("adam wins: 0.5"), said("adam wins: -0.5"))
    assert not build.problems(said("adam wins: 0.5", rtol=0.3), said("adam wins: 0.6"))
    assert build.problems(said("adam wins: 0.5"), said("adam wins: nan"))


@pytest.mark.notebooks
@EACH
def test_a_notebook_runs_in_a_clean_process_and_says_what_is_kept(path):
    assert not (found := differences(path)), found


@pytest.mark.notebooks
def test_the_first_cell_installs_what_is_missing_and_leaves_jax_where_it_is(tmp_path):
    """In an environment that has all packages of this one but lropt_jax, whose link stands in a file of this site."""
    venv.create(tmp_path / "env", with_pip=True)
    python = tmp_path / "env/bin/python"
    site = Path(
        subprocess.check_output([python, "-c", "import site; print(site.getsitepackages()[0])"], text=True).strip()
    )
    (site / "others.pth").write_text(sysconfig.get_path("purelib") + "\n")
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}

    def told(code):
        return subprocess.check_output([python, "-c", code], text=True, cwd=ROOT / "notebooks", env=clean).strip()

    jax = "import jax, jaxlib; print(jax.__version__, jaxlib.__version__, jax.__file__)"
    before = told(jax)
    first = build.notebook(build.SOURCES[0], build.address())["cells"][1]["source"]
    where = "import importlib.util; print(importlib.util.find_spec('lropt_jax'))"
    assert told(where) == "None"
    told(first)
    assert str(site) in told("import lropt_jax.optimizers; print(lropt_jax.__file__)")
    assert told(jax) == before
