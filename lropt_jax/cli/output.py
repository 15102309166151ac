"""What is printed, on terminals and in pipes that cannot show every character."""

import codecs
import contextlib
import os
import sys
from collections.abc import Iterator

from lropt_jax._core.refusal import Refused

_PLAIN = {
    "±": "+-", "│": "|", "└": "+", "─": "-", "…": "...",
    **dict(zip("▁▂▃▄▅▆▇█", ".:-=+*#@", strict=True)),
}  # fmt: skip


def print_everything() -> None:
    """Let standard output and errors replace what their encoding lacks: a table is worth more than its ± sign."""
    codecs.register_error("lropt_jax.plain", _plain)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="lropt_jax.plain")


@contextlib.contextmanager
def printing(kept: str = "") -> Iterator[None]:
    """Turn what the system says of the output, such as that its disk is full, into one line.

    Args:
        kept: Where what is not printed can be found.
    """
    try:
        yield
    except OSError as error:
        with contextlib.suppress(OSError):  # so that Python does not try once more as it ends
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise Refused(f"the output must be one that can be written to, got {error.strerror or error}{kept}.") from error


def _plain(error: UnicodeError) -> tuple[str | bytes, int]:
    """A character in simpler ones. A byte of a path that is not text goes out as it came in."""
    assert isinstance(error, UnicodeEncodeError)
    character = error.object[error.start]
    if 0xDC80 <= ord(character) <= 0xDCFF:
        return bytes([ord(character) - 0xDC00]), error.start + 1
    return _PLAIN.get(character, f"\\u{{{ord(character):x}}}"), error.start + 1
