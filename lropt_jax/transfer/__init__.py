"""Transfer: an optimizer that was tuned in one setting, rewritten for another batch, horizon or width."""

from lropt_jax.transfer.batch_size import batch_size
from lropt_jax.transfer.horizon import horizon
from lropt_jax.transfer.width import width

__all__ = ["batch_size", "horizon", "width"]
