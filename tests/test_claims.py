"""The claims: each is a sentence that people believe, one experiment, its answer, a picture, and what to take."""

import ast
import base64
import re

import pytest
from kept_notebooks import ROOT, as_made, build, complaints, differences, kept

EACH = pytest.mark.parametrize("path", build.CLAIMS, ids=lambda path: path.stem)
LONGEST = 40  # lines of an experiment
PICTURE, ALL = 30_000, 900_000  # bytes


def pictures(path):
    outputs = [output for cell in kept(path)["cells"] for output in cell.get("outputs", [])]
    return [base64.b64decode(output["data"]["image/png"]) for output in outputs if build._drawn(output)]


def printed(path):
    return "\n".join(build._text(cell) for cell in kept(path)["cells"])


@EACH
def test_a_claim_is_made_from_its_source(path):
    assert as_made(path), f"run python notebooks/build.py {build.name_of(path)}"
    assert not complaints(path)


@EACH
def test_a_claim_has_its_form_a_sentence_an_experiment_an_answer_a_picture_and_what_to_take(path):
    kinds, _, texts = zip(*build.cells(path.read_text()), strict=True)
    assert kinds == ("markdown", "code", "code", "code", "markdown")
    claim, experiment, answer, picture, _ = texts
    assert re.match(r"# .*\w[.?]?\n\n", claim)
    assert "**" in claim, "the answer is bold"
    *imports, function = ast.parse(experiment).body
    assert all(isinstance(node, ast.Import | ast.ImportFrom) for node in imports)
    assert isinstance(function, ast.FunctionDef)
    assert function.name == "experiment"
    assert function.end_lineno - function.lineno < LONGEST
    nodes = list(ast.walk(ast.parse(answer)))
    assert any(isinstance(node, ast.Assert) for node in nodes)
    assert {"experiment", "print"} <= {node.id for node in nodes if isinstance(node, ast.Name)}
    assert "plt.show()" in picture


@EACH
def test_the_figures_of_an_answer_are_those_that_its_cells_print(path):
    claim = build.cells(path.read_text())[0][2]
    number = r"(?<![\w.])\d+(?:[.,]\d+)*(?:e-?\d+)?"
    bold = re.findall(number, " ".join(re.findall(r"\*\*(.+?)\*\*", claim, re.DOTALL)))
    assert set(bold) <= set(re.findall(number, printed(path)))


@EACH
def test_a_claim_has_one_small_picture(path):
    (picture,) = pictures(path)
    assert len(picture) < PICTURE


def test_all_claims_together_are_small_and_each_has_its_source():
    files = sorted((ROOT / "notebooks/claims").glob("*.ipynb"))
    assert [file.stem for file in files] == [path.stem for path in build.CLAIMS]
    assert sum(file.stat().st_size for file in files) < ALL


@pytest.mark.parametrize("path", [build.SOURCES[0], *build.CLAIMS[:1]], ids=lambda path: path.stem)
def test_the_first_cell_finds_the_checkout_from_the_folder_of_its_notebook(path, monkeypatch):
    monkeypatch.chdir((ROOT / "notebooks" / build.name_of(path)).parent)
    first = build.notebook(path, None)["cells"][1]["source"]
    names = {}
    exec(first[: first.index("needs =")], names)
    assert names["source"] == str(ROOT)


@pytest.mark.claims
@EACH
def test_a_claim_holds_in_a_clean_process_and_says_what_is_kept(path):
    assert not (found := differences(path)), found
