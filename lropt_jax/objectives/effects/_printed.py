"""Tables of words, aligned, as many lines as one reads."""

import itertools
from collections.abc import Iterable, Sequence
from typing import Any

_LINES = 24


def printed(title: str, head: Sequence[str], lines: Iterable[Sequence[Any]], total: int) -> list[str]:
    """A title, the names of the columns, and the first of `total` lines."""
    shown = [list(map(str, line)) for line in itertools.islice(lines, _LINES)]
    widths = [max(map(len, column)) for column in zip(head, *shown, strict=True)]
    aligned = ["  ".join(map(str.ljust, line, widths)).rstrip() for line in (head, *shown)]
    return [title, *aligned, *([f"... {total - _LINES} more lines"] if total > _LINES else [])]
