"""Tuning: find the learning rate by trying, side by side in compiled programs."""

from lropt_jax.tuning.engine import Progress
from lropt_jax.tuning.rates import log_rates
from lropt_jax.tuning.result import Choice, Sweep
from lropt_jax.tuning.sweep import sweep
from lropt_jax.tuning.tune import Tuning, tune

__all__ = ["Choice", "Progress", "Sweep", "Tuning", "log_rates", "sweep", "tune"]
