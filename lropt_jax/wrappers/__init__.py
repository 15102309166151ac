"""Wrappers: values around any optimizer, of this library or of Optax."""

from lropt_jax.wrappers.accumulate import accumulate
from lropt_jax.wrappers.clip_norm import clip_norm
from lropt_jax.wrappers.frozen import frozen
from lropt_jax.wrappers.groups import groups
from lropt_jax.wrappers.layerwise_decay import layerwise_decay
from lropt_jax.wrappers.multiply import multiply
from lropt_jax.wrappers.mup_multipliers import mup_multipliers
from lropt_jax.wrappers.skip_nonfinite import skip_nonfinite

__all__ = [
    "accumulate",
    "clip_norm",
    "frozen",
    "groups",
    "layerwise_decay",
    "multiply",
    "mup_multipliers",
    "skip_nonfinite",
]
