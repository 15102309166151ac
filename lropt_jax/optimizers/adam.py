"""Adam: the moving average of the gradient over the root of that of its squares, both free of their start."""

import functools

import optax

from lropt_jax._core.kinds import Average, Epsilon, LearningRate, Limit, WeightDecay
from lropt_jax._core.lifting import lift
from lropt_jax.optimizers._idle import adam_alone
from lropt_jax.optimizers._moments import corrected, moments
from lropt_jax.optimizers._stability import over_second
from lropt_jax.optimizers.descent import Direction, descent


@lift(scaling="sqrt", elementwise=True)
def adam(
    learning_rate: LearningRate,
    *,
    b1: Average = 0.9,
    b2: Average = 0.999,
    eps: Epsilon = 1e-8,
    eps_in_sqrt: bool = False,
    clip_threshold: Limit | None = None,
) -> optax.GradientTransformationExtraArgs:
    """Adam: momentum, divided in each parameter by the recent size of its gradients.

    `mu <- b1 * mu + (1 - b1) * g`, `nu <- b2 * nu + (1 - b2) * g^2`; the direction is
    `mu / (1 - b1^t) / (sqrt(nu / (1 - b2^t)) + eps)`, `t = 1, 2, ...` (Kingma and Ba 2015, arXiv:1412.6980,
    algorithm 1).

    The usual first choice for neural networks. No update is much larger than `rate` in any coordinate, so good rates of
    most problems lie within one or two decades. If the last bit of generalisation counts, compare `sgd` with momentum.
    For weight decay take `adamw`.

    Args:
        learning_rate: A number >= 0, a schedule or a `Rate`.
        b1: Decay of `mu`, in [0, 1), or a schedule.
        b2: Decay of `nu`, in [0, 1), or a schedule.
        eps: Added to the root, >= 0, or a schedule. Gradients below `eps` hardly move their parameters.
        eps_in_sqrt: Add `eps` inside the root instead: `sqrt(nu / (1 - b2^t) + eps)`, Optax's `eps_root`.
        clip_threshold: Largest root mean square of `g / sqrt(nu / (1 - b2^t))` over an array, > 0, or a schedule. A
            direction is divided by what is above it. None: unlimited.

    Returns:
        An optimizer. State: `count`, `learning_rate`, `rate`, `mu`, `nu`. Memory: 2 x params, float32.

    Raises:
        ValueError: A number is outside its range.

    As in the paper, PyTorch and Optax. Unlike in `optax.adam`, moments and hyper-parameters stay in float32 when
    parameters are bf16 or f16. If `b1` or `b2` follows a schedule, the start is corrected as if its present value had
    held from the beginning.

    Example:
        >>> import jax.numpy as jnp
        >>> tx = adam(0.1)
        >>> updates, state = tx.update(jnp.array([1e-3, -2.0]), tx.init(jnp.zeros(2)))
        >>> updates.round(3)
        Array([-0.1,  0.1], dtype=float32)
    """
    return descent(_adams(b1, b2, eps, eps_in_sqrt, clip_threshold), learning_rate)


@lift(scaling="sqrt", elementwise=True)
def adamw(
    learning_rate: LearningRate,
    *,
    b1: Average = 0.9,
    b2: Average = 0.999,
    eps: Epsilon = 1e-8,
    eps_in_sqrt: bool = False,
    clip_threshold: Limit | None = None,
    weight_decay: WeightDecay = 1e-4,
) -> optax.GradientTransformationExtraArgs:
    """Adam with decoupled weight decay.

    `params <- params - rate * (adam's direction + weight_decay * params)` (Loshchilov and Hutter 2019,
    arXiv:1711.05101, algorithm 2, with the rate in front of the decay too, as PyTorch and Optax have it).

    Choose it for transformers; there `b2=0.95` and a decay of 0.1 are a usual start. The product `rate * weight_decay`
    counts: one over it is the number of steps that a parameter remembers.

    With `clip_threshold=1` it is stable AdamW: a step is shorter where the gradients of an array are larger than `nu`
    knows them. Choose that, with `b2=0.99` or above, if the loss spikes, in the place of `clip_norm` (Wortsman et al.
    2023, arXiv:2304.13013, algorithm 2). It takes steps away from sparse arrays, such as embeddings. The decay stays
    whole, as in the authors' program; `pytorch_optimizer.StableAdamW` shortens it with the step.

    Args:
        learning_rate: A number >= 0, a schedule or a `Rate`.
        b1: Decay of `mu`, in [0, 1), or a schedule.
        b2: Decay of `nu`, in [0, 1), or a schedule.
        eps: Added to the root, >= 0, or a schedule.
        eps_in_sqrt: Add `eps` inside the root instead, as in `adam`.
        clip_threshold: Largest root mean square of `g / sqrt(nu / (1 - b2^t))` over an array, > 0, or a schedule. 1
            is stable AdamW. None: unlimited.
        weight_decay: Strength, >= 0, a schedule, or `decay(...)` with a mask or another `goes_with`. The default
            is Optax's; PyTorch's is 1e-2.

    Returns:
        An optimizer; `update` needs `params`. State: `count`, `learning_rate`, `rate`, `mu`, `nu`. Memory: 2 x params,
        float32.

    Raises:
        ValueError: A number is outside its range, or `update` is called without `params`.

    Example:
        >>> import jax.numpy as jnp
        >>> tx, params = adamw(0.1, weight_decay=0.5), jnp.array([1.0, 2.0])
        >>> updates, state = tx.update(jnp.zeros(2), tx.init(params), params)
        >>> updates
        Array([-0.05, -0.1 ], dtype=float32)
    """
    return descent(_adams(b1, b2, eps, eps_in_sqrt, clip_threshold), learning_rate, weight_decay=weight_decay)


def _adams(b1: Average, b2: Average, eps: Epsilon, eps_in_sqrt: bool, clip_threshold: Limit | None) -> Direction:
    """The direction of `adam` and `adamw`."""
    towards, scale = (functools.partial(part, eps_in_sqrt=eps_in_sqrt) for part in (corrected, over_second))
    direction = moments(b1, b2, eps, towards=towards, scale=scale, clip_threshold=clip_threshold)
    return direction._replace(idle=adam_alone(b1, b2, eps, eps_in_sqrt) if clip_threshold is None else None)
