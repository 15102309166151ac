"""The exponential moving average of the parameters, to evaluate with."""

import jax.numpy as jnp
import optax

from lropt_jax._core.kinds import Average, StepNumber, WatchedOptimizer
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import value_at
from lropt_jax.wrappers._averaging import averaging


@lift
def ema(
    optimizer: WatchedOptimizer, decay: Average = 0.999, *, start: StepNumber = 0
) -> optax.GradientTransformationExtraArgs:
    """Keep an exponential moving average of the parameters beside them: `averaged(state)` to evaluate with.

    `average <- decay * average + (1 - decay) * params` with the parameters after each update, from `start` on. Until
    then `average` is equal to the parameters.

    Choose it for models that are evaluated during the run at a high rate: generative models, teachers. About the last
    `1 / (1 - decay)` steps count. Where the rate falls to 0, the average gains little.

    Args:
        optimizer: Any, of this library or of Optax. Its updates are not changed.
        decay: The share of the average that stays at each update, in [0, 1), or a schedule.
        start: Updates before the average begins, >= 0. 2.5 is rounded up to 3.

    Returns:
        An optimizer; `update` needs `params`. State: `updates_made` () int32, `average`, `inner`. Memory: 1 x params,
        float32.

    Raises:
        TypeError: `optimizer` is not a gradient transformation.
        ValueError: A number is outside its range, or `update` is called without `params`.

    `average` begins at the parameters and not at 0, so it needs no correction. `optax.ema` averages updates instead.

    Example:
        >>> import jax.numpy as jnp
        >>> from lropt_jax.optimizers import sgd
        >>> from lropt_jax.wrappers import averaged
        >>> tx, params = ema(sgd(1.0), decay=0.75), jnp.array([2.0])
        >>> _, state = tx.update(jnp.array([4.0]), tx.init(params), params)  # from 2 to -2
        >>> averaged(state)
        Array([1.], dtype=float32)
    """
    return averaging(optimizer, lambda count, since: jnp.where(since < 0, 1, 1 - value_at(decay, count)), start)
