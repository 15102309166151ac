"""How values and results show themselves in notebooks. `report` draws them; it is imported only then."""

import importlib
from html import escape
from typing import Any

_LONGEST = 2000  # characters of a value in a notebook


def reports() -> Any:
    """The room that draws."""
    return importlib.import_module("lropt_jax.report")


def page(value: Any) -> str:
    """A rule or a run as HTML, with its picture. Its text alone where it cannot be drawn: a cell never fails for that.

    Nobody knows what a rule of somebody's own raises, so everything is caught.
    """
    try:
        return reports().page(value)
    except Exception:
        return code(value)


def code(value: Any) -> str:
    """The text of a value as HTML."""
    text = repr(value)
    text = text if len(text) <= _LONGEST else f"{text[:_LONGEST]} ..."
    return f'<code style="white-space:pre-wrap">{escape(text)}</code>'


class Shown:
    """What a notebook shows as a page."""

    def _repr_html_(self) -> str:
        return page(self)


class Drawn:
    """A schedule, which can be drawn."""

    def plot(self, steps: int | None = None, ax: Any = None) -> Any:
        """Draw the rates against the steps, with warmup, peak and end marked.

        Args:
            steps: How many steps to draw, a whole number >= 1. None: up to the end.
            ax: The matplotlib axes to draw into. None: a new figure.

        Returns:
            The matplotlib figure.

        Raises:
            ImportError: matplotlib is not installed.
        """
        return reports().plot_schedules([self], steps, ax)


class Found:
    """What a sweep found: a table and a picture."""

    def as_table(self) -> str:
        """A row of HTML per optimizer, without the picture."""
        raise NotImplementedError

    def plot(self) -> Any:
        """Draw results against rates, and the curves of the best ones, see `report.plot_tuning`.

        Returns:
            A matplotlib figure.

        Raises:
            ImportError: matplotlib is not installed.
        """
        return reports().plot_tuning(self)

    def _repr_html_(self) -> str:
        """The table and the picture. The table alone where nothing can be drawn, for example without matplotlib."""
        try:
            return self.as_table() + str(reports().embedded(self.plot()))
        except Exception:
            return self.as_table()
