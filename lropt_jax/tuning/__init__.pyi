from lropt_jax.tuning.engine import Progress as Progress
from lropt_jax.tuning.grid import log_rates as log_rates
from lropt_jax.tuning.result import Choice as Choice
from lropt_jax.tuning.result import Sweep as Sweep
from lropt_jax.tuning.sweep import sweep as sweep
from lropt_jax.tuning.tune import Tuning as Tuning
from lropt_jax.tuning.tune import tune as tune
