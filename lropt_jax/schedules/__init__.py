"""Schedules: values `step -> rate`, and combinators that are values holding values."""

from lropt_jax.schedules.constant import constant
from lropt_jax.schedules.cosine import cosine
from lropt_jax.schedules.exponential import exponential
from lropt_jax.schedules.join import join
from lropt_jax.schedules.linear import linear
from lropt_jax.schedules.milestones import milestones
from lropt_jax.schedules.polynomial import polynomial
from lropt_jax.schedules.scale import scale
from lropt_jax.schedules.step_decay import step_decay
from lropt_jax.schedules.warmup import warmup

__all__ = [
    "constant", "cosine", "exponential", "join", "linear", "milestones", "polynomial", "scale", "step_decay", "warmup",
]  # fmt: skip
