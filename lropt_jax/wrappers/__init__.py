"""Wrappers: values around any optimizer, of this library or of Optax."""

from lropt_jax.wrappers.accumulate import accumulate
from lropt_jax.wrappers.averaged import averaged
from lropt_jax.wrappers.averaging import ema, polyak_ruppert
from lropt_jax.wrappers.clip_adaptive import clip_adaptive
from lropt_jax.wrappers.clip_norm import clip_norm
from lropt_jax.wrappers.clip_value import clip_value
from lropt_jax.wrappers.frozen import frozen
from lropt_jax.wrappers.groups import groups
from lropt_jax.wrappers.layerwise_decay import layerwise_decay
from lropt_jax.wrappers.lookahead import lookahead
from lropt_jax.wrappers.master_weights import master_weights
from lropt_jax.wrappers.multiply import multiply
from lropt_jax.wrappers.mup_multipliers import mup_multipliers
from lropt_jax.wrappers.per_leaf import per_leaf
from lropt_jax.wrappers.schedule_free import schedule_free
from lropt_jax.wrappers.sharpness_aware import sharpness_aware
from lropt_jax.wrappers.skip_nonfinite import skip_nonfinite
from lropt_jax.wrappers.stochastic_rounding import stochastic_rounding

__all__ = [
    "accumulate",
    "averaged",
    "clip_adaptive",
    "clip_norm",
    "clip_value",
    "ema",
    "frozen",
    "groups",
    "layerwise_decay",
    "lookahead",
    "master_weights",
    "multiply",
    "mup_multipliers",
    "per_leaf",
    "polyak_ruppert",
    "schedule_free",
    "sharpness_aware",
    "skip_nonfinite",
    "stochastic_rounding",
]
