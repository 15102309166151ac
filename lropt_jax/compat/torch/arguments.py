"""What PyTorch's optimizers have in common: L2, and `maximize`."""

from typing import Any

import jax
import jax.numpy as jnp
import optax

from lropt_jax._core.kinds import Strength
from lropt_jax._core.values import Decay
from lropt_jax.optimizers import decay


def l2(weight_decay: Strength | None, decoupled: bool = False) -> Decay | None:
    """Decay that is added to the gradients, or that goes with the rate if it is decoupled."""
    return None if weight_decay is None else decay(weight_decay, goes_with="rate" if decoupled else "gradients")


def climbing(tx: optax.GradientTransformationExtraArgs, maximize: bool) -> optax.GradientTransformationExtraArgs:
    """The optimizer, or with `maximize` the one that goes up: it sees the gradients with their signs changed."""
    if not maximize:
        return tx

    def update(grads: optax.Updates, state: optax.OptState, params: optax.Params | None = None, **extra: Any) -> tuple:
        return tx.update(jax.tree.map(jnp.negative, grads), state, params, **extra)

    return optax.GradientTransformationExtraArgs(tx.init, update)
