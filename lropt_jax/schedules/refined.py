"""A schedule made from the gradients of an earlier run."""

from bisect import bisect_left, insort
from collections.abc import Sequence
from typing import Annotated, Literal

import jax
import numpy as np
from jax.typing import ArrayLike
from typing_extensions import TypeAliasType

from lropt_jax._core.checking import checked
from lropt_jax._core.kinds import BelowOne, Height, positive
from lropt_jax._core.refusal import Refused
from lropt_jax._core.values import Schedule
from lropt_jax.schedules.sampled import sampled

Norms = TypeAliasType("Norms", Annotated[Sequence[ArrayLike] | jax.Array | np.ndarray, positive, "norms of gradients"])


@checked
def refined(
    peak: Height, gradient_norms: Norms, *, norm: Literal["l2", "l1"] = "l2", smoothing: BelowOne = 0.1
) -> Schedule:
    """The schedule that an earlier run's gradient norms call for: small rates where they were large, and 0 at the end.

    `rate(t) = peak w_t sum_{p > t} w_p / c`, `c` such that the largest is `peak`, with the weights

    * `w_t = 1 / |g_t|_2^2` for `norm="l2"`: for `sgd`
    * `w_t = 1 / |g_t|_1` for `norm="l1"`: for `adam` and its relatives

    of the smoothed norms (Defazio et al. 2023, arXiv:2310.07831). Constant norms give a straight line. Norms that fall
    early give a warmup, norms that grow late a steeper end. Record the norms of a whole run under any schedule, such as
    `linear`, and run again. `stretch` adapts the result to a run of another length.

    A running median smooths the norms, since single outliers would cut holes into the schedule. It is `smoothing * T`
    norms wide, rounded down and then, if even, up to the next odd number. Before the first norm the first one is
    repeated. After the last norm the others follow in reverse order: `... a b c | b a ...`.

    Args:
        peak: The largest rate, >= 0. Tune it anew.
        gradient_norms: One for each update, each > 0, shape (T,), T >= 2. The rate of the last one is 0.
        norm: Which norm they are, `"l2"` or `"l1"`.
        smoothing: Width of the median as a share of T, in [0, 1). 0: off.

    Returns:
        A `sampled` schedule, computed here and now in float64.

    Raises:
        ValueError: An argument is outside its range.

    Example:
        >>> import jax.numpy as jnp
        >>> norms = jnp.array([4.0, 2.0, 1.0, 1.0, 1.0])
        >>> refined(1.0, norms, norm="l1", smoothing=0)(jnp.arange(5))
        Array([0.4375, 0.75  , 1.    , 0.5   , 0.    ], dtype=float32)
    """
    norms = np.asarray(gradient_norms, np.float64)
    if norms.ndim != 1 or norms.size < 2:
        raise Refused(f"gradient_norms must have the shape (T,), T >= 2, got {norms.shape}.")
    smooth = _median(norms, int(np.floor(smoothing * norms.size)) | 1)
    weights = (smooth.min() / smooth) ** (2 if norm == "l2" else 1)
    shape = weights * np.append(np.cumsum(weights[:0:-1])[::-1], 0)
    return sampled(peak * (shape / shape.max()))


def _median(series: np.ndarray, width: int) -> np.ndarray:
    """Running median of an odd width, from a window that is kept in order."""
    half = width // 2
    padded = np.pad(np.pad(series, (half, 0), "edge"), (0, half), "reflect").tolist()
    window = sorted(padded[:width])
    medians = [window[half]]
    for gone, come in zip(padded, padded[width:], strict=False):
        del window[bisect_left(window, gone)]
        insort(window, come)
        medians.append(window[half])
    return np.array(medians)
