"""Adam and Adan with D-Adaptation."""

from typing import Any

import jax
import optax

from lropt_jax._core.accumulators import times, wide
from lropt_jax._core.kinds import Average, Epsilon, Limit, PortedPlainRate, Strength
from lropt_jax._core.lifting import lift
from lropt_jax._core.momentum import after_rate
from lropt_jax._core.numbers import value_at
from lropt_jax._core.refusal import needed
from lropt_jax.compat.dadaptation.arguments import GrowthRate, limit
from lropt_jax.compat.torch.arguments import l2
from lropt_jax.optimizers import dadapt_adam, dadapt_adan


@lift
def DAdaptAdam(
    lr: PortedPlainRate = 1.0,
    betas: tuple[Average, Average] = (0.9, 0.999),
    eps: Epsilon = 1e-8,
    weight_decay: Strength | None = None,
    *,
    decouple: bool = False,
    use_bias_correction: bool = False,
    d0: Limit = 1e-6,
    growth_rate: GrowthRate | None = None,
) -> optax.GradientTransformationExtraArgs:
    """Adam at the rate `d * lr`.

    Args:
        lr: Factor of `d`, a number >= 0 or a schedule.
        betas: Decays of both moments, each in [0, 1), or a schedule.
        eps: Added to the root, >= 0, or a schedule.
        weight_decay: Strength of L2, or with `decouple` of the decay, >= 0, or a schedule. None: no decay.
        decouple: Decay with the rate, as `AdamW` does.
        use_bias_correction: Multiply the rate by `sqrt(1 - b2^t) / (1 - b1^t)`.
        d0: The first `d`, > 0.
        growth_rate: The most that one update may multiply `d` by, >= 1, or a schedule. None, inf: unlimited.

    Returns:
        An optimizer: `optimizers.dadapt_adam`.

    Raises:
        ValueError: A number is outside its range.
        TypeError: `lr` is neither a number nor a schedule.

    Example:
        >>> import jax.numpy as jnp
        >>> tx = DAdaptAdam(d0=0.1, use_bias_correction=True)
        >>> tx.update(jnp.array([3.0, -4.0]), tx.init(jnp.zeros(2)))[0].round(3)
        Array([-0.1,  0.1], dtype=float32)
    """
    b1, b2 = betas
    return dadapt_adam(
        lr, b1=b1, b2=b2, eps=eps, bias_correction=use_bias_correction, d0=d0,
        growth_limit=limit(growth_rate), weight_decay=l2(weight_decay, decouple),
    )  # fmt: skip


@lift
def DAdaptAdan(
    lr: PortedPlainRate = 1.0,
    betas: tuple[Average, Average, Average] = (0.98, 0.92, 0.99),
    eps: Epsilon = 1e-8,
    weight_decay: Strength | None = 0.02,
    no_prox: bool = False,
    *,
    d0: Limit = 1e-6,
    growth_rate: GrowthRate | None = None,
) -> optax.GradientTransformationExtraArgs:
    """Adan at the rate `d * lr`; experimental, say its authors.

    Args:
        lr: Factor of `d`, a number >= 0 or a schedule.
        betas: Decays of the moment, of the change of the gradients and of the second moment, each in [0, 1), or a
            schedule.
        eps: Added to the root, >= 0, or a schedule.
        weight_decay: Strength of the decay, >= 0, or a schedule. None: no decay.
        no_prox: Take the share `d * lr * weight_decay` of the parameters. Otherwise the parameters after the update are
            divided by `1 + d * lr * weight_decay`, as in Adan's paper.
        d0: The first `d`, > 0.
        growth_rate: The most that one update may multiply `d` by, >= 1, or a schedule. None, inf: unlimited.

    Returns:
        An optimizer: `optimizers.dadapt_adan`. `update` needs `params` for the decay.

    Raises:
        ValueError: A number is outside its range, or `update` is called without `params`.
        TypeError: `lr` is neither a number nor a schedule.

    Example:
        >>> import jax.numpy as jnp
        >>> tx, params = DAdaptAdan(weight_decay=1.0, d0=1.0), jnp.array([1.0, 2.0])
        >>> tx.update(jnp.zeros(2), tx.init(params), params)[0]
        Array([-0.5, -1. ], dtype=float32)
    """
    b1, b2, b3 = betas
    plain = dadapt_adan(
        lr, b1=b1, b2=b2, b3=b3, eps=eps, d0=d0, growth_limit=limit(growth_rate),
        weight_decay=weight_decay if no_prox else None,
    )  # fmt: skip
    return plain if no_prox or weight_decay is None else _proximal(plain, weight_decay)


def _proximal(plain: optax.GradientTransformationExtraArgs, weight_decay: Strength) -> Any:
    """The optimizer whose parameters are divided by `1 + rate * weight_decay` after its update."""

    def then(updates: optax.Updates, state: Any, count: jax.Array, params: optax.Params | None) -> tuple:
        pull = state.learning_rate * value_at(weight_decay, count)
        share, held = 1 / (1 + pull), needed(params)
        return jax.tree.map(lambda u, p: times(share, u - times(pull, wide(p))), updates, held), state

    return after_rate(plain, then)
