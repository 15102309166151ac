"""Averages of the parameters along a run, to evaluate with."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax

from lropt_jax._core.kinds import Average, NonNegative, StepNumber, WatchedOptimizer
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import at, minus, real
from lropt_jax._core.refusal import needed
from lropt_jax._core.wrapping import copied, extended, nearer, widened


class AveragingState(NamedTuple):
    """State of `ema` and `polyak_ruppert`."""

    updates_made: jax.Array
    average: optax.Params
    inner: Any

    @property
    def kept_params(self) -> optax.Params:
        """The parameters that are kept beside those of the training."""
        return self.average


@lift
def ema(
    optimizer: WatchedOptimizer, decay: Average = 0.999, *, start: StepNumber = 0
) -> optax.GradientTransformationExtraArgs:
    """Keep an exponential moving average of the parameters beside them: `averaged(state)` to evaluate with.

    `average <- decay * average + (1 - decay) * params` with the parameters after each update, from `start` on; until
    then `average` is the parameters.

    Choose it for whatever is evaluated in mid-run at a high rate: generative models, teachers. It is the last
    `1 / (1 - decay)` steps that count; where the rate falls to 0 it gains little.

    Args:
        optimizer: Any, of this library or of Optax. The updates are its own.
        decay: In [0, 1), or a schedule of the updates made.
        start: Updates before the average begins, >= 0; a part of one counts as a whole.

    Returns:
        An optimizer; `update` needs `params`. State: `updates_made` () int32, `average`, `inner`. Memory: 1 x params,
        float32.

    Raises:
        TypeError: `optimizer` is not a gradient transformation.
        ValueError: A number is outside its range, or `update` is called without `params`.

    `average` begins at the parameters and not at 0, so it needs no correction; `optax.ema` averages updates instead.

    Example:
        >>> import jax.numpy as jnp
        >>> from lropt_jax.optimizers import sgd
        >>> from lropt_jax.wrappers import averaged
        >>> tx, params = ema(sgd(1.0), decay=0.75), jnp.array([2.0])
        >>> _, state = tx.update(jnp.array([4.0]), tx.init(params), params)  # from 2 to -2
        >>> averaged(state)
        Array([1.], dtype=float32)
    """
    return _averaging(optimizer, lambda count, since: jnp.where(since < 0, 1, 1 - at(decay, count)), start)


@lift
def polyak_ruppert(
    optimizer: WatchedOptimizer, *, start: StepNumber = 0, power: NonNegative = 0.0
) -> optax.GradientTransformationExtraArgs:
    """Keep the mean of all parameters of the run beside them: `averaged(state)` to evaluate with.

    `average <- average + w * (params - average)`, `w = (1 + power) / (t + power)`, `t = 1, 2, ...` updates after
    `start`. With `power=0` it is the plain mean (Polyak and Juditsky 1992; Ruppert 1988), which has the best
    statistical error for rates that fall slower than `1 / t`; above it later parameters count more, as `t^power`
    (Shamir and Zhang 2013, arXiv:1212.1824), which forgets the start.

    Choose it for convex problems at a constant or slowly falling rate, and `power=8` with DoG
    (Ivgi, Hinder and Carmon 2023, arXiv:2302.12022).

    Args:
        optimizer: Any, of this library or of Optax. The updates are its own.
        start: Updates before the mean begins, >= 0; a part of one counts as a whole. Until then `average` is the
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

    return _averaging(optimizer, weight, start)


def _averaging(
    optimizer: WatchedOptimizer, weight: Callable[[jax.Array, jax.Array], jax.Array], start: StepNumber
) -> optax.GradientTransformationExtraArgs:
    """Keep an average, of which new parameters get the `weight(count, count - start)`."""
    inner = extended(optimizer)

    def init(params: optax.Params) -> AveragingState:
        return AveragingState(jnp.zeros((), jnp.int32), copied(widened(params)), inner.init(params))

    def update(grads: optax.Updates, state: AveragingState, params: optax.Params | None = None, **extra: Any) -> tuple:
        updates, moved = inner.update(grads, state.inner, needed(params), **extra)
        share = weight(state.updates_made, jnp.floor(minus(state.updates_made, start)))
        average = nearer(state.average, params, updates, share)
        return updates, AveragingState(optax.safe_increment(state.updates_made), average, moved)

    return optax.GradientTransformationExtraArgs(init, update)
