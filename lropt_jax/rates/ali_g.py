"""ALI-G: Polyak's step for models that can fit every example."""

from lropt_jax._core.kinds import AnySchedule, NonNegative
from lropt_jax._core.lifting import lift
from lropt_jax._core.rate import Rate
from lropt_jax.rates.polyak import rate_to_minimum


@lift
def ali_g(max_rate: AnySchedule | None = None, *, delta: NonNegative = 1e-5) -> Rate:
    """ALI-G: the loss over the squared gradient, not above a rate that needs no schedule.

    `rate = min(max_rate, f / (<g, d> + delta))`, with the loss `f`, its gradients `g` and the direction `d`, which for
    `sgd` is `g` (Berrada, Zisserman and Kumar 2020, arXiv:1906.05661, algorithm 1).

    Choose it for networks that can drive the loss of every batch to 0: there the rate falls with the loss by itself.
    Where label noise, augmentation or a decay term keeps the loss above 0, the rate stays near `max_rate`, or the
    parameters stay in a ball of noise.

    Args:
        max_rate: The largest rate, >= 0, or a schedule. Its authors search it by powers of 10. None: unlimited.
        delta: Added to the squared gradient, >= 0. Choose it small against the squared gradient: it has that unit.

    Returns:
        A rate; `update` needs `value=loss`. State: (), no memory. Before the first update the rate shown is 0.

    Raises:
        ValueError: A number is outside its range, or `update` is called without `value`.

    With `sgd` it is the published method without momentum. It differs from `polyak(max_rate)` by `delta` alone. With
    other directions it is our composition, as in `polyak`: the rate is 0 along a direction on which the loss does not
    fall. The authors' momentum sums steps that their rates have multiplied; `sgd(ali_g(), momentum=0.9)` multiplies
    the sum by the present rate. If the loss is NaN, the rate is 0; if it is infinite, `max_rate`, or 0 without one.

    Example:
        >>> import jax.numpy as jnp
        >>> from lropt_jax.optimizers import sgd
        >>> tx, x = sgd(ali_g(0.1)), jnp.array([3.0, 4.0])
        >>> tx.update(2 * x, tx.init(x), x, value=x @ x)[1].learning_rate
        Array(0.1, dtype=float32)
        >>> tx.update(2 * x, tx.init(x), x, value=1.0)[1].learning_rate.round(4)
        Array(0.01, dtype=float32)
    """
    return rate_to_minimum(0.0, max_rate, delta=delta)
