"""ALI-G: Polyak's step for models that can fit every example."""

import optax
from jax.typing import ArrayLike

from lropt_jax._core import checks
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import real
from lropt_jax._core.rate import Rate
from lropt_jax.rates.polyak import to_minimum


@lift
def ali_g(max_rate: ArrayLike | optax.Schedule | None = None, *, delta: ArrayLike = 1e-5) -> Rate:
    """ALI-G: the loss over the squared gradient, not above a rate that needs no schedule.

    `rate = min(max_rate, f / (<g, d> + delta))`, with the loss `f`, its gradients `g` and the direction `d`, which for
    `sgd` is `g` (Berrada, Zisserman and Kumar 2020, arXiv:1906.05661, algorithm 1).

    Choose it for networks that can drive the loss of every batch to 0. The rate falls with the loss by itself; where
    the loss cannot get there, as with label noise, augmentation or weight decay in it, it stays at `max_rate` or in a
    ball of noise.

    Args:
        max_rate: The largest rate, >= 0, or a schedule; its authors search it by decades. None: none.
        delta: Added to the squared gradient, >= 0; it is compared with it, so it is not free of the loss's scale.

    Returns:
        A rate; `update` needs `value=loss`. State: (), no memory. Before the first update the rate shown is 0.

    Raises:
        ValueError: A number is outside its range, or `update` is called without `value`.

    With `sgd` as published without momentum. It is `polyak(max_rate)` but for `delta`, and with other directions our
    composition as that is: no step along a direction on which the loss does not fall. The authors' momentum gathers
    steps with their rates, which `sgd(ali_g(), momentum=0.9)` does not.

    Example:
        >>> import jax.numpy as jnp
        >>> from lropt_jax.optimizers import sgd
        >>> tx, x = sgd(ali_g(0.1)), jnp.array([3.0, 4.0])
        >>> tx.update(2 * x, tx.init(x), x, value=x @ x)[1].learning_rate
        Array(0.1, dtype=float32)
        >>> tx.update(2 * x, tx.init(x), x, value=1.0)[1].learning_rate.round(4)
        Array(0.01, dtype=float32)
    """
    checks.nonnegative("ali_g", delta=delta)
    return to_minimum("ali_g", 0.0, max_rate, lambda slope: slope + real(delta))
