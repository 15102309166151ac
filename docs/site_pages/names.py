"""Names in docstrings and pages: each that has a page becomes a link to it."""

import functools
import re
from collections.abc import Iterator

from docutils import nodes
from sphinx.addnodes import pending_xref

from site_pages import public
from site_pages.formulas import mathml


def skipped(app: object, what: str, name: str, thing: object, skip: bool, options: object) -> bool | None:
    """Leave out what says nothing: the fields of a NamedTuple without a text of their own."""
    return True if str(getattr(thing, "__doc__", "")).startswith("Alias for field number") else None


def linked(app: object, tree: nodes.document) -> None:
    """Turn `adamw` and `transfer.width` in running text into links, except on their own page."""
    page = app.env.docname  # type: ignore[attr-defined]
    here = known()["pages"].get(page)
    if here is not None:
        _drawn(tree, here)
    for literal in list(tree.findall(nodes.literal)):
        if isinstance(literal.parent, (nodes.reference, pending_xref, nodes.title)):
            continue
        text = literal.astext()
        target = _target(text, here)
        if target is not None and target is not here:
            link = pending_xref("", refdomain="py", reftype="obj", reftarget=target.full, refexplicit=True)
            link["refdoc"], link["refwarn"] = page, True
            literal.replace_self(link)
            link += literal


def _drawn(tree: nodes.document, here: public.Name) -> None:
    """Draw the formulas of a docstring. One that is alone in its paragraph gets a line of its own."""
    for literal in list(tree.findall(nodes.literal)):
        alone = isinstance(literal.parent, nodes.paragraph) and len(literal.parent.children) == 1
        drawn = mathml(literal.astext(), here.arguments, known()["plain"], block=alone)
        if drawn is not None:
            literal.replace_self(nodes.raw("", drawn, format="html"))
    for block in list(tree.findall(nodes.literal_block)):
        lines = [
            mathml(line.strip().rstrip(","), here.arguments, (), block=True) for line in block.astext().split("\n")
        ]
        if None not in lines:
            block.replace_self(nodes.raw("", "\n".join(map(str, lines)), format="html"))


@functools.cache
def known() -> dict[str, dict[str, public.Name]]:
    """Public names by page, by room and name, and by name alone where that is clear."""
    every = list(_all())
    plain: dict[str, list[public.Name]] = {}
    for name in every:
        if name.known_alone:
            plain.setdefault(name.name, []).append(name)
    return {
        "pages": {name.page: name for name in every},
        "full": {name.full: name for name in every} | {name.short: name for name in every},
        "plain": {text: names[0] for text, names in plain.items() if len(names) == 1},
    }


def _all() -> Iterator[public.Name]:
    for names in public.rooms().values():
        yield from names


def _target(text: str, here: public.Name | None) -> public.Name | None:
    if here is not None:
        if text in here.arguments:
            return None
        neighbour = known()["full"].get(f"{here.room}.{text}")
        if neighbour is not None:
            return neighbour
    else:
        text = re.sub(r"^([\w.]+)\(.*\)$", r"\1", text)  # a call, in the pages of docs/
    return known()["full"].get(text) or known()["plain"].get(text)
