"""The learning rate, in JAX: choose it, schedule it, adapt it, let it set itself, and see what it did."""

from lropt_jax import compat, objectives, optimizers, problems, rates, schedules, transfer, tuning, wrappers
from lropt_jax._core.lifting import lift
from lropt_jax._core.state import learning_rate
from lropt_jax._core.values import Optimizer, Schedule
from lropt_jax.config import from_config, parse, to_config
from lropt_jax.horizon import Horizon
from lropt_jax.optimizers import chain

__all__ = [
    "Horizon", "Optimizer", "Schedule", "chain", "compat", "from_config", "learning_rate", "lift", "objectives",
    "optimizers", "parse", "problems", "rates", "schedules", "to_config", "transfer", "tuning", "wrappers",
]  # fmt: skip

__version__ = "0.1.0"
