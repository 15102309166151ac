"""Make the notebooks from their sources, and run them.

A source is a Python file in cells: `# %%` begins code, `# %% [markdown]` begins text. What stands before the first cell
is for editors only. `# %% rtol=0.5` says how far the
numbers that a cell prints may be from the kept ones when somebody runs it again, with another JAX. The public address
of the project stands in pyproject.toml alone, under `[project.urls]`: `Repository = "https://github.com/OWNER/NAME"`.
Badges and first cells are written from there; without an address there is no badge.

A claim is a notebook of its own form, in `sources/claims/`: tests/test_claims.py says which.

Run: python notebooks/build.py [NAME ...]        for example 02 claims/cosine, or claims/ for every claim; no name: all
"""

import ast
import base64
import io
import json
import os
import re
import sys
import time
import tomllib
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
SOURCES = sorted((HERE / "sources").glob("*.py"))
CLAIMS = sorted((HERE / "sources/claims").glob("*.py"))
RTOL = 0.02  # of the numbers that a cell prints, unless it says another one
PACKAGES = {"matplotlib": "matplotlib", "sklearn": "scikit-learn", "flax": "flax", "equinox": "equinox",
            "orbax": "orbax-checkpoint", "optuna": "optuna"}  # fmt: skip  # what notebooks import, and pip's names
FIRST = """\
# Installs what is missing. It never moves the JAX that is here.
import importlib.metadata
import importlib.util
import pathlib
import subprocess
import sys

checkout = pathlib.Path.cwd().{up}
source = str(checkout){otherwise}
needs = {needs}
missing = [package for module, package in needs.items() if importlib.util.find_spec(module) is None]
if missing:
    installed = [name for name in ("jax", "jaxlib") if importlib.util.find_spec(name) is not None]
    pins = [f"{{name}}=={{importlib.metadata.version(name)}}" for name in installed]
    subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", *missing, *pins], check=True)"""


def address() -> str | None:
    """Where the project is in public. None: nowhere yet."""
    project = tomllib.loads((HERE.parent / "pyproject.toml").read_text())["project"]
    return project.get("urls", {}).get("Repository")


def name_of(path: Path) -> str:
    """What a source and its notebook are called: `02_schedules`, `claims/cosine`."""
    return path.relative_to(HERE / "sources").with_suffix("").as_posix()


def cells(source: str) -> list[tuple[str, dict[str, float], str]]:
    """The cells of a source: `"code"` or `"markdown"`, options, text."""
    found = []
    for part in re.split(r"^# %%", source, flags=re.MULTILINE)[1:]:
        head, _, body = part.partition("\n")
        options = {name: float(number) for name, number in re.findall(r"(\w+)=(\S+)", head)}
        kind = "markdown" if "[markdown]" in head else "code"
        if kind == "markdown":
            body = re.sub(r"^# ?", "", body, flags=re.MULTILINE)
        found.append((kind, options, body.strip("\n")))
    return found


def first_cell(source: str, public: str | None, depth: int) -> str:
    """The cell that installs what a source imports. The checkout is `depth` folders above its notebook."""
    names = imported(source)
    needs = {"lropt_jax": "SOURCE"} | {name: package for name, package in PACKAGES.items() if name in names}
    written = repr(needs).replace("'SOURCE'", "source").replace("'", '"')
    otherwise = f' if (checkout / "lropt_jax").is_dir() else "git+{public}"' if public else ""
    return FIRST.format(needs=written, otherwise=otherwise, up=".".join(["parent"] * depth))


def badge(name: str, public: str) -> str:
    """The badge that opens a notebook in Colab."""
    place = public.removeprefix("https://github.com/")
    link = f"https://colab.research.google.com/github/{place}/blob/main/notebooks/{name}.ipynb"
    return f"[![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)]({link})\n\n"


def notebook(path: Path, public: str | None) -> dict[str, Any]:
    """A notebook without outputs, as JSON."""
    source = path.read_text()
    (title, _, head), *rest = cells(source)
    name = name_of(path)
    head = badge(name, public) + head if public else head
    first = first_cell(source, public, 1 + name.count("/"))
    made = []
    for kind, options, text in [(title, {}, head), ("code", {}, first), *rest]:
        cell = {"cell_type": kind, "id": f"cell-{len(made)}", "metadata": options, "source": text}
        made.append(cell | ({"outputs": [], "execution_count": None} if kind == "code" else {}))
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}, "colab": {"provenance": []}}
    return {"cells": made, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def executed(path: Path, public: str | None, environment: dict[str, str] | None = None) -> dict[str, Any]:
    """The notebook with what its cells print and draw, run in a process of its own, where the notebook lies."""
    import nbclient
    import nbformat

    made = notebook(path, public)
    ran = nbformat.from_dict(made)
    own = {"metadata": {"path": str((HERE / name_of(path)).parent)}}
    client = nbclient.NotebookClient(ran, timeout=600, kernel_name="python3", resources=own, record_timing=False)
    client.execute(env=dict(os.environ) | (environment or {}))
    ran.metadata = nbformat.from_dict(made["metadata"])
    for count, cell in enumerate((each for each in ran.cells if each.cell_type == "code"), 1):
        cell.execution_count = count
        for output in cell.outputs:
            if output.output_type == "execute_result":
                output.execution_count = count
            if "image/png" in output.get("data", {}):
                output["data"]["image/png"] = small(output["data"]["image/png"])
                output["metadata"] = {}
    return json.loads(nbformat.writes(ran))


def small(png: str) -> str:
    """A picture in 64 colours: a third of the bytes."""
    from PIL import Image

    file = io.BytesIO()
    picture = Image.open(io.BytesIO(base64.b64decode(png))).convert("RGB")
    picture.quantize(64, dither=Image.Dither.NONE).save(file, format="png", optimize=True)
    return base64.b64encode(file.getvalue()).decode()


def problems(kept: dict[str, Any], ran: dict[str, Any]) -> list[str]:
    """What a notebook says that the kept one does not: words exactly, numbers within the tolerance of their cell."""
    found = []
    for old, new in zip(kept["cells"], ran["cells"], strict=True):
        said = [(*_words(_text(cell)), _pictures(cell)) for cell in (old, new)]
        rtol = float(old["metadata"].get("rtol", RTOL))
        numbers = [each[1] for each in said]
        near = all(abs(a - b) <= rtol * max(abs(a), abs(b)) + 1e-9 for a, b in zip(*numbers, strict=False))
        if said[0][0] != said[1][0] or said[0][2] != said[1][2] or not near:
            found.append(f"{old['id']} was:\n{_text(old)}\nand is now:\n{_text(new)}")
    return found


def _text(cell: dict[str, Any]) -> str:
    outputs = [each for each in cell.get("outputs", []) if not _drawn(each)]
    return "\n".join("".join(each.get("text") or each.get("data", {}).get("text/plain", "")) for each in outputs)


def _pictures(cell: dict[str, Any]) -> int:
    return sum(map(_drawn, cell.get("outputs", [])))


def _drawn(output: dict[str, Any]) -> bool:
    return "image/png" in output.get("data", {})


def _words(text: str) -> tuple[list[str], list[float]]:
    number = r"(?<![\w.])[-+]?\d+(?:\.\d*)?(?:e[-+]?\d+)?"
    return re.sub(number, "0", text).split(), [float(each) for each in re.findall(number, text)]


def imported(source: str) -> set[str]:
    """The packages that a source imports."""
    nodes = list(ast.walk(ast.parse(source)))
    names = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)]
    return {name.split(".")[0] for name in names}


def main(names: list[str]) -> None:
    """Build what is named."""
    (HERE / "claims").mkdir(exist_ok=True)
    for path in SOURCES + CLAIMS:
        if not names or any(name_of(path).startswith(name) for name in names):
            begun = time.perf_counter()
            ran = executed(path, address())
            written = json.dumps(ran, indent=1, ensure_ascii=False) + "\n"
            (HERE / f"{name_of(path)}.ipynb").write_text(written)
            print(f"{name_of(path)}: {time.perf_counter() - begun:.0f} s, {len(written) / 1e3:.0f} kB", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
