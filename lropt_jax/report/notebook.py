"""Progress in a notebook: HTML that is replaced as it changes, without ipywidgets."""

import contextlib
import importlib
import sys
import time
from collections.abc import Callable, Iterator
from html import escape
from typing import Any

from lropt_jax.report.pace import Pace
from lropt_jax.tuning import Progress

_PAUSE = 0.25  # seconds between two pictures


def in_notebook() -> bool:
    """Whether a kernel of Jupyter runs this: in JupyterLab, Colab or VS Code."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return hasattr(shell, "kernel")


@contextlib.contextmanager
def notebook_bar() -> Iterator[Callable[[str, Progress], None]]:
    """A bar for each pass under the cell. What goes wrong in showing it never ends the run."""
    paces: dict[str, Pace] = {}
    passes: dict[str, tuple[Progress, str]] = {}
    display, shown = importlib.import_module("IPython.display").display, -float("inf")
    handle: Any = None

    def show() -> None:
        nonlocal handle, shown
        shown = time.monotonic()
        with contextlib.suppress(Exception):  # the page may be closed by now
            if handle is None:
                handle = display(bundle(passes), raw=True, display_id=True)
            else:
                handle.update(bundle(passes), raw=True)

    def report(name: str, now: Progress) -> None:
        pace = paces.setdefault(name, Pace.of(now))
        passes[name] = now, pace.said(now)
        if now.done >= now.total or time.monotonic() - shown >= _PAUSE:
            show()

    yield report
    if passes:
        show()


def bundle(passes: dict[str, tuple[Progress, str]]) -> dict[str, str]:
    """All passes as HTML, and as plain text for what shows none."""
    rows = [
        f'<div>{escape(name)} pass <progress value="{now.done}" max="{now.total}"></progress> {escape(said)}</div>'
        for name, (now, said) in passes.items()
    ]
    return {
        "text/html": "".join(rows),
        "text/plain": "\n".join(f"{name} pass: {said}" for name, (_, said) in passes.items()),
    }
