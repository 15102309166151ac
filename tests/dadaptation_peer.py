"""Hold optimizers with the arguments of D-Adaptation's and Prodigy's packages against their own trajectories."""

from typing import Any

import numpy as np
from torch_peer import assert_golden


def assert_authors(factory: Any, case: dict[str, Any]) -> Any:
    """The parameters and `d` after every update are the package's; returns the states after them."""
    states = assert_golden(factory, case)
    expected = [extra["d"] for extra in case["extra"]]
    np.testing.assert_allclose(np.asarray(states.d), expected, rtol=1e-9, atol=0)
    return states
