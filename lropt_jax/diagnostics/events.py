"""What happened in a run, step by step, from its record."""

from collections.abc import Mapping
from typing import Any

from lropt_jax._core.checking import checked
from lropt_jax.diagnostics._departures import bad_gradients, divergence, precursor, rises
from lropt_jax.diagnostics._event import Event
from lropt_jax.diagnostics._layers import dead, off
from lropt_jax.diagnostics._rows import Rows
from lropt_jax.diagnostics._standstills import edge, standstill

_LEAST = 5  # rows
_FINDERS = (divergence, bad_gradients, rises, precursor, edge, standstill, dead, off)


@checked
def events(record: Mapping[str, Any]) -> list[Event]:
    """What happened in a run, in the order of steps, each with its evidence in numbers.

    Choose it to see *when* something went wrong; `diagnose` says what to do about the rate. Noise is the standard
    deviation of the loss from row to row, from its second differences, which a trend does not change.

    | kind | found where |
    |---|---|
    | `divergence` | the loss stops being finite, or goes over its start and stays there |
    | `bad gradients` | gradients hold NaN or infinity, and the run recovers |
    | `spike` | the loss rises by 6 times the noise and by 10% of its fall, and comes back |
    | `catapult` | the same over the start of a run, or while the curvature falls (Lewkowycz et al. 2020) |
    | `precursor` | the curvature is over the limit in two rows, and the loss has not risen (arXiv:2506.04805) |
    | `edge of stability` | the curvature stays within 20% of the limit (Cohen et al. 2021) |
    | `plateau` | the loss is level while successive gradients agree |
    | `noise floor` | the loss is level and successive gradients do not agree (Pflug 1988) |
    | `dead parameters` | a group has had no gradient or no update for a third of the rows |
    | `layer off` | the relative update of a group is 10 times, or a tenth of, that of the others |

    Args:
        record: What `diagnostics.record` gives: arrays with an entry for each watched step. `step` and `rate` must be
            there, and what a kind of event needs: the loss, `sharpness` and `limit`, `cosine_grads`, groups. An event
            is not looked for where its columns are not known.

    Returns:
        Events `(step, kind, evidence)`, earliest first.

    Raises:
        ValueError: The record has no steps or rates, fewer than 5 rows, or columns of different lengths.
        TypeError: It is no dict of arrays.

    Example:
        >>> import numpy as np
        >>> loss = np.array([2.3, 2.0, 1.8, 1.7, 1.9, 3.1, 9.4, np.nan])
        >>> for event in events({"step": np.arange(0, 800, 100), "rate": np.full(8, 0.5), "value": loss}):
        ...     print(event)
        step 500: divergence: the loss is over its start, 3.1 against 2.3, and it is not finite from step 700 on
    """
    rows = Rows.of(record, _LEAST)
    found = [event for finder in _FINDERS for event in finder(rows)]
    return sorted(found, key=lambda event: event.step)
