"""The mean of the parameters of a run, to evaluate with."""

import jax
import jax.numpy as jnp
import optax

from lropt_jax._core.kinds import NonNegative, StepNumber, WatchedOptimizer
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import real
from lropt_jax.wrappers._averaging import averaging


@lift
def polyak_ruppert(
    optimizer: WatchedOptimizer, *, start: StepNumber = 0, power: NonNegative = 0.0
) -> optax.GradientTransformationExtraArgs:
    """Keep the mean of all parameters of the run beside them: `averaged(state)` to evaluate with.

    `average <- average + w * (params - average)` with `w = (1 + power) / (t + power)`, where `t = 1, 2, ...` counts
    the updates after `start`. With `power=0` it is the plain mean (Polyak and Juditsky 1992; Ruppert 1988). For rates
    that fall slower than `1 / t`, the plain mean has the best statistical error. With `power > 0` later parameters
    count more, about as `t^power`, and the start is forgotten sooner (Shamir and Zhang 2013, arXiv:1212.1824).

    Choose it for convex problems at a constant or slowly falling rate. DoG's authors take `power=8` (Ivgi, Hinder and
    Carmon 2023, arXiv:2302.12022).

    Args:
        optimizer: Any, of this library or of Optax. Its updates are not changed.
        start: Updates before the mean begins, >= 0. 2.5 is rounded up to 3. Until then `average` is equal to the
            parameters.
        power: How much more later parameters count, >= 0.

    Returns:
        An optimizer; `update` needs `params`. State: `updates_made` () int32, `average`, `inner`. Memory: 1 x params,
        float32.

    Raises:
        TypeError: `optimizer` is not a gradient transformation.
        ValueError: A number is outside its range, or `update` is called without `params`.

    Example:
        >>> import jax.numpy as jnp
        >>> from lropt_jax.optimizers import sgd
        >>> from lropt_jax.wrappers import averaged
        >>> tx, params = polyak_ruppert(sgd(1.0)), jnp.array([2.0])
        >>> updates, state = tx.update(jnp.array([1.0]), tx.init(params), params)  # to 1
        >>> updates, state = tx.update(jnp.array([3.0]), state, params + updates)  # to -2
        >>> averaged(state)
        Array([-0.5], dtype=float32)
    """

    def weight(count: jax.Array, since: jax.Array) -> jax.Array:
        return jnp.where(since < 0, 1, (1 + real(power)) / (jnp.maximum(real(since), 0) + 1 + real(power)))

    return averaging(optimizer, weight, start)
