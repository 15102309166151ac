"""Who is told how far a sweep is."""

import contextlib
from collections.abc import Iterator
from typing import Any

from lropt_jax._core.limits import shown
from lropt_jax._core.refusal import WrongType
from lropt_jax._core.showing import reports


@contextlib.contextmanager
def watching(on_progress: Any, name: str | None = None) -> Iterator[Any]:
    """The function to call with the progress: a person's own, none, or for "auto" what `report` shows.

    With a name it takes a `Progress` alone, else the name of a pass before it.
    """
    if on_progress is None or callable(on_progress):
        yield on_progress
    elif on_progress == "auto":
        with reports().watching() as report:
            yield report if name is None else lambda now: report(name, now)
    else:
        raise WrongType(f'on_progress must be a function, "auto" or None, got {shown(on_progress)}.')
