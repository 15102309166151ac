"""The same training over more or fewer steps."""

from typing import Literal

from lropt_jax._core.checking import checked
from lropt_jax._core.edits import edited
from lropt_jax._core.kinds import AnyOptimizer, NonNegative, Positive
from lropt_jax._core.values import Optimizer
from lropt_jax.transfer.edits import decay_changes, multiplied, stretched


@checked
def horizon(
    optimizer: AnyOptimizer,
    factor: Positive,
    *,
    power: NonNegative = 0.5,
    weight_decay: Literal["timescale", "number"] = "timescale",
) -> Optimizer:
    """Rewrite an optimizer for a run of `factor` times as many steps: lower rates, over longer schedules.

    The rate is multiplied by `factor^-power`. Every schedule is stretched by `factor`, warmup included, and every other
    length in steps is multiplied by `factor`, such as the `warmup_steps` of `ademamix` and the `start` of `ema`.

    The power 1/2 is that of convex theory: the best peak of a schedule falls with the root of the number of steps,
    whatever its shape, as long as its parts keep their shares (Schaipp et al. 2025, arXiv:2501.18965).

    Choose it to tune on short runs what you train in a long one. For language models the best rate falls more slowly in
    practice: a power of about 0.32 was measured for their tokens (Bjorck et al. 2025, arXiv:2409.19913).

    Args:
        optimizer: A value: an optimizer of this library or a `lift`ed one, or what holds some: `chain`, `groups`,
            wrappers.
        factor: How many times as long the run is, > 0.
        power: How fast the rate falls with the length, >= 0. 0: only schedules and lengths change.
        weight_decay: What stays of it. "timescale": `rate * weight_decay * steps`, how often the weights are forgotten
            during a run (Wang and Aitchison 2024, arXiv:2405.13698). "number": the number itself. A decay that goes
            with the gradients stays in any case. If it goes with the schedule, its `peak` changes as the rate does.

    Returns:
        The rewritten value.

    Raises:
        TypeError: `optimizer` has parts whose numbers cannot be read, no learning rate, or one that sets itself.
        ValueError: An argument is outside its range.

    Example:
        >>> from lropt_jax.optimizers import adamw
        >>> from lropt_jax.schedules import cosine
        >>> longer = horizon(adamw(cosine(1e-3, 1000), weight_decay=0.1), 4)
        >>> longer.learning_rate(0), longer.learning_rate.end, longer.weight_decay
        (Array(0.0005, dtype=float32), Array(4000., dtype=float32), 0.05)
    """

    def change(value: Optimizer, name: str) -> Optimizer:
        rate = multiplied(name, value.arguments[name], factor ** (-1.0 * power))
        weights = decay_changes(value, factor, rate=-1.0 * power, steps=1.0, kept=weight_decay)
        return value.replace(**{name: rate}, **weights)

    return stretched(edited(optimizer, change), factor)
