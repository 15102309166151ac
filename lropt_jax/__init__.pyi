from lropt_jax import compat as compat
from lropt_jax import diagnostics as diagnostics
from lropt_jax import objectives as objectives
from lropt_jax import optimizers as optimizers
from lropt_jax import problems as problems
from lropt_jax import rates as rates
from lropt_jax import schedules as schedules
from lropt_jax import transfer as transfer
from lropt_jax import tuning as tuning
from lropt_jax import wrappers as wrappers
from lropt_jax._core import kinds as kinds
from lropt_jax._core.lifting import lift as lift
from lropt_jax._core.refusal import Refused as Refused
from lropt_jax._core.restate import restate as restate
from lropt_jax._core.state import learning_rate as learning_rate
from lropt_jax._core.values import Optimizer as Optimizer
from lropt_jax._core.values import Schedule as Schedule
from lropt_jax.config import from_config as from_config
from lropt_jax.config import parse as parse
from lropt_jax.config import to_config as to_config
from lropt_jax.horizon import Horizon as Horizon
from lropt_jax.optimizers import chain as chain
from lropt_jax.rates import set_learning_rate as set_learning_rate

__version__: str
