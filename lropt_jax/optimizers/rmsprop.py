"""RMSprop: the gradient over the root of the moving average of its squares."""

from typing import NamedTuple

import chex
import jax
import jax.numpy as jnp
import optax

from lropt_jax._core.accumulators import average, debias, full, over_root, root, square, weight, wide, zeros
from lropt_jax._core.decay import as_decay
from lropt_jax._core.kinds import Average, Epsilon, LearningRate, Momentum, SquaredScale, WeightDecay
from lropt_jax._core.lifting import lift
from lropt_jax._core.momentum import accumulated, after_rate
from lropt_jax._core.numbers import real, value_at
from lropt_jax._core.relations import absent
from lropt_jax._core.slots import Moments, Others, Squares
from lropt_jax.optimizers._idle import momentum_alone
from lropt_jax.optimizers._stability import last, plain, summed
from lropt_jax.optimizers.descent import Direction, descent


class RMSpropState(NamedTuple):
    """State of `rmsprop`."""

    count: jax.Array  # type: ignore[assignment]
    learning_rate: jax.Array
    rate: chex.ArrayTree
    mu: Moments | None
    nu: Squares
    trace: Others | None

    @property
    def exact_slots(self) -> tuple[str, ...]:
        """The moments whose difference is a variance: rounded ones may make it 0 where it is not."""
        return () if self.mu is None else ("mu", "nu")


@lift(scaling="sqrt", elementwise=True)
def rmsprop(
    learning_rate: LearningRate,
    *,
    decay: Average = 0.9,
    eps: Epsilon = 1e-8,
    eps_in_sqrt: bool = False,
    initial_accumulator_value: SquaredScale = 0.0,
    bias_correction: bool = False,
    centered: bool = False,
    momentum: Momentum | None = None,
    nesterov: bool = False,
    rate_in_momentum: bool = False,
    weight_decay: WeightDecay | None = None,
) -> optax.GradientTransformationExtraArgs:
    """RMSprop: each parameter's rate follows the recent size of its gradients.

    `nu <- decay * nu + (1 - decay) * g^2` and the direction is `g / (sqrt(nu) + eps)` (Tieleman and Hinton 2012,
    lecture 6.5). If centered, `mu <- decay * mu + (1 - decay) * g`, and the root is that of `nu - mu^2` (Graves 2013,
    arXiv:1308.0850, equations 38 to 41). With momentum, `m <- momentum * m + direction` takes the direction's place.
    Then `params <- params - rate * (direction + weight_decay * params)`.

    Choose it if gradients change their size during the run, as in recurrent networks and reinforcement learning. The
    start at 0 is not corrected, so the first update is `rate / sqrt(1 - decay)`, 3.2 times the rate by default: begin
    with a warmup, or set `bias_correction`.

    Args:
        learning_rate: A number >= 0, a schedule or a `Rate`.
        decay: Decay of the average of squares, in [0, 1), or a schedule. PyTorch's default is 0.99.
        eps: Added to the root, >= 0, or a schedule.
        eps_in_sqrt: Add `eps` inside the root instead, as Optax does by default.
        initial_accumulator_value: Where `nu` begins, >= 0, or a schedule, whose step 0 counts.
        bias_correction: Divide both averages by `1 - decay^t`, as `adam` does. With `centered` the first deviation is
            then 0, and only `eps` limits the first update.
        centered: Divide by the deviation of the gradients instead of their size.
        momentum: Decay of `m`, in [0, 1), or a schedule. None: no momentum, and no memory for it.
        nesterov: Look ahead along the momentum.
        rate_in_momentum: Each direction enters the momentum times the rate of its time, as in Optax. False: the present
            rate multiplies the momentum, so a change of the rate acts at once.
        weight_decay: Strength, >= 0, a schedule, or `decay(...)` with a mask or another `goes_with`. None: no decay.

    Returns:
        An optimizer; `update` needs `params` for `weight_decay`. State: `count`, `learning_rate`, `rate`, `mu` (None
        unless centered), `nu`, `trace` (`m`, or `-m` times the rates with `rate_in_momentum`; None without momentum).
        Memory: 1 x params, float32; 1 more for each of centered and momentum.

    Raises:
        ValueError: A number is outside its range, `nesterov` is given without `momentum`, or `update` is called
            without the `params` that it needs.

    As in PyTorch, except for the default of `decay`, and PyTorch's weight decay goes with "gradients". `optax.rmsprop`
    is `eps_in_sqrt=True, rate_in_momentum=True`.

    Example:
        >>> import jax.numpy as jnp
        >>> tx = rmsprop(0.1, decay=0.75)
        >>> updates, state = tx.update(jnp.array([3.0, -2.0]), tx.init(jnp.zeros(2)))
        >>> updates
        Array([-0.2,  0.2], dtype=float32)
    """

    def gather(steps: optax.Updates, state: RMSpropState, count: jax.Array, params: optax.Params | None) -> tuple:
        ahead, trace = accumulated(steps, state.trace, value_at(momentum, count), nesterov)  # type: ignore[arg-type]
        return ahead, state._replace(trace=trace)

    def init(params: optax.Params) -> dict:
        mu, trace = zeros(params) if centered else None, None if momentum is None else zeros(params)
        return {"mu": mu, "nu": full(params, value_at(initial_accumulator_value, 0)), "trace": trace}

    def spread(state: RMSpropState, step: jax.Array) -> optax.Updates:
        """The second moment that divides update `step`."""
        gathered = weight(value_at(decay, step), optax.safe_increment(step))

        def fair(tree: optax.Updates) -> optax.Updates:
            return jax.tree.map(lambda leaf: debias(leaf, gathered), tree) if bias_correction else tree

        if not centered:
            return fair(state.nu)
        return jax.tree.map(lambda v, m: jnp.maximum(v - square(m), 0), fair(state.nu), fair(state.mu))

    def apply(grads: optax.Updates, state: RMSpropState, params: optax.Params | None) -> tuple:
        keep, small = value_at(decay, state.count), value_at(eps, state.count)
        nu = jax.tree.map(lambda v, g: average(v, square(g), keep), state.nu, grads)
        mu = jax.tree.map(lambda m, g: average(m, wide(g), keep), state.mu, grads) if centered else state.mu
        state = state._replace(mu=mu, nu=nu)
        by = spread(state, state.count)
        towards = jax.tree.map(lambda v, g: over_root(g, v, small, eps_in_sqrt), by, grads)
        return (towards, state) if momentum is None or rate_in_momentum else gather(towards, state, state.count, params)

    def scale(state: RMSpropState, params: optax.Params) -> optax.Updates:
        step = last(state.count)
        return jax.tree.map(lambda v: 1 / root(v, value_at(eps, step), eps_in_sqrt), spread(state, step))

    def limit(state: RMSpropState) -> jax.Array:
        return plain() if momentum is None else summed(value_at(momentum, last(state.count)), real(1), nesterov)

    alone = momentum_alone(momentum, nesterov, mu=decay, nu=decay)
    direction = Direction(RMSpropState, init, apply, scale=scale, limit=limit, idle=alone)
    if momentum is not None and rate_in_momentum:
        return after_rate(descent(direction, learning_rate), gather, as_decay(weight_decay))
    return descent(direction, learning_rate, weight_decay=weight_decay)


@rmsprop.requires
def _(momentum: Momentum | None, nesterov: bool) -> None:
    if momentum is None:
        absent("momentum", nesterov=nesterov)
