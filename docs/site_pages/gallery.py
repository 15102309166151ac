"""The gallery: a card with a picture for every notebook that is there. The claims are a section of their own."""

import base64
import json
import re
import shutil
from pathlib import Path

from site_pages.address import ROOT

EMPTY = "The notebooks are in the folder `notebooks/` of the repository.\n"
CLAIMS = """\
## True of the learning rate, and folklore

Each is a sentence that people believe, one experiment, and its measured answer.
"""


def write(made: Path) -> None:
    """Copy the notebooks beside the pages, and write the gallery."""
    folder = made / "notebooks"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    numbered = _section(sorted((ROOT / "notebooks").glob("*.ipynb")), folder)
    claims = _section(sorted((ROOT / "notebooks/claims").glob("*.ipynb")), folder)
    body = numbered + (f"\n{CLAIMS}\n{claims}" if claims else "")
    (folder / "index.md").write_text(f"# Notebooks\n\n{body or EMPTY}", encoding="utf-8")


def _section(files: list[Path], folder: Path) -> str:
    """The cards of some notebooks, and their pages in the contents."""
    cards, pages = [], []
    for file in files:
        notebook = json.loads(file.read_text(encoding="utf-8"))
        page = "-".join(file.relative_to(ROOT / "notebooks").with_suffix("").parts)
        (folder / f"{page}.ipynb").write_text(json.dumps(_moved(notebook)), encoding="utf-8")
        cards.append(_card(page, notebook, folder))
        pages.append(page)
    return _grid(cards) + "\n```{toctree}\n:hidden:\n\n" + "\n".join(pages) + "\n```\n" if pages else ""


def _moved(notebook: dict) -> dict:
    """The notebook with links that hold where the site has it. Its first cell, which installs, is folded."""
    notebook["metadata"].setdefault("language_info", {"name": "python", "pygments_lexer": "ipython3"})
    first = next((cell for cell in notebook["cells"] if cell["cell_type"] == "code"), {"metadata": {}})
    first["metadata"].setdefault("tags", []).append("hide-cell")
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            text = re.sub(r"\]\((?:\.\./)+docs/", "](../../", "".join(cell["source"]))
            cell["source"] = re.sub(r"\]\((?:\.\./)+README\.md", "](../start.md", text)
    return notebook


def _grid(cards: list[str]) -> str:
    return "::::{grid} 1 2 2 2\n:gutter: 3\n\n" + "\n".join(cards) + "\n::::\n"


def _card(page: str, notebook: dict, folder: Path) -> str:
    title, says = _heading(notebook)
    answer = re.search(r"\*\*(.+?)\*\*", "".join(notebook["cells"][0]["source"]), re.DOTALL)
    if page.startswith("claims-") and answer:
        says = " ".join(answer[1].split())
    picture = _picture(notebook)
    image = ""
    if picture is not None:
        (folder / f"{page}.png").write_bytes(picture)
        image = f":img-top: {page}.png\n:img-alt: {title}\n"
    return f":::{{grid-item-card}} {title}\n:link: {page}\n:link-type: doc\n{image}\n{says}\n:::\n"


def _heading(notebook: dict) -> tuple[str, str]:
    """The title of a notebook and the first sentences of the text after it."""
    text = "\n\n".join("".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "markdown")
    title = re.search(r"^# (.+)$", text, re.MULTILINE)
    rest = text[title.end() :] if title else text
    paragraphs = [part.strip() for part in rest.split("\n\n")]
    says = next((part for part in paragraphs if part and part[0] not in "[#!<|`$-*"), "")
    plain = re.sub(r"\[([^]]+)\]\([^)]+\)", r"\1", " ".join(says.split()))
    sentences = re.findall(r".+?[.?!](?=\s|$)", plain) or [plain]
    return (title[1] if title else "Notebook"), " ".join(sentences[:2])


def _picture(notebook: dict) -> bytes | None:
    """The first picture among the outputs."""
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            png = output.get("data", {}).get("image/png")
            if png is not None:
                return base64.b64decode("".join(png))
    return None
