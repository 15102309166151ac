"""The notebooks as they are kept, and the script that makes them."""

import importlib.util
import json
from pathlib import Path

ROOT = Path(__file__).parents[1]
_spec = importlib.util.spec_from_file_location("notebooks_build", ROOT / "notebooks/build.py")
assert _spec is not None
assert _spec.loader is not None
build = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(build)
# What users run: without the flags of this suite.
PLAIN = {"XLA_FLAGS": ""}


def kept(path):
    """The notebook of a source, with the outputs that it holds."""
    return json.loads((ROOT / "notebooks" / f"{build.name_of(path)}.ipynb").read_text())


def as_made(path):
    """Whether the kept notebook has the cells of its source."""
    made = build.notebook(path, build.address())
    return [_text(cell) for cell in kept(path)["cells"]] == [_text(cell) for cell in made["cells"]]


def complaints(path):
    """Errors and warnings among the outputs."""
    outputs = [output for cell in kept(path)["cells"] for output in cell.get("outputs", [])]
    return [output for output in outputs if output.get("name") == "stderr" or output["output_type"] == "error"]


def differences(path):
    """What a notebook says in a clean process that the kept one does not."""
    return "\n\n".join(build.problems(kept(path), build.executed(path, build.address(), PLAIN)))


def _text(cell):
    return cell["cell_type"], cell["metadata"], "".join(cell["source"])
