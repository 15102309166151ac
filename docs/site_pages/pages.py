"""Write the pages that stand in no file: the start, the reference, the gallery, and what lies outside docs/."""

import re

from typing_extensions import TypeAliasType

from lropt_jax import kinds
from lropt_jax.cli.kinds import in_words
from site_pages import gallery, pictures, public
from site_pages.address import ROOT
from site_pages.docstrings import quoted

MADE = ROOT / "docs/generated"
HOW = "``lift`` checks an argument by its kind when a person calls."


def write(app: object) -> None:
    """Write all of them. A file that would not change is left alone, so that the next build is fast."""
    rooms = public.rooms()
    kept = {f"{name.short}.rst" for names in rooms.values() for name in names}
    for file in set((MADE / "reference").glob("*.*.rst")) - {MADE / "reference" / page for page in kept}:
        file.unlink()  # of a name that is gone
    put("start.md", _start())
    put("changelog.md", "```{include} ../../CHANGELOG.md\n```\n")
    put("contributing.md", "```{include} ../../CONTRIBUTING.md\n```\n")
    put("security.md", "```{include} ../../SECURITY.md\n```\n")
    put("reference/index.rst", _index(rooms))
    for room, names in rooms.items():
        put(f"reference/{room}.rst", _room(room, names))
        for name in names:
            put(f"reference/{name.short}.rst", _page(name, pictures.draw(name, MADE / "pictures")))
    put("reference/kinds.rst", _kinds())
    gallery.write(MADE)


def put(path: str, text: str) -> None:
    """Write a page, unless it says that already."""
    file = MADE / path
    file.parent.mkdir(parents=True, exist_ok=True)
    if not file.is_file() or file.read_text(encoding="utf-8") != text:
        file.write_text(text, encoding="utf-8")


def titled(app: object, docname: str, source: list[str]) -> None:
    """Let a link whose text is the name of a file say what the page is about: `[choose.md](choose.md)`."""
    source[0] = re.sub(r"\[(?:docs/)?(\w+)\.md\]\(", lambda link: f"[{_spoken(link[1])}](", source[0])


def _spoken(stem: str) -> str:
    return stem.replace("_", " ").lower().replace("optax", "Optax").replace("pytorch", "PyTorch")


def _start() -> str:
    """The README, whose links begin in the folder above docs/."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    text = text.replace("# lropt-jax\n", "# Start\n", 1).replace("](docs/", "](../")
    text = text.replace("](notebooks/claims/", "](notebooks/claims-")  # the gallery has all pages in one folder
    return re.sub(r"\]\((CONTRIBUTING|CHANGELOG|SECURITY)\.md\)", lambda link: f"]({link[1].lower()}.md)", text)


def _index(rooms: dict) -> str:
    rows = [(f":doc:`{room} <{room}>`", quoted(public.introduction(room).splitlines()[0])) for room in rooms]
    rows.append((":doc:`kinds <kinds>`", "What an argument may be: the annotations of all signatures."))
    hidden = "\n".join(f"   {room}" for room in [*rooms, "kinds"])
    return f"{_title('Reference')}{_table(rows)}\n.. toctree::\n   :hidden:\n\n{hidden}\n"


def _room(room: str, names: list[public.Name]) -> str:
    rows = [(f":doc:`{name.name} <{name.short}>`", quoted(name.summary)) for name in names]
    hidden = "\n".join(f"   {name.name} <{name.short}>" for name in names)
    text = quoted(public.introduction(room))
    return f"{_title(room)}{text}\n\n{_table(rows)}\n.. toctree::\n   :hidden:\n\n{hidden}\n"


def _page(name: public.Name, drawn: list[str]) -> str:
    if not callable(name.thing):
        return f"{_title(name.name)}.. py:data:: {name.full}\n\n   {quoted(name.summary)}\n"
    kind = "class" if isinstance(name.thing, type) else "function"
    text = _title(name.name)
    for picture in drawn:
        text += f".. image:: ../pictures/{picture}.svg\n   :class: only-{picture.rsplit('-')[-1]} curve\n"
        text += f"   :alt: {name.name} against the step\n\n"
    text += f".. currentmodule:: {name.room}\n\n.. auto{kind}:: {name.name}\n"
    return text + ("   :members:\n" if kind == "class" else "")


def _kinds() -> str:
    """The kinds of arguments with their ranges, as `lropt list` prints them."""
    rows = []
    for name, kind in vars(kinds).items():
        if isinstance(kind, TypeAliasType):
            rows.append((f"``{name}``", in_words(kind).removeprefix(f"{name}, ").removeprefix(f"{name}: ")))
    return f"{_title('kinds')}Annotate the arguments of your own rules with these. {HOW}\n\n{_table(rows)}"


def _title(text: str) -> str:
    return f"{text}\n{'=' * len(text)}\n\n"


def _table(rows: list[tuple[str, str]]) -> str:
    lines = [f"   * - {name}\n     - {says}\n" for name, says in rows]
    return f".. list-table::\n   :widths: 30 70\n   :class: names\n\n{''.join(lines)}"
