"""An optimizer without its weight decay, for wrappers that change its steps and leave the decay as it is."""

from typing import Any

from lropt_jax._core.decay import DECOUPLED, OWN, as_decay
from lropt_jax._core.kinds import Role
from lropt_jax._core.values import Optimizer


def without_decay(optimizer: Any) -> Optimizer | None:
    """The optimizer with a decoupled decay of 0: itself if its decay is None. None: it has no such decay of its own.

    Its state moves as that of the optimizer with its decay.
    """
    role = optimizer.factory.roles.get("weight_decay") if isinstance(optimizer, Optimizer) else None
    custom = "rate" if role is Role.DECAY else OWN
    if role is None or as_decay(optimizer.weight_decay, custom).goes_with not in DECOUPLED:
        return None
    return optimizer if optimizer.weight_decay is None else optimizer.replace(weight_decay=0.0)
