"""The grid of rates that is tried."""

import numpy as np

from lropt_jax._core import checks


def log_rates(low: float = 1e-4, high: float = 1.0, count: int = 24) -> tuple[float, ...]:
    """Rates at equal distances on a logarithmic axis, both ends included.

    Args:
        low: The least rate, > 0.
        high: The largest rate, > `low`.
        count: How many, >= 2.

    Returns:
        The rates, ascending, rounded to four digits so that they can be written down.

    Raises:
        ValueError: The grid is the wrong way round, not positive, or has fewer than two rates.

    Example:
        >>> log_rates(1e-3, 1e-1, 3)
        (0.001, 0.01, 0.1)
    """
    checks.positive("log_rates", low=low, high=high)
    if high <= low:
        raise ValueError(f"log_rates: high must be > low, got {low:g} to {high:g}; swap them.")
    if count < 2:
        raise ValueError(f"log_rates: count must be >= 2, got {count}.")
    return tuple(float(f"{rate:.4g}") for rate in np.geomspace(low, high, count))
