"""The same training of a wider or narrower network."""

from collections.abc import Mapping
from typing import Any

import optax

from lropt_jax._core.values import Optimizer
from lropt_jax.transfer.edits import edited
from lropt_jax.wrappers import multiply, mup_multipliers


def width(
    optimizer: Any,
    params: optax.Params,
    base_params: optax.Params,
    *,
    rule: str,
    layout: str | Mapping[str, str] = "in out",
) -> Any:
    """Rewrite an optimizer that was tuned on a narrow network for a wide one: each parameter's rate follows the width.

    Every optimizer becomes `multiply(optimizer, mup_multipliers(params, base_params, ...))`, the maximal update
    parametrisation (Yang et al. 2022, arXiv:2203.03466, table 3); see `mup_multipliers`, also for what the network
    itself needs. A weight decay that is decoupled is not multiplied: it forgets as fast at every width (Wang and
    Aitchison 2024, arXiv:2405.13698). One that goes with the gradients is.

    Args:
        optimizer: A value: an optimizer of this library or a `lift`ed one, or what holds some: `chain`, `groups`,
            wrappers.
        params: The network's parameters, or their shapes.
        base_params: Those of the network that was tuned, of the same structure.
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

    def change(value: Optimizer) -> Optimizer:
        coupling = value.arguments.get("decay_coupling", "none")
        decoupled = not isinstance(coupling, str) or coupling in ("rate", "independent")
        apart = decoupled and value.arguments["weight_decay"] is not None
        return multiply(value, multipliers, multiply_decay=not apart)

    return edited("width", optimizer, change)
