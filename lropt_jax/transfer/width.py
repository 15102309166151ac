"""The same training of a wider or narrower network."""

from collections.abc import Mapping
from typing import Literal

import optax

from lropt_jax._core.checking import checked
from lropt_jax._core.edits import edited
from lropt_jax._core.kinds import AnyOptimizer
from lropt_jax._core.values import Optimizer
from lropt_jax.transfer.edits import weight_decay_of
from lropt_jax.wrappers import multiply, mup_multipliers


@checked
def width(
    optimizer: AnyOptimizer,
    params: optax.Params,
    base_params: optax.Params,
    *,
    rule: Literal["adam", "sgd"],
    layout: str | Mapping[str, str] = "in out",
) -> Optimizer:
    """Rewrite an optimizer that was tuned on a narrow network for a wide one: each parameter's rate follows the width.

    Every optimizer becomes `multiply(optimizer, mup_multipliers(params, base_params, ...))`, the maximal update
    parametrisation (Yang et al. 2022, arXiv:2203.03466, table 3). `mup_multipliers` says what they are and what the
    network itself needs. A weight decay that does not go with the gradients is not multiplied, so that weights are
    forgotten as fast at every width (Wang and Aitchison 2024, arXiv:2405.13698). A weight decay that goes with the
    gradients is multiplied.

    Args:
        optimizer: A value: an optimizer of this library or a `lift`ed one, or what holds some: `chain`, `groups`,
            wrappers.
        params: The network's parameters, or their shapes.
        base_params: The same for the network that was tuned, of the same structure.
        rule: "adam" or "sgd", as in `mup_multipliers`.
        layout: Which axes are fan in and fan out, as in `mup_multipliers`.

    Returns:
        The rewritten value.

    Raises:
        TypeError: `optimizer` has parts whose numbers cannot be read, or no learning rate.
        ValueError: The trees do not fit together, or another argument is none of these.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> from lropt_jax.optimizers import adam
        >>> def init(width):
        ...     return {"hidden": jnp.zeros((width, width)), "out": jnp.zeros((width, 2))}
        >>> wide, narrow = (jax.eval_shape(lambda: init(width)) for width in (1024, 128))
        >>> width(adam(1e-3), wide, narrow, rule="adam").multipliers
        {'hidden': 0.125, 'out': 0.125}
    """
    multipliers = mup_multipliers(params, base_params, rule=rule, layout=layout)

    def change(value: Optimizer, _: str) -> Optimizer:
        decay = weight_decay_of(value)
        apart = decay.decoupled and decay.name in value.factory.roles  # without a kind, `multiply` does not know it
        return multiply(value, multipliers, multiply_decay=not apart)

    return edited(optimizer, change)
