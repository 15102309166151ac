"""Files that are written whole or not at all."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def whole(*paths: Path) -> Iterator[list[Path]]:
    """Paths to write to, moved to their places once all are written. Where that fails, nothing of them is left.

    They lie beside their places and carry the process id, so that two runs in one folder do not share them.
    """
    partials = [path.with_name(f".partial-{os.getpid()}-{path.name}") for path in paths]
    try:
        yield partials
        for partial, path in zip(partials, paths, strict=True):
            os.replace(partial, path)
    finally:
        for partial in partials:
            partial.unlink(missing_ok=True)


def check_writable(folder: Path) -> None:
    """Raise what the system says where a folder cannot be written to, or made."""
    nearest = next(path for path in (folder, *folder.parents) if path.exists())
    tempfile.TemporaryFile(dir=nearest).close()
