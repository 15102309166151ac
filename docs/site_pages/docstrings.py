"""Docstrings are written to be read as they stand, with code in backticks. Make reStructuredText of them."""

import re

_SECTIONS = ("Args:", "Returns:", "Raises:", "Example:", "Examples:", "Attributes:", "Yields:", "Note:")
_SPAN = re.compile(r"`([^`]+)`(\w?)")
_SPECIAL = re.compile(r"([*|\\]|(?<=\w)_(?=\W|$))")


def restructured(app: object, what: str, name: str, thing: object, options: object, lines: list[str]) -> None:
    """Quote code, escape what is no markup, and keep indented formulas as they stand. Napoleon comes after this."""
    blocks = re.split(r"\n\s*\n", "\n".join(lines))
    pairs = zip(["", *blocks], blocks, strict=False)
    lines[:] = "\n\n".join(_block(block, before) for before, block in pairs).split("\n")


def _block(block: str, before: str) -> str:
    """A paragraph, or a section with its entries."""
    head = block.lstrip()
    if head.startswith(">>>") or head.startswith("Example:"):
        return block
    if block.startswith("    ") and before.split("\n")[0] not in _SECTIONS and not before.lstrip().startswith("* "):
        return f"::\n\n{block}"
    first, _, rest = block.partition("\n")
    if first in ("Returns:", "Yields:"):  # "An optimizer. State" is no type, though a colon follows it
        indent = rest[: len(rest) - len(rest.lstrip())]
        rest = f"{indent}: {rest.lstrip()}"
        return f"{first}\n{quoted(rest)}"
    return quoted(block)


def quoted(text: str) -> str:
    """Code in double backticks, and the rest escaped. `lift`ed is a word with a link in it."""
    parts, at = [], 0
    for span in _SPAN.finditer(text):
        parts += [_escaped(text[at : span.start()]), f"``{span[1]}``" + (f"\\ {span[2]}" if span[2] else "")]
        at = span.end()
    return "".join([*parts, _escaped(text[at:])])


def _escaped(text: str) -> str:
    lines = text.split("\n")
    kept = [re.match(r"\s*(\* )?", line)[0] for line in lines]  # type: ignore[index]
    return "\n".join(start + _SPECIAL.sub(r"\\\1", line[len(start) :]) for start, line in zip(kept, lines, strict=True))
