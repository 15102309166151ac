"""The grid of rates that is tried."""

from typing import Annotated

import numpy as np
from typing_extensions import TypeAliasType

from lropt_jax._core.checking import checked
from lropt_jax._core.kinds import Range, positive
from lropt_jax._core.refusal import Refused

End = TypeAliasType("End", Annotated[float, positive, "a learning rate at an end of the grid"])
GridSize = TypeAliasType("GridSize", Annotated[int, Range(2, whole=True), "how many rates"])


@checked
def log_rates(low: End = 1e-4, high: End = 1.0, count: GridSize = 24) -> tuple[float, ...]:
    """Rates at equal distances on a logarithmic axis, both ends included.

    Args:
        low: The least rate, > 0.
        high: The largest rate, > 0 and > `low`.
        count: How many, a whole number >= 2.

    Returns:
        The rates, ascending, rounded to four digits so that they can be written down.

    Raises:
        ValueError: A rate is not positive, `high` is not above `low`, or `count` is below 2.

    Example:
        >>> log_rates(1e-3, 1e-1, 3)
        (0.001, 0.01, 0.1)
    """
    if high <= low:
        raise Refused(f"high must be > low, got {low:g} to {high:g}; swap them.")
    return tuple(float(f"{rate:.4g}") for rate in np.geomspace(low, high, count))
